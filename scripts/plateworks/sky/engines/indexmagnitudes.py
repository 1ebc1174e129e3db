"""The magnitudes that index files carry with their stars, in tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plateworks.sky.engines.indexes import Index
from plateworks.sky.engines.indexstars import SAME, read_tree, stars_within
from plateworks.sky.engines.indextables import read_beside
from plateworks.sky.knownstars import KnownStars
from plateworks.sky.magnitudecolumns import Columns, Wanted, choose_columns
from plateworks.sky.projection import chord, unit_vectors

#: An index with so many times the stars that are asked for has none as bright that coarser ones
#: lack.
FAR_TOO_MANY = 20


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
        tree, beside = read_tree(index.path), read_beside(index.path)
        columns = choose_columns(tuple(beside), wanted)
        if (
            tree is None
            or columns is None
            or beside[columns.magnitude].number != tree.numbers.number
        ):
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
    beside = read_beside(path)

    def column(name: str) -> np.ndarray:
        return beside[name].some(rows).astype(np.float64)

    unknown = np.full(len(rows), np.nan)
    colour = [column(name) for name in columns.colour]
    return np.column_stack([
        column(columns.magnitude),
        unknown if columns.error is None else column(columns.error),
        colour[0] - colour[1] if len(colour) == 2 else (colour or [unknown])[0],
    ])  # fmt: skip
