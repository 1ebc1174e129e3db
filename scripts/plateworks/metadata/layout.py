"""What the cards of an HDU of FITS say of its array: shape, type, offset, bytes."""

from __future__ import annotations

import math

from plateworks.errors import FrameError
from plateworks.metadata.bounds import MAX_SIDE, within
from plateworks.metadata.header import COLOURS, Header, blank_of
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.values import Cards

#: No codec of tiles packs images of a camera tighter than two to this.
_TIGHTEST = 14
#: Axes of an image in colours.
_AXES = 3
#: No table has more columns (FITS standard 4.0, section 7.2.1).
_COLUMNS = 999


def data_bytes(path: str, cards: Cards) -> int:
    """Count the bytes of the data unit, without its padding (FITS standard 4.0, equation 2)."""
    naxis = _integer(path, cards, "NAXIS", 999)
    if naxis == 0:
        return 0
    sides = [_integer(path, cards, f"NAXIS{axis}", 1 << 40) for axis in range(1, naxis + 1)]
    extra = _integer(path, cards, "PCOUNT", 1 << 60) if "PCOUNT" in cards else 0
    return abs(_bitpix(path, cards, "BITPIX")) // 8 * (math.prod(sides) + extra)


def describe(path: str, cards: Cards) -> Header | None:
    """Give the shape of the image in this HDU, or None where it has none.

    Raises
    ------
    FrameError
        If cards that its array cannot be read without are absent, or make no sense.
    """
    tiles = cards.get("ZIMAGE") is True
    prefix = "Z" if tiles else ""
    if not tiles and cards.get("XTENSION", "IMAGE") != "IMAGE":
        return None
    if tiles or "TFIELDS" in cards:  # to which astropy counts, of whatever HDU
        _integer(path, cards, "TFIELDS", _COLUMNS)
    naxis = _integer(path, cards, prefix + "NAXIS", 999)
    if naxis < 2:
        return None
    sides = [_integer(path, cards, f"{prefix}NAXIS{i}", MAX_SIDE) for i in range(1, naxis + 1)]
    if 0 in sides:
        return None
    if naxis > 2:  # axes of one element say nothing, wherever they stand
        long = [side for side in sides if side > 1]
        sides = long if len(long) >= 2 else sides
    last = len(sides) == _AXES and sides[0] == COLOURS != sides[2]  # colours side by side
    sides = [*sides[1:], sides[0]] if last else sides
    bitpix = _bitpix(path, cards, prefix + "BITPIX")
    promised = abs(bitpix) // 8 * math.prod(sides)
    if tiles and promised > data_bytes(path, cards) << _TIGHTEST:
        raise FrameError(
            path,
            f"promises {promised:,} bytes of pixels in {data_bytes(path, cards):,} bytes of tiles, "
            "which cannot be; copy it again",
        )
    notes: list[str] = []
    return Header(
        cards=cards,
        width=sides[0],
        height=sides[1],
        planes=math.prod(sides[2:]),
        bitpix=bitpix,
        bzero=_number(path, cards, "BZERO", 0.0),
        bscale=_number(path, cards, "BSCALE", 1.0),
        blank=blank_of(cards, tiles, notes),
        notes=notes,
        compression="tiles" if tiles else None,
        interleaved=last,
    )


def _number(path: str, cards: Cards, keyword: str, default: float) -> float:
    """Return an offset or a factor of all pixels, which nothing can stand for."""
    value = cards.get(keyword)
    if value is None:
        return default
    found = within(keyword.lower(), parse_number(value))
    if found is None or (keyword == "BSCALE" and not found):
        raise FrameError(path, f"has {keyword} = {value!r}, by which no pixel can be reckoned")
    return found


def _integer(path: str, cards: Cards, keyword: str, high: int) -> int:
    value = cards.get(keyword)
    if value is None:
        raise FrameError(path, f"has no {keyword} card, without which its header is useless")
    if type(value) is not int or not 0 <= value <= high:
        raise FrameError(path, f"has {keyword} = {value!r}, which cannot be")
    return value


def _bitpix(path: str, cards: Cards, keyword: str) -> int:
    value = cards.get(keyword)
    if value not in (8, 16, 32, 64, -32, -64):
        raise FrameError(path, f"has {keyword} = {value!r}, which FITS does not know")
    return int(value)
