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
#: So many pairs tell how the camera is turned and scaled, and are never chance.
SURE = 5
#: With fewer sources fewer pairs do for a shift, at least three, where their chance is so small.
LEAST, CHANCE = 3, 1e-5


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
    """Pair the sources of a light with those of its field; None if no more do than by chance."""
    both = np.isfinite(field.ra).any() and np.isfinite(light.ra).any()
    return _by_sky(field, light) if both else _by_shift(field, light)


def _by_sky(field: Stars, light: Stars) -> Placed | None:
    tangent = (float(field.ra[0]), float(field.dec[0]))
    there = project(field.ra, field.dec, tangent)
    here = project(light.ra, light.dec, tangent)
    if not np.isfinite(here).all() or not np.isfinite(there).all():
        return None
    scale = _spread(there) / _spread(field.xy)
    if not scale > 0:
        return None
    ours, theirs = _pairs(there, here, TOLERANCE * scale)
    return _fitted(field, light, ours, theirs) if len(ours) >= SURE else None


def _by_shift(field: Stars, light: Stars) -> Placed | None:
    best: Placed | None = None
    for sign in (1, -1):
        here = sign * light.xy
        found = _commonest_shift(field.xy[:BRIGHTEST], here[:BRIGHTEST])
        if found is None:
            continue
        shift, least = found
        ours, theirs = _pairs(field.xy, here + shift, TOLERANCE)
        if len(ours) >= (least if best is None else len(best.field) + 1):
            best = Placed(ours, theirs, sign * np.vstack([np.eye(2), -shift]))
    if best is None or len(best.field) < SURE:
        return best
    return _fitted(field, light, best.field, best.here)


def _fitted(field: Stars, light: Stars, ours: np.ndarray, theirs: np.ndarray) -> Placed:
    there = np.column_stack([field.xy[ours], np.ones(len(ours))])
    affine, *_ = np.linalg.lstsq(there, light.xy[theirs], rcond=None)
    return Placed(ours, theirs, affine)


def _commonest_shift(there: np.ndarray, here: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Return the shift of `here` by which most points meet, and how many must.

    None where fewer do.
    """
    from scipy.spatial import KDTree

    if len(there) < LEAST or len(here) < LEAST:
        return None
    shifts = (there[:, None] - here[None]).reshape(-1, 2)
    least = _least(shifts)
    near = KDTree(shifts).query_ball_point(shifts, TOLERANCE, return_length=True)
    first = int(np.argmax(near))
    if near[first] < least:
        return None
    close = np.hypot(*(shifts - shifts[first]).T) <= TOLERANCE
    return np.median(shifts[close], axis=0), least


def _least(shifts: np.ndarray) -> int:
    """Return how many of these shifts are alike by no chance, were they strewn evenly."""
    from scipy.special import pdtrc

    area = max(float(np.prod(np.ptp(shifts, axis=0))), 1.0)
    beside = len(shifts) * np.pi * TOLERANCE**2 / area
    enough = (
        pairs for pairs in range(LEAST, SURE) if len(shifts) * pdtrc(pairs - 2, beside) < CHANCE
    )
    return next(enough, SURE)


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
