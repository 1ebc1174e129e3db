"""The table FRAMES of a master: what was measured of every frame of its set.

In FITS it is a binary table behind the image; in XISF the text of a property, one line a frame.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.metadata.cards import BLOCK
from plateworks.metadata.xisf import read_property

NAME = "FRAMES"
#: The property that holds it in XISF.
PROPERTY = "Plateworks:Frames"


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """One frame of a set, in the order in which they were planned.

    Attributes
    ----------
    name : str
        Of the file.
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
        Of its data as they are stored.
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


_FORMATS = {"str": "A", "bool": "L", "float": "D", "int": "K"}
_UNITS = {"level": "adu"}


def table_bytes(rows: tuple[FrameRow, ...]) -> bytes:
    """Return the table as an HDU of FITS, padded to whole blocks."""
    columns = []
    for one in fields(FrameRow):
        values = [getattr(row, one.name) for row in rows]
        kind = _FORMATS[str(one.type)]
        if kind == "A":
            values = [_printable(value) for value in values]
            kind = f"{max(map(len, values), default=1) or 1}A"
        columns.append(
            fits.Column(one.name.upper(), kind, unit=_UNITS.get(one.name), array=np.array(values))
        )
    stream = io.BytesIO()
    table = fits.BinTableHDU.from_columns(columns, name=NAME)
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(stream)
    return stream.getvalue()[BLOCK:]


def table_text(rows: tuple[FrameRow, ...]) -> str:
    """Return the table as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [one.name for one in fields(FrameRow)]
    writer.writerow(names)
    for row in rows:
        values = [getattr(row, name) for name in names]
        writer.writerow(_printable(one) if isinstance(one, str) else one for one in values)
    return stream.getvalue()


def read_frames(path: str | os.PathLike) -> tuple[FrameRow, ...]:
    """Return the rows of a master's table; none where it has no such table, or is not there.

    Another program may have rewritten the master and lost it: that is no error.
    """
    if not os.path.exists(path):
        return ()
    if os.fspath(path).lower().endswith(".xisf"):
        text = read_property(path, PROPERTY) or ""
        return tuple(map(_row, csv.DictReader(io.StringIO(text))))
    try:
        with fits.open(path, memmap=False) as hdus:
            if NAME not in hdus:
                return ()
            table = hdus[NAME].data
            names = [one.name for one in fields(FrameRow)]
            return tuple(_row({name: one[name.upper()] for name in names}) for one in table)
    except (OSError, KeyError, ValueError):
        return ()


def _row(values: Mapping[str, Any]) -> FrameRow:
    """Make a row of values from either format."""
    return FrameRow(
        **{one.name: _READ[str(one.type)](values[one.name]) for one in fields(FrameRow)}
    )


def _truth(value: Any) -> bool:
    return str(value) == "True"


_READ: dict[str, Callable[[Any], Any]] = {
    "str": str,
    "bool": _truth,
    "float": float,
    "int": int,
}


def _printable(text: str) -> str:
    """Return a text in the letters that FITS allows; others as Python would write them."""
    return "".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in text)
