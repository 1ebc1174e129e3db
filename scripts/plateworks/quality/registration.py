"""Which source of one light is which of another of the same field.

By the sky where both are solved; else by the one shift that brings most sources together, upright
or turned by half a turn, as a mount leaves a camera behind the meridian.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.quality.measured import Stars
from plateworks.sky.projection import project

#: Pixels within which two sources are one.
TOLERANCE = 3.0
#: So many of the brightest tell the shift.
BRIGHTEST = 60
#: Fewer pairs are chance.
LEAST = 5


class Placed(NamedTuple):
    """Pairs of sources, and where the field lies in the light.

    ``field`` and ``here`` are indices (P,) into the sources of the field and of the light; a pixel
    (x, y) of the field lies at ``[x, y, 1] @ affine`` (3, 2) of the light.
    """

    field: np.ndarray
    here: np.ndarray
    affine: np.ndarray

    def places(self, xy: np.ndarray) -> np.ndarray:
        """Where pixels (N, 2) of the field lie in the light: (N, 2)."""
        return np.column_stack([xy, np.ones(len(xy))]) @ self.affine

    @property
    def turned(self) -> bool:
        """Whether the light stands on its head beside the field."""
        return bool(self.affine[0, 0] + self.affine[1, 1] < 0)


def register(field: Stars, light: Stars) -> Placed | None:
    """Pair the sources of a light with those of its field; None if fewer than five do."""
    both = np.isfinite(field.ra).any() and np.isfinite(light.ra).any()
    found = _by_sky(field, light) if both else _by_shift(field, light)
    if found is None or len(found[0]) < LEAST:
        return None
    ours, theirs = found
    there = np.column_stack([field.xy[ours], np.ones(len(ours))])
    affine, *_ = np.linalg.lstsq(there, light.xy[theirs], rcond=None)
    return Placed(ours, theirs, affine)


def _by_sky(field: Stars, light: Stars) -> tuple[np.ndarray, np.ndarray] | None:
    tangent = (float(field.ra[0]), float(field.dec[0]))
    there = project(field.ra, field.dec, tangent)
    here = project(light.ra, light.dec, tangent)
    if not np.isfinite(here).all() or not np.isfinite(there).all():
        return None
    scale = _spread(there) / _spread(field.xy)
    return _pairs(there, here, TOLERANCE * scale) if scale > 0 else None


def _by_shift(field: Stars, light: Stars) -> tuple[np.ndarray, np.ndarray] | None:
    best: tuple[np.ndarray, np.ndarray] | None = None
    for sign in (1, -1):
        here = sign * light.xy
        shift = _commonest_shift(field.xy[:BRIGHTEST], here[:BRIGHTEST])
        if shift is None:
            continue
        found = _pairs(field.xy, here + shift, TOLERANCE)
        if best is None or len(found[0]) > len(best[0]):
            best = found
    return best


def _commonest_shift(there: np.ndarray, here: np.ndarray) -> np.ndarray | None:
    """Return the shift of `here` by which most points meet; None where fewer than five do."""
    from scipy.spatial import KDTree

    if len(there) < LEAST or len(here) < LEAST:
        return None
    shifts = (there[:, None] - here[None]).reshape(-1, 2)
    near = KDTree(shifts).query_ball_point(shifts, TOLERANCE, return_length=True)
    first = int(np.argmax(near))
    if near[first] < LEAST:
        return None
    close = np.hypot(*(shifts - shifts[first]).T) <= TOLERANCE
    return np.median(shifts[close], axis=0)


def _pairs(there: np.ndarray, here: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Pair points that are each other's nearest within `radius`."""
    from scipy.spatial import KDTree

    distance, theirs = KDTree(here).query(there, distance_upper_bound=radius)
    _, back = KDTree(there).query(here)
    ours = np.flatnonzero(np.isfinite(distance))
    mutual = ours[back[theirs[ours]] == ours]
    return mutual, theirs[mutual]


def _spread(points: np.ndarray) -> float:
    return float(np.hypot(*np.std(points, axis=0)))
