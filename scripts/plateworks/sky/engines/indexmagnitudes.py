"""The magnitudes that index files carry with their stars, in tables beside them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from plateworks.sky.engines.indexes import Index
from plateworks.sky.engines.indexstars import SAME, read_tree, stars_within
from plateworks.sky.knownstars import KnownStars
from plateworks.sky.magnitudecolumns import Columns, Wanted, choose_columns
from plateworks.sky.projection import chord, unit_vectors
from plateworks.troubles import may_pass

#: An index with so many times the stars that are asked for has none as bright that coarser ones
#: lack.
FAR_TOO_MANY = 20
_REMEMBERED = 64


class _Beside(NamedTuple):
    """Where the columns beside the stars are in a file: place, bytes of a row, and of what type."""

    places: dict[str, tuple[int, int, str]]
    rows: int


def magnitudes_of(
    indexes: Sequence[Index], ra: float, dec: float, radius: float, most: int, wanted: Wanted
) -> KnownStars | None:
    """Give the stars of a circle whose magnitudes are known, those of all indexes, each once.

    Parameters
    ----------
    indexes : sequence of Index
    ra, dec, radius : float
        The circle, in degrees.
    most : int
        Of more stars than that, the brighter ones are given.
    wanted : Wanted

    Returns
    -------
    KnownStars or None
        None: no index tells such magnitudes.
    """
    middle, reach = unit_vectors(np.array([[ra, dec]]))[0], chord(radius)
    found = list[tuple[Index, Columns, np.ndarray, np.ndarray]]()
    for index in sorted(indexes, key=lambda one: (one.low, one.path)):
        tree, beside = read_tree(index.path), _read_beside(index.path)
        columns = beside and choose_columns(tuple(beside.places), wanted)
        if tree is None or beside is None or columns is None or beside.rows != len(tree.numbers):
            continue
        rows, stars = stars_within(tree, middle, reach)
        found.append((index, columns, rows, stars))
    fitting = [one for one in found if len(one[2]) <= FAR_TOO_MANY * most] or found[-1:]
    # Magnitudes of one band: that of the index with the smallest quads, which has most stars.
    fitting = [one for one in fitting if one[1] == fitting[0][1]]
    if not fitting:
        return None
    return _together(fitting, most)


def _together(
    found: Sequence[tuple[Index, Columns, np.ndarray, np.ndarray]], most: int
) -> KnownStars:
    from scipy.spatial import KDTree

    columns = found[0][1]
    every, values, names = np.empty((0, 3)), np.empty((0, 3)), []
    for index, _, rows, stars in found:
        if len(every) and len(stars):
            apart, _ = KDTree(every).query(stars, distance_upper_bound=np.radians(SAME / 3600))
            rows, stars = rows[~np.isfinite(apart)], stars[~np.isfinite(apart)]
        if len(rows):
            names.append(Path(index.path).name)
            every = np.concatenate([every, stars])
            values = np.concatenate([values, _values(index.path, columns, rows)])
    order = np.argsort(values[:, 0], kind="stable")[:most]
    x, y, z = every[order].T
    radec = np.column_stack([np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(z))])
    magnitude, error, colour = values[order].T
    return KnownStars(
        radec, magnitude, error, colour, columns.band, columns.colour_name, " ".join(names)
    )


def _values(path: str, columns: Columns, rows: np.ndarray) -> np.ndarray:
    """Magnitude, its error and the colour of some rows, NaN where they are not told: (N, 3)."""
    beside = _read_beside(path)
    assert beside is not None  # it was asked before

    def column(name: str) -> np.ndarray:
        start, width, kind = beside.places[name]
        cells = np.ndarray((beside.rows,), kind, np.memmap(path, np.uint8, "r"), start, (width,))
        return cells[rows].astype(np.float64)

    unknown = np.full(len(rows), np.nan)
    colour = [column(name) for name in columns.colour]
    return np.column_stack([
        column(columns.magnitude),
        unknown if columns.error is None else column(columns.error),
        colour[0] - colour[1] if len(colour) == 2 else (colour or [unknown])[0],
    ])  # fmt: skip


@lru_cache(_REMEMBERED)
def _read_beside(path: str) -> _Beside | None:
    """Find the numbers that stand beside the stars of an index; None if there are none."""
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyWarning

    places: dict[str, tuple[int, int, str]] = {}
    count = 0
    try:
        with warnings.catch_warnings(), fits.open(path, memmap=True) as hdus:
            warnings.simplefilter("ignore", category=AstropyWarning)
            for hdu in hdus[1:]:
                if hdu.header.get("AN_FILE") != "TAGALONG":
                    continue
                start, count = hdu.fileinfo()["datLoc"], hdu.header["NAXIS2"]
                kinds = hdu.columns.dtype
                for name in kinds.names:
                    kind, offset = kinds.fields[name][:2]
                    if kind.kind in "fiu" and not kind.shape:
                        big = kind.newbyteorder(">").str  # as FITS has it
                        places[name] = start + offset, hdu.header["NAXIS1"], big
    except (OSError, KeyError, ValueError, TypeError) as error:
        if may_pass(error):
            raise
        return None
    return _Beside(places, count) if places else None
