"""A catalogue of stars of the user's own, FITS or CSV, with magnitudes for the zero point."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from plateworks.digests import digest_of_bytes
from plateworks.errors import ConfigError
from plateworks.metadata.values import sexagesimal
from plateworks.settings.solve import SolveOptions
from plateworks.sky.magnitudecolumns import Columns, Wanted, choose_columns, coordinates
from plateworks.troubles import in_words

if TYPE_CHECKING:  # a plan asks for columns and digest, and does without numpy
    import numpy as np

    from plateworks.sky.knownstars import KnownStars

_FITS = b"SIMPLE  ="
#: What may stand between the cells of a text, the commonest first.
_DELIMITERS = ",;\t|"
#: Magnitudes beyond this stand for no magnitude: 99.999, -99.
_NO_MAGNITUDE = 50.0
#: What the number of a right ascension is multiplied by, by the unit that its column states.
_IN_DEGREES = {"h": 15.0, "hr": 15.0, "hour": 15.0, "hourangle": 15.0, "rad": 57.29577951308232}


class _Table(NamedTuple):
    """Cells by the name of their column, texts or numbers, and the units of some columns."""

    cells: dict[str, Sequence]
    units: dict[str, str]


class UserCatalogue:
    """The catalogue that ``solve.catalogue`` names.

    Parameters
    ----------
    options : SolveOptions

    Raises
    ------
    ConfigError
        If it is not there, cannot be read, or lacks a column that is needed.
    """

    def __init__(self, options: SolveOptions):
        self.path = os.path.expanduser(options.catalogue or "")
        self._band, self._colour = options.catalogue_band, options.catalogue_colour
        if not os.path.isfile(self.path):
            raise ConfigError(f"solve.catalogue names {self.path}, which is not a file.")
        names = _read_names(self.path)
        there = f"its columns are {', '.join(names)}" if names else "it has no columns"
        for which, what, usual in zip(
            coordinates(names), ("right ascension", "declination"), ("ra", "dec"), strict=True
        ):
            if which is None:
                raise ConfigError(
                    f"solve.catalogue: {self.path} has no column of {what} that is known; "
                    f"{there}.  Name it {usual}."
                )
        columns = self._columns(names, None)
        if columns is None:
            wanted = f"no magnitudes {self._band}" if self._band else "no magnitudes that are known"
            raise ConfigError(
                f"solve.catalogue: {self.path} has {wanted}; {there}.  Name the column in "
                "solve.catalogue_band."
            )
        if self._colour and not columns.colour:
            raise ConfigError(
                f"solve.catalogue_colour is {self._colour!r}, which {self.path} does not have; "
                f"{there}.  Name a column, or two bands as in B-V."
            )

    def digest(self) -> str:
        """Return a digest of what is in it: where it lies makes no difference."""
        return _content(self.path, _stamp(self.path))

    def within(
        self, ra: float, dec: float, radius: float, most: int, filter_name: str | None
    ) -> KnownStars:
        """Give its stars in a circle, in degrees; of more than `most`, the brighter ones.

        Raises
        ------
        ConfigError
            If a cell of the coordinates is no number.
        """
        import numpy as np

        from plateworks.sky.knownstars import KnownStars
        from plateworks.sky.projection import chord, unit_vectors

        columns = self._columns(_read_names(self.path), filter_name)
        if columns is None:
            raise ConfigError(f"solve.catalogue: {self.path} was changed during the run.")
        table = _load(self.path, _stamp(self.path), columns)
        apart = np.sum((table["vectors"] - unit_vectors(np.array([[ra, dec]]))) ** 2, axis=1)
        inside = np.flatnonzero(apart <= chord(radius) ** 2)
        magnitude = table["magnitude"][inside]
        order = np.argsort(np.where(np.isfinite(magnitude), magnitude, np.inf), kind="stable")
        inside = inside[order[:most]]
        return KnownStars(
            table["radec"], table["magnitude"], table["error"], table["colour"],
            columns.band, columns.colour_name, Path(self.path).name,
        ).where(inside)  # fmt: skip

    def _columns(self, names: Sequence[str], filter_name: str | None) -> Columns | None:
        return choose_columns(names, Wanted(self._band, self._colour, filter_name))


def catalogue_digest(options: SolveOptions) -> str | None:
    """Return a digest of what is in the user's catalogue; None: there is none.

    Raises
    ------
    ConfigError
        As :class:`UserCatalogue`.
    """
    return None if options.catalogue is None else UserCatalogue(options).digest()


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


@lru_cache(4)
def _content(path: str, stamp: tuple[int, int]) -> str:
    del stamp  # another one is another content
    try:
        return digest_of_bytes(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"solve.catalogue: {path} cannot be read ({in_words(error)}).") from error


@lru_cache(4)
def _load(path: str, stamp: tuple[int, int], columns: Columns) -> dict[str, np.ndarray]:
    """Read the columns that are used as float64 arrays, in degrees and magnitudes."""
    import numpy as np

    from plateworks.sky.projection import unit_vectors

    del stamp
    table = _read(path)
    ra_name, dec_name = coordinates(tuple(table.cells))
    assert ra_name is not None and dec_name is not None  # the constructor asked
    ra = _angles(path, table, ra_name, hours=True)
    dec = _angles(path, table, dec_name, hours=False)
    unknown = np.full(len(ra), np.nan)
    colour = [_numbers(table.cells[name]) for name in columns.colour]
    found = {
        "radec": np.column_stack([ra % 360, dec]),
        "vectors": unit_vectors(np.column_stack([ra, dec])),
        "magnitude": _numbers(table.cells[columns.magnitude]),
        "error": unknown if columns.error is None else _numbers(table.cells[columns.error]),
        "colour": colour[0] - colour[1] if len(colour) == 2 else (colour or [unknown])[0],
    }
    for name in ("magnitude", "error", "colour"):
        found[name] = np.where(np.abs(found[name]) < _NO_MAGNITUDE, found[name], np.nan)
    found["error"] = np.where(found["error"] > 0, found["error"], np.nan)
    return found


def _angles(path: str, table: _Table, name: str, hours: bool) -> np.ndarray:
    """Read coordinates: degrees, what the unit of the column says, or hours as 12:30:45.6."""
    import numpy as np

    cells = table.cells[name]
    values = _numbers(cells) * _IN_DEGREES.get(table.units.get(name, "").lower(), 1.0)
    for row in map(int, np.flatnonzero(~np.isfinite(values))):
        text = str(cells[row]).strip().replace("h", ":").replace("m", ":").rstrip("s")
        if text and (value := sexagesimal(text)) is not None:
            values[row] = value * (15 if hours else 1)
    most = 360.0 if hours else 90.0
    wrong = np.flatnonzero(~(np.abs(values) <= most))
    if len(wrong):
        raise ConfigError(
            f"solve.catalogue: {path} has {str(cells[wrong[0]])!r} in column {name}, star "
            f"{wrong[0] + 1}, where degrees of at most {most:g} belong, or a text such as "
            "12:30:45.6.  Mend or remove that row."
        )
    return values


def _numbers(cells: Sequence) -> np.ndarray:
    """Cells as numbers, (N,) float64, NaN where they are none."""
    import numpy as np

    if isinstance(cells, np.ndarray) and cells.dtype.kind in "fiu":
        return cells.astype(np.float64)
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")


@lru_cache(4)
def _read_names_of(path: str, stamp: tuple[int, int]) -> tuple[str, ...]:
    del stamp
    return tuple(_read(path, whole=False).cells)


def _read_names(path: str) -> tuple[str, ...]:
    return _read_names_of(path, _stamp(path))


def _read(path: str, whole: bool = True) -> _Table:
    """Read the table, or the names of its columns."""
    try:
        with open(path, "rb") as stream:
            is_fits = stream.read(len(_FITS)) == _FITS
        return _read_fits(path, whole) if is_fits else _read_text(path, whole)
    except OSError as error:
        raise ConfigError(f"solve.catalogue: {path} cannot be read ({in_words(error)}).") from error
    except (ValueError, csv.Error, KeyError, TypeError) as error:
        raise ConfigError(
            f"solve.catalogue: {path} is neither a FITS table nor a CSV file that can be read "
            f"({error})."
        ) from error


def _read_fits(path: str, whole: bool) -> _Table:
    """Read the first table that has coordinates, else the first."""
    from astropy.io import fits

    with fits.open(path) as hdus:
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU | fits.TableHDU)]
        if not tables:
            raise ValueError("it has no table")
        chosen = next((one for one in tables if None not in coordinates(one.columns.names)), None)
        table = tables[0] if chosen is None else chosen
        names = [name for name in table.columns.names if name != ""]
        units = {one.name: str(one.unit or "") for one in table.columns}
        cells = {name: table.data[name].copy() if whole else () for name in names}
    return _Table(cells, units)


def _read_text(path: str, whole: bool) -> _Table:
    """Read cells between commas, semicolons, tabs or bars; the first line names the columns.

    Lines that begin with # say nothing, unless one before the first star names the columns.
    """
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as stream:
        lines = (line for line in stream if line.strip())
        first = next(lines, "")
        while first.startswith("#") and None in coordinates(_cells(first.lstrip("#"))):
            first = next(lines, "")
        names = _cells(first.lstrip("#"))
        told = (line for line in lines if not line.startswith("#"))
        rows = csv.reader(told, delimiter=_delimiter(first)) if whole else iter(())
        filled = [row + [""] * (len(names) - len(row)) for row in rows]
    columns = zip(*filled, strict=False) if filled else iter(() for _ in names)
    return _Table(dict(zip(names, columns, strict=False)), {})


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line.strip()], delimiter=_delimiter(line)))]
