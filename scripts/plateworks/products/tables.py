"""Tables that belong to an image: columns with names, units and what they mean.

In FITS each is a binary table behind the image and its planes (FITS standard 4.0, section 7.3); in
XISF the text of a property, one line a row.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from plateworks.metadata import formats
from plateworks.metadata.checksums import sum_of
from plateworks.metadata.hdus import BLOCK
from plateworks.metadata.values import number
from plateworks.products.encoding import padded
from plateworks.products.plainfile import plain_table
from plateworks.products.sums import Piece, blank_sums
from plateworks.troubles import not_read

#: A card of a table in XISF.
_COMMENT = re.compile(r"^# (\S+) = (\S+) /", re.MULTILINE)
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


def table_hdu(table: Table) -> tuple[bytes, Sequence[Piece]]:
    """Return a table as the header and the data of an HDU of FITS, both padded to whole blocks.

    Astropy would import all of its tables for it, which takes longer than to combine frames.
    """
    rows = _rows(table.columns)
    data = rows.tobytes() + bytes(-rows.nbytes % BLOCK)
    return _header(table), [Piece(data, sum_of([data]))]


def table_size(table: Table) -> tuple[int, int]:
    """Return how many bytes the header of a table has in FITS, and each of its rows."""
    return len(_header(table)), _rows(table.columns).dtype.itemsize


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
    form = formats.named(path)
    if form is not None and form.tables_as_text:
        return _parse(form.text(os.fspath(path), Table(name, ()).property) or "")
    plain = plain_table(path, name)
    if plain is not None:
        return plain
    try:
        with fits.open(path, memmap=False) as hdus:
            if name not in hdus:
                return {}
            rows = hdus[name].data
            columns = {one: rows[one] for one in rows.names}
            return {one: np.array(c, c.dtype.newbyteorder("=")) for one, c in columns.items()}
    except OSError as error:
        raise not_read(path, error, "cannot be read as FITS") from error


def read_table_cards(path: str | os.PathLike[str], name: str) -> Mapping[str, float]:
    """Read the cards of a table's own that are numbers; none where there is no such table.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    form = formats.named(path)
    if form is not None and form.tables_as_text:
        text = form.text(os.fspath(path), Table(name, ()).property) or ""
        told = _COMMENT.findall(text)
    else:
        try:
            with fits.open(path, memmap=False) as hdus:
                told = list(hdus[name].header.items()) if name in hdus else []
        except OSError as error:
            raise not_read(path, error, "cannot be read as FITS") from error
    values = ((key, number(value)) for key, value in told if isinstance(value, int | float | str))
    return {key: value for key, value in values if value is not None}


def _header(table: Table) -> bytes:
    return padded("".join(starmap(_written, _cards(table))) + blank_sums())


def _written(keyword: str, value: Any, comment: str) -> str:
    """Return a card as text: those of columns are the same in all products of a kind."""
    if isinstance(value, str | int):  # of floats zero has two signs, which compare as equal
        return _kept(keyword, value, comment)
    return str(fits.Card(keyword, value, comment))


@lru_cache(maxsize=4096, typed=True)
def _kept(keyword: str, value: str | int, comment: str) -> str:
    return str(fits.Card(keyword, value, comment))


def _cards(table: Table) -> list[tuple[str, Any, str]]:
    columns = table.columns
    cards: list[tuple[str, Any, str]] = [
        ("XTENSION", "BINTABLE", "binary table extension"),
        ("BITPIX", 8, "array data type"),
        ("NAXIS", 2, "number of array dimensions"),
        ("NAXIS1", _rows(columns).dtype.itemsize, "length of dimension 1"),
        ("NAXIS2", len(columns[0].values), "length of dimension 2"),
        ("PCOUNT", 0, "number of group parameters"),
        ("GCOUNT", 1, "number of groups"),
        ("TFIELDS", len(columns), "number of table fields"),
    ]
    for n, column in enumerate(columns, 1):
        told = {
            "TTYPE": column.name, "TFORM": _format(column.values), "TUNIT": column.unit,
            "TUCD": column.ucd, "TCOMM": column.text,
        }  # fmt: skip
        cards += [(f"{key}{n}", text, "") for key, text in told.items() if text]
    return [*cards, ("EXTNAME", table.name, "extension name"), *table.cards]


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
