"""The cards of lights and masters that tell gain, read noise and saturation, as they were used."""

from __future__ import annotations

from collections.abc import Sequence

from astropy.io import fits

from plateworks.orders.frames import FrameOrder
from plateworks.orders.lights import LightSettings
from plateworks.products.facts import CameraFacts
from plateworks.products.headers import put
from plateworks.products.inputs import Inputs
from plateworks.products.saturation import Saturation, lowest

#: Other names of EGAIN, RDNOISE and SATURATE, which would contradict them.
_OTHER_NAMES = {
    "EGAIN": ("E-GAIN",),
    "RDNOISE": ("READNOIS", "RON"),
    "SATURATE": ("SATLEVEL", "MAXADU"),
}


def put_camera(
    header: fits.Header, facts: CameraFacts, settings: LightSettings, full: float | None
) -> None:
    """Say what was used of the camera, of a light whose unit is that of `settings`.

    What nothing tells is not said.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Changed in place.
    facts : CameraFacts
    settings : LightSettings
    full : float or None
        The level, in the unit of the light, below which no pixel is saturated.
    """
    if facts.egain_by is not None:
        _tell(header, "EGAIN", facts.egain, "[e-/ADU] electrons per ADU")
        put(header, "PWGAINBY", facts.egain_by, "the gain is known by this")
        if settings.gain_is_egain and "GAIN" in header:
            put(header, "GAIN", facts.egain, "[e-/ADU] electrons per ADU")
    if settings.units == "electron":
        put(header, "RAWEGAIN", facts.egain, "[e-/ADU] the raw data were multiplied by this")
        put(header, "EGAIN", 1.0, "[e-/ADU] the data are electrons")
        if settings.gain_is_egain and "GAIN" in header:
            put(header, "GAIN", 1.0, "[e-/ADU] the data are electrons")
    if facts.read_noise_by is not None:
        _tell(header, "RDNOISE", facts.read_noise, "[e-] read noise")
        put(header, "PWRDNBY", facts.read_noise_by, "the read noise is known by this")
    if facts.saturation is not None:
        words = facts.saturation.in_words
        _tell(header, "SATURATE", full, f"[{settings.units}] {words}")
        put(header, "RAWSAT", facts.saturation.level, f"[ADU] saturated raw level, {words}")
    else:  # what the raw header says is not believed
        for keyword in ("SATURATE", *_OTHER_NAMES["SATURATE"]):
            header.remove(keyword, ignore_missing=True, remove_all=True)


def full_of(
    full: Sequence[Saturation | None],
    orders: Sequence[FrameOrder],
    inputs: Inputs,
    _middle: float,
) -> Saturation | None:
    """Return the level, in their master, below which no pixel of bias frames or darks was full."""
    pairs = zip(full, orders, strict=True)
    return lowest(
        one and one._replace(level=one.level - inputs.pedestal(order.subtraction))
        for one, order in pairs
    )


def put_full(header: fits.Header, full: Saturation | None) -> None:
    """Say from which level on the pixels of a master, ADU, may be saturated."""
    if full is not None:
        put(header, "SATURATE", full.level, f"[ADU] {full.in_words}")


def _tell(header: fits.Header, keyword: str, value: float | None, comment: str) -> None:
    """Set a card, and take away those of its other names; one that says the same stays."""
    for other in _OTHER_NAMES[keyword]:
        header.remove(other, ignore_missing=True, remove_all=True)
    if keyword == "SATURATE" or header.get(keyword) != value:
        put(header, keyword, value, comment)
