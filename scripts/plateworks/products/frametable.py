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
from plateworks.pixels.arrays import Reals

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


#: Type of a field -> the letter of FITS and the type of numpy.
_FORMATS = {"bool": ("L", "i1"), "float": ("D", ">f8"), "int": ("K", ">i8")}
_UNITS = {"level": "adu"}


def table_bytes(rows: tuple[FrameRow, ...]) -> bytes:
    """Return the table as an HDU of FITS, padded to whole blocks.

    Astropy would import all of its tables for it, which takes longer than to combine the frames.
    """
    columns = [_column(one.name, str(one.type), rows) for one in fields(FrameRow)]
    table = np.zeros(len(rows), [(name, values.dtype) for name, _, values in columns])
    header = fits.Header()
    header["XTENSION"] = ("BINTABLE", "binary table extension")
    header["BITPIX"] = (8, "array data type")
    header["NAXIS"] = (2, "number of array dimensions")
    header["NAXIS1"] = (table.dtype.itemsize, "length of dimension 1")
    header["NAXIS2"] = (len(rows), "length of dimension 2")
    header["PCOUNT"] = (0, "number of group parameters")
    header["GCOUNT"] = (1, "number of groups")
    header["TFIELDS"] = (len(columns), "number of table fields")
    for number, (name, letter, values) in enumerate(columns, 1):
        table[name] = values
        header[f"TTYPE{number}"], header[f"TFORM{number}"] = name.upper(), letter
        if name in _UNITS:
            header[f"TUNIT{number}"] = _UNITS[name]
    header["EXTNAME"] = (NAME, "extension name")
    return bytes(header.tostring().encode("ascii") + table.tobytes() + bytes(-table.nbytes % BLOCK))


def _column(name: str, kind: str, rows: tuple[FrameRow, ...]) -> tuple[str, str, Reals]:
    """Return the name of a column, its format in FITS, and its values."""
    values = [getattr(row, name) for row in rows]
    if kind == "str":
        texts = [_printable(value).encode("ascii") for value in values]
        width = max(map(len, texts), default=1) or 1
        return name, f"{width}A", np.array(texts, f"S{width}")
    letter, dtype = _FORMATS[kind]
    if letter == "L":
        values = [ord("T" if value else "F") for value in values]
    return name, letter, np.array(values, dtype)


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
