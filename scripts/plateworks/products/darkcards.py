"""Cards by which a model of the dark, its darks, and lights that get them say what it is."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from astropy.io import fits

from plateworks.products.headers import original_header, put

#: A glow that it does not predict.
GLOW = "DMGLOW"
#: Of a dark: the digest of the model that it is made of.
OF_MODEL = "DARKMODL"
#: Of a light: why the model of its dark does not serve.
UNMODELLED = "DARKMNOT"
#: The most by which tested darks were off: their mean, ADU, and hot pixels, in their noise.
MEAN_OFF, HOT_OFF = "DMMEAN", "DMHOT"

#: Card of a dark -> that of a light, and what it says there.
_IN_LIGHTS = {
    OF_MODEL: (OF_MODEL, "digest of the model of its dark"),
    "EXPTIME": ("DARKMEXP", "[s] its dark was modelled for"),
    "CCD-TEMP": ("DARKMTMP", "[degC] its dark was modelled for"),
    MEAN_OFF: ("DARKMOFF", "[ADU] most that tested darks were off by"),
    HOT_OFF: ("DARKMHOT", "hot pixels of these, in their noise"),
}


def put_model(header: fits.Header, dark: str) -> None:
    """Tell in the header of a light of the model that its dark is made of, if it is."""
    for keyword, (value, comment) in _read(dark).items():
        put(header, keyword, value, comment)


@lru_cache(maxsize=16)
def _read(path: str) -> dict[str, tuple[Any, str]]:
    """Return the cards that lights have of a dark, with their comments; mostly none."""
    header = original_header(path)
    if OF_MODEL not in header:
        return {}
    return {card: (header[key], text) for key, (card, text) in _IN_LIGHTS.items() if key in header}
