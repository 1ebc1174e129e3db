"""Catalogues of stars as files, FITS or text: the names of their columns, and their numbers.

They are the user's own, and hold whatever they hold: text is read a stretch at a time.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from plateworks.errors import ConfigError
from plateworks.metadata.values import sexagesimal
from plateworks.sky.magnitudecolumns import coordinates
from plateworks.troubles import in_words, is_numbered

if TYPE_CHECKING:  # a plan asks for columns, and does without numpy
    import numpy as np
    from astropy.io.fits import BinTableHDU

#: Units of some columns, and cells by the name of their column, texts or numbers.
_Piece = tuple[Mapping[str, str], Mapping[str, Sequence]]

_FITS = b"SIMPLE  ="
#: What may stand between the cells of a text, the commonest first.
_DELIMITERS = ",;\t|"
#: A table of FITS has no more.
_MOST_COLUMNS = 999
#: So many lines of a text are turned into numbers at a time.
_LINES = 50_000
#: What the number of a right ascension is multiplied by, by the unit that its column states.
_IN_DEGREES = {"h": 15.0, "hr": 15.0, "hour": 15.0, "hourangle": 15.0, "rad": 57.29577951308232}


def stamp_of(path: str) -> tuple[int, int]:
    """Return by what it is told that a file is the same: its size, and when it last changed."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def read_numbers(
    path: str, places: tuple[str, str], others: Sequence[str]
) -> dict[str, np.ndarray]:
    """Read columns as numbers, some thousand rows at a time.

    Parameters
    ----------
    path : str
    places : (str, str)
        The columns of right ascension and declination.
    others : sequence of str

    Returns
    -------
    dict
        Name of each column to its numbers, (N,) float64, NaN where there is none; places in
        degrees.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    import numpy as np

    names, found = dict.fromkeys([*places, *others]), dict[str, list[np.ndarray]]()
    ra, _ = places
    with in_place_of_errors(path):
        pieces = _fits_pieces(path, names) if _is_fits(path) else _text_pieces(path, names)
        for units, cells in pieces:
            for name in names:
                unit = units.get(name, "") if name in places else None
                values = _numbers(cells[name], unit, hours=name == ra)
                if values.ndim != 1:
                    raise ValueError(f"column {name} has several numbers in a cell")
                found.setdefault(name, []).append(values)
        return {name: np.concatenate(found.get(name, [np.empty(0)])) for name in names}


def _numbers(cells: Sequence, unit: str | None, hours: bool) -> np.ndarray:
    """Cells as numbers, (N,) float64, NaN where they are none.

    With a `unit` they are coordinates: degrees, or what the unit says, or texts, as 12:30:45.6.
    """
    import numpy as np

    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        values = np.array([_number(cell) for cell in cells], dtype=np.float64)
    if unit is None:
        return values
    values *= _IN_DEGREES.get(unit.lower(), 1.0)
    for row in map(int, np.flatnonzero(~np.isfinite(values))):
        text = str(cells[row]).strip().replace("h", ":").replace("m", ":").rstrip("s")
        if text and (value := sexagesimal(text)) is not None:
            values[row] = value * (15 if hours else 1)
    return values


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")


@lru_cache(4)
def _read_names_of(path: str, stamp: tuple[int, int]) -> tuple[str, ...]:
    del stamp
    with in_place_of_errors(path):
        if not _is_fits(path):
            with _text(path) as (names, _):
                return tuple(dict.fromkeys(names))
        with _fits_table(path) as table:
            return tuple(filter(None, table.columns.names))


def read_names(path: str) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    with in_place_of_errors(path):
        return _read_names_of(path, stamp_of(path))


@contextmanager
def in_place_of_errors(path: str) -> Iterator[None]:
    """Say of a catalogue that cannot be read what is amiss with it.

    Raises
    ------
    ConfigError
        In place of whatever else is raised.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # whatever astropy trips over in a damaged header
        why = (
            f"cannot be read ({in_words(error)})" if is_numbered(error) else
            f"is neither a FITS table nor a CSV file that can be read ({error})"
        )  # fmt: skip
        raise ConfigError(f"solve.catalogue: {path} {why}.") from error


def _is_fits(path: str) -> bool:
    with open(path, "rb") as stream:
        return stream.read(len(_FITS)) == _FITS


@contextmanager
def _fits_table(path: str) -> Iterator[BinTableHDU]:
    """Give the first table that has coordinates, else the first."""
    from astropy.io import fits

    with fits.open(path) as hdus:
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU | fits.TableHDU)]
        if not tables:
            raise ValueError("it has no table")
        if any(one.header["TFIELDS"] > _MOST_COLUMNS for one in tables):
            raise ValueError("it promises more columns than FITS knows")
        named = (([*filter(None, one.columns.names)], one) for one in tables)
        chosen = (one for names, one in named if None not in coordinates(names))
        table = next(chosen, tables[0])
        width, rows = table.header["NAXIS1"], table.header["NAXIS2"]
        if table.fileinfo()["datLoc"] + width * rows > os.path.getsize(path):
            raise ValueError("it is shorter than its header promises")
        if isinstance(table, fits.BinTableHDU) and table.columns.dtype.itemsize > width:
            raise ValueError("its columns are wider than its rows")
        yield table


def _fits_pieces(path: str, names: Iterable[str]) -> Iterator[_Piece]:
    with _fits_table(path) as table:
        units = {one.name: str(one.unit or "") for one in table.columns}
        yield units, {name: table.data[name] for name in names}


@contextmanager
def _text(path: str) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """Give names and rows of cells between commas, semicolons, tabs or bars.

    The first line names the columns.  Lines that begin with # say nothing, unless one before the
    first star names the columns.
    """
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as stream:
        lines = (line for line in stream if line.strip())
        first = next(lines, "")
        while first.startswith("#") and None in coordinates(_cells(first.lstrip("#"))):
            first = next(lines, "")
        told = (line for line in lines if not line.startswith("#"))
        yield _cells(first.lstrip("#")), csv.reader(told, delimiter=_delimiter(first))


def _text_pieces(path: str, names: Iterable[str]) -> Iterator[_Piece]:
    """Yield some thousand rows at a time; of columns of one name the last counts."""
    with _text(path) as (there, rows):
        places = {name: number for number, name in enumerate(there)}
        while some := list(islice(rows, _LINES)):
            filled = [row + [""] * (len(there) - len(row)) for row in some]
            yield {}, {name: [row[places[name]] for row in filled] for name in names}


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line.strip()], delimiter=_delimiter(line)))]
