"""Frames made of header cards alone: a plain one of each kind, and what differs from it."""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards

PLAIN = {
    "INSTRUME": "ZWO ASI2600MM Pro", "XBINNING": 1, "YBINNING": 1, "GAIN": 100, "OFFSET": 50,
    "SET-TEMP": -10.0, "CCD-TEMP": -10.0,
}  # fmt: skip
PLAIN_LIGHT = {**PLAIN, "IMAGETYP": "LIGHT", "EXPTIME": 120, "FILTER": "Ha", "MJD-OBS": 60000.0}
PLAIN_MASTERS = {
    kind: {**PLAIN, "IMAGETYP": f"Master {kind}", "MJD-OBS": 59999.0, "BIASSUB": False, **cards}
    for kind, cards in {
        "light": {"EXPTIME": 120, "FILTER": "Ha"},
        "bias": {"EXPTIME": 0},
        "dark": {"EXPTIME": 120},
        "darkflat": {"EXPTIME": 120},
        "flat": {"EXPTIME": 2, "FILTER": "Ha"},
    }.items()
}
PLAIN_RAW = {kind: {**PLAIN_LIGHT, **cards} for kind, cards in {
    "light": {},
    "bias": {"IMAGETYP": "BIAS", "EXPTIME": 0},
    "dark": {"IMAGETYP": "DARK"},
    "darkflat": {"IMAGETYP": "DARKFLAT", "EXPTIME": 2},
    "flat": {"IMAGETYP": "FLAT", "EXPTIME": 2},
}.items()}  # fmt: skip


def frame(path: str, plain: dict, cards: dict) -> Frame:
    """Return the frame that has `cards` over those of a plain one; None leaves a card out."""
    cards = {key: value for key, value in {**plain, **cards}.items() if value is not None}
    width, height = cards.pop("NAXIS1", 6248), cards.pop("NAXIS2", 4176)
    history, bits = cards.pop("HISTORY", []), cards.pop("BITPIX", 16)
    return frame_from_cards(path, Header(cards, width, height, 1, bits, history=history))


def normalised(planes: int = 1, history: Iterable[str] = (), **cards: object) -> Frame:
    """Normalise cards; ``__`` in a name stands for the hyphen of a keyword."""
    cards = {key.replace("__", "-"): value for key, value in cards.items()}
    return frame_from_cards("a.fits", Header(cards, 16, 16, planes, 16, history=list(history)))
