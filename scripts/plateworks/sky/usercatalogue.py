"""A catalogue of stars of the user's own, FITS or CSV, with magnitudes for the zero point."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from plateworks.digests import digest_of_file
from plateworks.errors import ConfigError
from plateworks.settings.solve import SolveOptions
from plateworks.sky.cataloguefile import in_place_of_errors, read_names, read_numbers, stamp_of
from plateworks.sky.magnitudecolumns import Columns, Wanted, choose_columns, coordinates

if TYPE_CHECKING:  # a plan asks for columns and digest, and does without numpy
    import numpy as np

    from plateworks.sky.knownstars import KnownStars

_log = logging.getLogger(__name__)

#: Magnitudes beyond this stand for no magnitude: 99.999, -99.
_NO_MAGNITUDE = 50.0


#: So many stars without a place may be among the others, of all.
_MOST_NOWHERE = 0.5


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
        names = read_names(self.path)
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
        return _content(self.path, stamp_of(self.path))

    def within(
        self, ra: float, dec: float, radius: float, most: int, filter_name: str | None
    ) -> KnownStars:
        """Give its stars in a circle, in degrees; of more than `most`, the brighter ones.

        Those without a place are passed over, and the log says how many there are.

        Raises
        ------
        ConfigError
            If it cannot be read, or most of its stars have no place.
        """
        import numpy as np

        from plateworks.sky.knownstars import KnownStars
        from plateworks.sky.projection import chord, unit_vectors

        columns = self._columns(read_names(self.path), filter_name)
        if columns is None:
            raise ConfigError(f"solve.catalogue: {self.path} was changed during the run.")
        table = _load(self.path, stamp_of(self.path), columns)
        inside = np.flatnonzero(np.abs(table["radec"][:, 1] - dec) <= radius)
        vectors = unit_vectors(table["radec"][inside])
        apart = np.sum((vectors - unit_vectors(np.array([[ra, dec]]))) ** 2, axis=1)
        inside = inside[apart <= chord(radius) ** 2]
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


@lru_cache(4)
def _content(path: str, stamp: tuple[int, int]) -> str:
    del stamp  # another one is another content
    with in_place_of_errors(path):
        return digest_of_file(path)


@lru_cache(1)
def _load(path: str, stamp: tuple[int, int], columns: Columns) -> dict[str, np.ndarray]:
    """Read the columns that are used as float64 arrays, in degrees and magnitudes."""
    import numpy as np

    del stamp
    names = read_names(path)
    ra, dec = (name for name in coordinates(names) if name is not None)  # the constructor asked
    told = [columns.magnitude, *([columns.error] if columns.error else []), *columns.colour]
    cells = read_numbers(path, (ra, dec), told)
    place = np.column_stack([cells.pop(ra), cells.pop(dec)])
    nowhere = ~((np.abs(place[:, 0]) <= 360.0) & (np.abs(place[:, 1]) <= 90.0))
    if nowhere.any():
        _warn_of(path, (ra, dec), nowhere)
        place, cells = place[~nowhere], {name: cells[name][~nowhere] for name in cells}
    place[:, 0] %= 360
    for name in {*told}:
        cells[name][~(np.abs(cells[name]) < _NO_MAGNITUDE)] = np.nan
    unknown = np.full(len(place), np.nan)
    error = unknown if columns.error is None else cells[columns.error]
    colour = [cells[name] for name in columns.colour]
    between = colour[0] - colour[1] if len(colour) == 2 else (colour or [unknown])[0]
    return {
        "radec": place,
        "magnitude": cells[columns.magnitude],
        "error": np.where(error > 0, error, np.nan),
        "colour": np.where(np.abs(between) < _NO_MAGNITUDE, between, np.nan),
    }


def _warn_of(path: str, names: tuple[str, str], nowhere: np.ndarray) -> None:
    """Say how many stars have no place, or refuse the catalogue for that.

    Parameters
    ----------
    path : str
    names : (str, str)
        The columns of the coordinates.
    nowhere : (N,) bool array
    """
    count, first = int(nowhere.sum()), int(nowhere.argmax()) + 1
    said = (
        f"{path} has no degrees (of at most 360 and 90), and no text such as 12:30:45.6, in column "
        f"{' or '.join(names)} of {count} of {len(nowhere)} stars, the first is star {first}"
    )
    if count > _MOST_NOWHERE * len(nowhere):
        raise ConfigError(f"solve.catalogue: {said}.  Mend or remove those rows.")
    _log.warning("solve.catalogue: %s; they are passed over.", said)
