"""Where products lie below the results: the section ``names``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.metadata import formats
from plateworks.settings.section import Section
from plateworks.settings.setting import setting


def _image(default: str, text: str, more: str = "") -> str:
    *most, last = formats.written()
    what = (
        f"a path below the results that ends in {', '.join(most)} or {last}, with fields in braces"
    )
    allowed = "|".join(ending.removeprefix(".") for ending in formats.written())
    return setting(default, text, more=more, what=what, pattern=rf".\.({allowed})$")


def _fits(default: str, text: str, more: str = "") -> str:
    what = "a path below the results that ends in .fit, .fits or .fts, with fields in braces"
    return setting(default, text, more=more, what=what, pattern=r".\.(fits?|fts)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Names(Section):
    """A template for each kind of product; its ending tells the format."""

    bias: str = _image("masters/{setup}/{name}.fits", "master bias")
    dark: str = _image("masters/{setup}/{name}.fits", "master darks")
    darkflat: str = _image("masters/{setup}/{name}.fits", "master flat-darks")
    flat: str = _image("masters/{setup}/{name}.fits", "master flats")
    cosmetic: str = setting(
        "cosmetic/{setup}/{name}.lst",
        "hot-pixel lists, one for each dark",
        what="a path below the results that ends in .lst, with fields in braces",
        pattern=r".\.lst$",
    )
    badpix: str = _fits("cosmetic/{setup}/badpix_{name}.fits", "bad-pixel masks, one for each flat")
    calibrated: str = _image("calibrated/{session}/{frame}.fits", "calibrated frames")
    solved: str = _image("solved/{session}/{frame}.fits", "plate-solved frames")
    trial: str = _fits(
        "flats/{setup}/{session}_{filter}/light.fits",
        "of trials of flats: the lights",
        "A preview of the lights on which flats are tried (`matching.best_flat`). Fields stand "
        "in the folder; `scores.csv` and the folder `trials` lie in it too, with FITS files of the "
        "same ending.",
    )

    def of(self, kind: str) -> str:
        """Return the template of the masters of a kind, or of the products of a stage."""
        template: str = getattr(self, kind)
        return template
