"""Overscan: columns and rows of an image that saw no light, by which its bias can be told.

Nothing here takes it off; a frame that still has it is named, since its bias may drift between
frames, and its borders are no part of the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plateworks.metadata.bounds import within
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.texts import known_text

#: Sections of the image that saw no light.  BIASSEC: IRAF, and observatories after it; BSECnn: an
#: amplifier each (NOIRLab).
OVERSCAN_SECTIONS = (
    "BIASSEC", "BIASSEC1", "BIASSEC2", "BIASSECA", "BIASSECB", "BSEC11", "BSEC12", "BSEC21",
    "BSEC22", "OVERSEC", "OVRSCSEC", "OVRSEC", "OSCANSEC", "OVSCSEC", "OSCSEC", "PRESCSEC",
    "PRESEC", "BIASREG", "OVERSCSE",
)  # fmt: skip
#: Sections that did.
LIT_SECTIONS = (
    "TRIMSEC", "TRIMSEC1", "TRIMSEC2", "TRIMSECA", "TRIMSECB", "TSEC11", "TSEC12", "TSEC21",
    "TSEC22", "DATASEC", "DATASEC1", "DATASEC2", "DATASECA", "DATASECB", "DSEC11", "DSEC12",
    "DSEC21", "DSEC22", "IMAGESEC", "IMGSEC", "GOODSEC", "LIGHTSEC",
)  # fmt: skip
#: Numbers of columns or rows.  PREPIX, POSTPIX: Keck; ESO: of the first output.
OVERSCAN_COUNTS = (
    "OVERSCNX", "OVERSCNY", "OVERSCAX", "OVERSCAY", "OVRSCANX", "OVRSCANY", "OVSCANX", "OVSCANY",
    "XOVERSC", "YOVERSC", "XOVRSCAN", "YOVRSCAN", "HOVRSCAN", "VOVRSCAN", "NOVERSCN", "NOVRSCAN",
    "OVRSCN_X", "OVRSCN_Y", "PRESCANX", "PRESCANY", "PRESCAN", "POSTSCAN", "PREPIX", "POSTPIX",
    "PRELINE", "POSTLINE", "BIASCOLS", "BIASROWS",
    *(f"ESO DET OUT1 {way}{axis}" for way in ("OVSC", "PRSC") for axis in "XY"),
)  # fmt: skip

#: Cards of overscan, all of them.
OVERSCAN_KEYS = (*OVERSCAN_SECTIONS, *LIT_SECTIONS, *OVERSCAN_COUNTS)

_ALL = frozenset(OVERSCAN_KEYS)
_SECTION = re.compile(
    r"[\[(]?\s*(\d+)\s*[:,]\s*(\d+)\s*,\s*(\d+)\s*[:,]\s*(\d+)\s*[\])]?", re.ASCII
).fullmatch


def read_overscan(header: Header) -> Iterator[str]:
    """Yield a sentence where an image still has its overscan, by the first card that says so."""
    cards = header.cards
    if not _ALL.isdisjoint(cards):
        said = next((f"{k} = {cards[k]!r}" for k in OVERSCAN_KEYS if _says_so(header, k)), None)
        if said is not None:
            yield f"{said}: its overscan is neither subtracted nor trimmed"


def _says_so(header: Header, key: str) -> bool:
    value = header.cards.get(key)
    if key in OVERSCAN_COUNTS:
        return (within("overscan", parse_number(value)) or 0) >= 1
    section = _SECTION((known_text(value) or "").strip())
    if section is None:
        return False
    x1, x2, y1, y2 = map(int, section.groups())
    columns, rows = abs(x2 - x1) + 1, abs(y2 - y1) + 1
    inside = max(x1, x2) <= header.width and max(y1, y2) <= header.height
    if not inside or 0 in (x1, x2, y1, y2):  # of the sensor, or trimmed since
        return False
    return key in OVERSCAN_SECTIONS or (columns, rows) != (header.width, header.height)
