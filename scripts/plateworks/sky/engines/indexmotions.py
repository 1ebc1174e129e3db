"""The proper motions that index files carry beside their stars, as those of Gaia do."""

from __future__ import annotations

import numpy as np

from plateworks.sky.engines.indextables import read_beside

#: Columns of the series 5000 and 5200: motions in milliarcseconds a year, that of the right
#: ascension as it is on the sky, and the year in which the star is where it is indexed.
MOTIONS, YEAR = ("pmra", "pmdec"), "ref_epoch"
_MAS = np.radians(1 / 3_600_000)


def moved(
    path: str, rows: np.ndarray, stars: np.ndarray, epoch: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Move stars of an index to where they are at an epoch.

    Parameters
    ----------
    path : str
        Of the index.
    rows : (N,) int array
        Rising.
    stars : (N, 3) float64 array
        Unit vectors.
    epoch : float or None
        Julian year; None: as they are indexed.

    Returns
    -------
    stars : (N, 3) float64 array
    epochs : (N,) float64 array
        That epoch; NaN for stars whose motion or year the index does not tell, which stay.
    """
    beside = {name.casefold(): cells for name, cells in read_beside(path).items()}
    if epoch is None or not len(rows) or not beside.keys() >= {*MOTIONS, YEAR}:
        return stars, np.full(len(rows), np.nan)
    east, north, year = (beside[name].some(rows).astype(float) for name in (*MOTIONS, YEAR))
    known = np.isfinite(east + north + year) & (year > 0)
    level = np.maximum(np.hypot(stars[:, :1], stars[:, 1:2]), 1e-12)
    eastwards = np.cross([0.0, 0.0, 1.0], stars) / level
    northwards = np.cross(stars, eastwards)
    motion = east[:, None] * eastwards + north[:, None] * northwards
    step = _MAS * (epoch - year)[:, None] * motion
    there = stars + step
    there /= np.linalg.norm(there, axis=1, keepdims=True)
    return np.where(known[:, None], there, stars), np.where(known, epoch, np.nan)
