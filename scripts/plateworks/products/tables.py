"""Tables that belong to an image: columns with names, units and what they mean.

In FITS each is a binary table behind the image and its planes (FITS standard 4.0, section 7.3); in
XISF the text of a property, one line a row.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from plateworks.metadata.cards import BLOCK
from plateworks.metadata.xisf import read_property
from plateworks.troubles import not_read

#: Kind and bytes of numbers -> the letter of FITS.
_LETTERS = {"f4": "E", "f8": "D", "i2": "I", "i4": "J", "i8": "K"}


class Column(NamedTuple):
    """One column.

    Attributes
    ----------
    name : str
    values : (N,) array
        Of numbers, truth values, or bytes of text (ASCII).
    unit : str
        As the standard of FITS writes it; empty where there is none.
    ucd : str
        What it is in the words of the Virtual Observatory (UCD1+), for programs that look for it.
    text : str
        What it is, for people.
    """

    name: str
    values: NDArray[Any]
    unit: str = ""
    ucd: str = ""
    text: str = ""


class Table(NamedTuple):
    """A table: its name, which is that of its extension, its columns, and cards of its own."""

    name: str
    columns: Sequence[Column]
    cards: Sequence[tuple[str, Any, str]] = ()

    @property
    def property(self) -> str:
        """Name of the property that holds it in XISF."""
        return f"Plateworks:{self.name.capitalize()}"


def table_bytes(table: Table) -> bytes:
    """Return a table as an HDU of FITS, padded to whole blocks.

    Astropy would import all of its tables for it, which takes longer than to combine frames.
    """
    header = _header(table)
    rows = _rows(table.columns)
    return bytes(header.tostring().encode("ascii") + rows.tobytes() + bytes(-rows.nbytes % BLOCK))


def header_size(table: Table) -> int:
    """Return how many bytes the header of a table has in FITS."""
    return len(_header(table).tostring())


def row_size(table: Table) -> int:
    """Return how many bytes a row has in FITS."""
    return _rows(table.columns).dtype.itemsize


def table_text(table: Table) -> str:
    """Return a table as CSV: the cards as comments, the names of the columns, and the rows."""
    stream = io.StringIO()
    for keyword, value, comment in table.cards:
        stream.write(f"# {keyword} = {value} / {comment}\n")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(column.name.lower() for column in table.columns)
    writer.writerows(zip(*(_texts(column.values) for column in table.columns), strict=True))
    return stream.getvalue()


def read_table(path: str | os.PathLike[str], name: str) -> Mapping[str, NDArray[Any]]:
    """Read a table of one of our own products, FITS or XISF.

    Returns
    -------
    mapping
        Name of the column to its values; empty where the product has no such table.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    if os.fspath(path).lower().endswith(".xisf"):
        return _parse(read_property(path, Table(name, ()).property) or "")
    try:
        with fits.open(path, memmap=False) as hdus:
            if name not in hdus:
                return {}
            rows = hdus[name].data
            columns = {one: rows[one] for one in rows.names}
            return {one: np.array(c, c.dtype.newbyteorder("=")) for one, c in columns.items()}
    except OSError as error:
        raise not_read(path, error, "cannot be read as FITS") from error


def _header(table: Table) -> fits.Header:
    dtype = _rows(table.columns).dtype
    header = fits.Header()
    header["XTENSION"] = ("BINTABLE", "binary table extension")
    header["BITPIX"] = (8, "array data type")
    header["NAXIS"] = (2, "number of array dimensions")
    header["NAXIS1"] = (dtype.itemsize, "length of dimension 1")
    header["NAXIS2"] = (len(table.columns[0].values), "length of dimension 2")
    header["PCOUNT"] = (0, "number of group parameters")
    header["GCOUNT"] = (1, "number of groups")
    header["TFIELDS"] = (len(table.columns), "number of table fields")
    for number, column in enumerate(table.columns, 1):
        header[f"TTYPE{number}"] = column.name
        header[f"TFORM{number}"] = _format(column.values)
        told = {"TUNIT": column.unit, "TUCD": column.ucd, "TCOMM": column.text}
        header.update({f"{key}{number}": text for key, text in told.items() if text})
    header["EXTNAME"] = (table.name, "extension name")
    header.extend(fits.Card(*card) for card in table.cards)
    return header


def _format(values: NDArray[Any]) -> str:
    if values.dtype.kind == "b":
        return "L"
    if values.dtype.kind == "S":
        return f"{values.dtype.itemsize}A"
    return _LETTERS[values.dtype.str[1:]]


def _rows(columns: Sequence[Column]) -> NDArray[Any]:
    """Return the rows as FITS stores them."""
    stored = {column.name: _stored(column.values) for column in columns}
    rows = np.empty(
        len(columns[0].values), [(name, values.dtype) for name, values in stored.items()]
    )
    for name, values in stored.items():
        rows[name] = values
    return rows


def _stored(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "b":
        return np.where(values, ord("T"), ord("F")).astype("i1")
    return values.astype(values.dtype.newbyteorder(">"), copy=False)


def _texts(values: NDArray[Any]) -> Sequence[object]:
    if values.dtype.kind == "S":
        return [one.decode("ascii") for one in values.tolist()]
    # The shortest text that gives the same number again: more digits say nothing.
    return [str(one) for one in values] if values.dtype.kind == "f" else values.tolist()


def _parse(text: str) -> dict[str, NDArray[Any]]:
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    rows = list(csv.reader(lines))
    if not rows:
        return {}
    columns = zip(*rows[1:], strict=True) if rows[1:] else ((),) * len(rows[0])
    return {
        name.upper(): np.array(values, np.float64)
        for name, values in zip(rows[0], columns, strict=True)
    }
