"""Overscan that nobody takes off: the frame is named, since its bias may drift between frames.

Its borders are no part of the picture then.  What sections tell where it lies is read elsewhere
(:mod:`plateworks.metadata.readoutcards`).
"""

from __future__ import annotations

from collections.abc import Iterator

from plateworks.metadata.amplifiers import Readout
from plateworks.metadata.bounds import within
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.sections import BIAS_SECTIONS, SECTION_KEYS, parse_section

#: Numbers of columns or rows, which do not say where these are.  PREPIX, POSTPIX: Keck; ESO: of the
#: first output.
OVERSCAN_COUNTS = (
    "OVERSCNX", "OVERSCNY", "OVERSCAX", "OVERSCAY", "OVRSCANX", "OVRSCANY", "OVSCANX", "OVSCANY",
    "XOVERSC", "YOVERSC", "XOVRSCAN", "YOVRSCAN", "HOVRSCAN", "VOVRSCAN", "NOVERSCN", "NOVRSCAN",
    "OVRSCN_X", "OVRSCN_Y", "PRESCANX", "PRESCANY", "PRESCAN", "POSTSCAN", "PREPIX", "POSTPIX",
    "PRELINE", "POSTLINE", "BIASCOLS", "BIASROWS",
    *(f"ESO DET OUT1 {way}{axis}" for way in ("OVSC", "PRSC") for axis in "XY"),
)  # fmt: skip

_KEYS = (*SECTION_KEYS, *OVERSCAN_COUNTS)
_ALL = frozenset(_KEYS)
_BIAS = tuple(key for keys in BIAS_SECTIONS.values() for key in keys)


def read_overscan(header: Header, readout: Readout | None, done: str | None) -> Iterator[str]:
    """Yield a sentence where an image keeps its overscan, by the first card that says so.

    Parameters
    ----------
    header : Header
    readout : Readout or None
        How the frame is put together, by the same header.
    done : str or None
        Steps that it has behind it.
    """
    cards = header.cards
    if readout is None:
        keys, what = _KEYS, "its overscan is neither subtracted nor trimmed"
    else:
        keys, what = _BIAS, "lies not beside all that sees light, and no level is subtracted"
    if _ALL.isdisjoint(cards) or (
        readout is not None and (readout.subtracts or "O" in (done or ""))
    ):
        return
    said = next((f"{k} = {cards[k]!r}" for k in keys if _says_so(header, k)), None)
    if said is not None:
        yield f"{said}: {what}"


def _says_so(header: Header, key: str) -> bool:
    value = header.cards.get(key)
    if key in OVERSCAN_COUNTS:
        return (within("overscan", parse_number(value)) or 0) >= 1
    stated = parse_section(value)
    if stated is None:
        return False
    left, right, bottom, top = stated[0]
    if right > header.width or top > header.height:  # of the sensor, or trimmed since
        return False
    return key in _BIAS or (right - left, top - bottom) != (header.width, header.height)
