"""Which source is which star, by a lens."""

from __future__ import annotations

import numpy as np

from plateworks.sky.lens import Lens
from plateworks.sky.projection import project

#: Farther away than any pixel: where a star is put that the projection does not show.
_NOWHERE = 1e9


def predicted(lens: Lens, stars: np.ndarray) -> np.ndarray:
    """Where stars fall on the undistorted frame, in pixels from the reference pixel: (M, 2)."""
    there = project(stars[:, 0], stars[:, 1], lens.crval) / (lens.scale / 3600)
    return np.where(np.isfinite(there), there, _NOWHERE)


def seen(lens: Lens, xy: np.ndarray) -> np.ndarray:
    """Where sources lie on the same undistorted frame: (N, 2)."""
    return lens.to_plane(xy) / (lens.scale / 3600)


def pair(
    lens: Lens, xy: np.ndarray, stars: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pair sources and stars that are each other's nearest within `radius` pixels.

    Parameters
    ----------
    lens : Lens
    xy : (N, 2) float64 array
        Sources in FITS pixels counted from 1.
    stars : (M, 2) float64 array
        Right ascension and declination in degrees.
    radius : float

    Returns
    -------
    sources, stars : (P,) int arrays
        Indices of each pair.
    """
    from scipy.spatial import KDTree

    nothing = np.empty(0, int)
    if not len(xy) or not len(stars):
        return nothing, nothing
    here, there = seen(lens, xy), predicted(lens, stars)
    distance, star = KDTree(there).query(here, distance_upper_bound=radius)
    _, source = KDTree(here).query(there)
    near = np.flatnonzero(np.isfinite(distance))
    mutual = near[source[star[near]] == near]
    return mutual, star[mutual]


def candidates(
    lens: Lens, xy: np.ndarray, stars: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All sources and stars within `radius` pixels of each other, and how far apart.

    Returns
    -------
    sources, stars : (P,) int arrays
    offsets : (P, 2) float64 array
        From the star to the source, in pixels.
    """
    from scipy.spatial import KDTree

    here, there = seen(lens, xy), predicted(lens, stars)
    near = KDTree(there).query_ball_point(here, radius)
    sources = np.repeat(np.arange(len(here)), [len(some) for some in near])
    matched = np.array([star for some in near for star in some], dtype=int)
    return sources, matched, here[sources] - there[matched]


def misses(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """Distances in pixels between matched sources and stars: (P,)."""
    return np.hypot(*_apart(lens, xy, stars).T) / (lens.scale / 3600)


def miss_vectors(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """From matched stars to their sources, in pixels along the rows and the columns: (P, 2)."""
    return _apart(lens, xy, stars) @ np.linalg.inv(lens.cd).T


def _apart(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """From matched stars to their sources on the tangent plane, in degrees: (P, 2)."""
    return lens.to_plane(xy) - project(stars[:, 0], stars[:, 1], lens.crval)
