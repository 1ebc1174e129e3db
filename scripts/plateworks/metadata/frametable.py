"""The table FRAMES of a master: what was measured of every frame of its set.

In FITS it is a binary table behind the image; in XISF the text of a property, one line a frame.
:mod:`plateworks.products.frametable` writes it.  It is read here without astropy, which would take
longer to load than all masters of a run take to be read.
"""

from __future__ import annotations

import csv
import io
import math
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, BinaryIO

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata import formats
from plateworks.metadata.hdus import BLOCK, CARD
from plateworks.metadata.values import parse_value

NAME = "FRAMES"
#: The property that holds it in XISF.
PROPERTY = "Plateworks:Frames"

#: Of any type: cards that make no sense raise an error where they are used.
_Cards = dict[str, Any]

#: A master has fewer images and tables.
_MOST_HDUS = 16
#: Format of a column in FITS -> that of :mod:`struct`.
_CODES = {"L": "c", "D": "d", "K": "q"}


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """One frame of a set, in the order in which they were planned.

    Attributes
    ----------
    name : str
        Path of the file below the raw folder.
    used : bool
        Whether it is in the master.
    reason : str
        Why it is not; empty if it is.
    level : float
        Median, ADU; of a flat its light.  NaN where nothing was measured.
    noise : float
        Of a pixel, ADU; of a flat a share of its level.
    structure : float
        Deviation of the fourth worst block of the grid, in the unit of `noise`.
    banding : float
        Of rows or columns, in units of the noise.
    hot : int
        Hot pixels in the sample; -1 where nothing was measured.
    outliers : float
        Share of the sample that lies far from the others of the set.
    saturated : float
        Share of the sample that is saturated.
    lost : int
        Values of it that were rejected; -1 where they were not counted.
    digest : str
        Of its data as plain FITS stores them.
    rest : str
        Of the rest of the file, see :class:`plateworks.products.reading.Digests`.
    """

    name: str
    used: bool
    reason: str = ""
    level: float = math.nan
    noise: float = math.nan
    structure: float = math.nan
    banding: float = math.nan
    hot: int = -1
    outliers: float = math.nan
    saturated: float = math.nan
    lost: int = -1
    digest: str = ""
    rest: str = ""


def read_frames(path: str | os.PathLike[str]) -> tuple[FrameRow, ...]:
    """Return the rows of a master's table; none where it has no such table, or is not there.

    Another program may have rewritten the master and lost it: that is no error.
    """
    try:
        form = formats.named(path)
        if form is not None and form.tables_as_text:
            text = form.text(os.fspath(path), PROPERTY) or ""
            return tuple(map(_row, csv.DictReader(io.StringIO(text))))
        return _read_fits(path)
    except (OSError, FrameError, TroubleError, LookupError, TypeError, ValueError, struct.error):
        return ()


def _read_fits(path: str | os.PathLike[str]) -> tuple[FrameRow, ...]:
    """Walk from header to header: the table is behind the image and its planes."""
    with open(path, "rb") as file:
        for _ in range(_MOST_HDUS):
            cards = _read_header(file)
            length = _data_bytes(cards)
            if cards.get("EXTNAME") == NAME and cards.get("XTENSION") == "BINTABLE":
                return tuple(map(_row, _rows(cards, file.read(length))))
            file.seek(-(-length // BLOCK) * BLOCK, os.SEEK_CUR)
    return ()


def _read_header(file: BinaryIO) -> _Cards:
    """Return the cards of a header, and go to its data.

    Raises
    ------
    ValueError
        At the end of the file.
    """
    cards: _Cards = {}
    while block := file.read(BLOCK):
        for place in range(0, len(block), CARD):
            text = block[place : place + CARD].decode("ascii", "replace")
            keyword = text[:8].rstrip()
            if keyword == "END":
                return cards
            if text[8:10] == "= ":
                cards[keyword] = parse_value(text[9:])
    raise ValueError("it has no such table")


def _data_bytes(cards: _Cards) -> int:
    sides = [cards[f"NAXIS{axis}"] for axis in range(1, cards["NAXIS"] + 1)]
    return abs(cards["BITPIX"]) // 8 * math.prod(sides) if sides else 0


def _rows(cards: _Cards, data: bytes) -> Iterator[dict[str, Any]]:
    numbers = range(1, cards["TFIELDS"] + 1)
    names = [str(cards[f"TTYPE{number}"]).lower() for number in numbers]
    formats = [str(cards[f"TFORM{number}"]) for number in numbers]
    codes = [f"{one[:-1]}s" if one[-1] == "A" else _CODES[one[-1]] for one in formats]
    record = struct.Struct(">" + "".join(codes))
    for place in range(0, len(data), cards["NAXIS1"]):
        values = map(_value, record.unpack_from(data, place))
        yield dict(zip(names, values, strict=True))


def _value(stored: Any) -> Any:
    return stored.rstrip(b"\0 ").decode("ascii") if isinstance(stored, bytes) else stored


def _row(values: Mapping[str, Any]) -> FrameRow:
    """Make a row of values from either format."""
    return FrameRow(
        **{one.name: _READ[str(one.type)](values[one.name]) for one in fields(FrameRow)}
    )


def _truth(value: Any) -> bool:
    return value in ("T", "True")


_READ: dict[str, Callable[[Any], Any]] = {"str": str, "bool": _truth, "float": float, "int": int}
