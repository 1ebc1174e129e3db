"""Writes the table FRAMES of a master; :mod:`plateworks.metadata.frametable` reads it."""

from __future__ import annotations

import csv
import io
from dataclasses import fields

import numpy as np
from astropy.io import fits

from plateworks.metadata.cards import BLOCK
from plateworks.metadata.frametable import NAME, FrameRow
from plateworks.pixels.arrays import Reals

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


def _printable(text: str) -> str:
    """Return a text in the letters that FITS allows; others as Python would write them."""
    return "".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in text)
