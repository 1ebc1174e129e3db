"""Binning: how many pixels of the sensor make one of the image, across and down."""

from __future__ import annotations

import re

from plateworks.metadata.bounds import within
from plateworks.metadata.dialects import BIN_KEYS, XBIN_KEYS, YBIN_KEYS
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards, Value

_PAIR = re.compile(r"(?:bin(?:ning)?)?\s*(\d+)(?:\s*[x*×,:/ ]\s*(\d+))?(?:\s*bin)?").fullmatch


def read_binning(cards: Cards, notes: list[str]) -> tuple[int | None, int | None]:
    """Return the binning of columns and rows; what cannot be read is noted."""
    x, y = cards.get("XBINNING"), cards.get("YBINNING")
    if type(x) is int and type(y) is int and within("binning", x) and within("binning", y):
        return x, y
    found = []
    for axis, keys in enumerate((XBIN_KEYS, YBIN_KEYS)):
        read = ((key, _read(cards[key], axis)) for key in (*keys, *BIN_KEYS) if key in cards)
        found.append(next((value for _, value in read if value is not None), None))
    if None in found:
        for key in (*XBIN_KEYS, *YBIN_KEYS, *BIN_KEYS):
            if known_text(cards.get(key)) is not None and _read(cards[key], 0) is None:
                notes.append(f"{key} says {cards[key]!r}, which is no binning known here")
    return found[0], found[1]


def _read(value: Value, axis: int) -> int | None:
    """Return the binning of an axis from a number, or from both of them as ``2x1`` or ``2 1``."""
    stated = parse_number(value)
    if stated is None or (isinstance(value, str) and stated != int(stated)):
        match = _PAIR(str(value).strip().lower())
        stated = float(match[1 + axis] or match[1]) if match else None
    stated = within("binning", stated)
    return int(stated) if stated is not None and stated == int(stated) else None
