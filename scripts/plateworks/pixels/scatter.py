"""How widely the values of a pixel scatter about their median: the robust sigma, and a bound of it.

The values are sorted columns, as rows of one rank each (see :mod:`plateworks.pixels.rejection`).
"""

from __future__ import annotations

import itertools

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals, Rows
from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Relative slack of a test that must only err towards a closer look, far above its rounding.
SLACK = 1e-5
#: Groups of runs that bound the median absolute deviation; more are tighter, and take longer.
_GROUPS = 8


def rough(rows: Rows, centre: Reals) -> tuple[Reals, Reals | float]:
    """Return the median in single precision if the stack is, and how far it may be off.

    Differences from it are rounded by less than :data:`SLACK` of themselves.
    """
    if rows[0].dtype != np.float32:
        return centre, 0.0
    centre = centre.astype(np.float32)
    return centre, np.abs(centre) * np.finfo(np.float32).eps


def less(row: Reals, centre: Reals) -> Reals:
    """Return a row minus the median, in the median's type."""
    out = row.astype(centre.dtype)  # converted first: numpy subtracts unlike types slowly
    out -= centre
    return out


def least_robust_sigma(
    rows: Rows,
    centre: Reals,
    doubt: Reals | float,
    floor: float,
) -> Reals:
    """Return a bound that the robust sigma is never below: (M,), at least `floor`.

    Parameters
    ----------
    rows : N (M,) arrays
    centre : (M,) array
    doubt : (M,) array or float
        How far it may be off.
    floor : float
    """
    # The k nearest values to the median are a run of ranks, and the farther end of that run is the
    # k-th distance.  A run that begins above rank a, and at b or below, reaches at least as far
    # down as rank b and as far up as rank a + k.
    n = len(rows)
    k = (n + 1) // 2
    places = sorted({round(step * (n - k) / _GROUPS) for step in range(1, _GROUPS)} - {n - k})
    least = less(rows[places[-1] + k], centre)
    for above, below in itertools.pairwise(places):
        distance = rows[below].astype(centre.dtype)
        np.subtract(centre, distance, out=distance)
        np.maximum(distance, less(rows[above + k], centre), out=distance)
        np.minimum(least, distance, out=least)
    np.minimum(least, centre - rows[places[0]], out=least)
    least -= doubt
    least *= MAD_TO_SIGMA
    return np.maximum(least, floor, out=least)


def robust_sigma(deviation: Reals, floor: float | np.float32) -> Doubles:
    """Return 1.4826 times the median absolute deviation, at least `floor`: (K,) float64."""
    n = len(deviation)
    out = _kth_distance(deviation, (n + 1) // 2).astype(np.float64)
    if n % 2 == 0:
        out += _kth_distance(deviation, n // 2 + 1)
        out *= 0.5
    return np.maximum(MAD_TO_SIGMA * out, floor)


def _kth_distance(deviation: Reals, k: int) -> Reals:
    """Return the k-th smallest distance from the median, for 2 k >= N.

    The k values nearest to the median are neighbours, and the further of the two ends of that run
    is the distance sought: the least one among all runs of k rows.
    """
    least, reach = np.full_like(deviation[0], np.inf), np.empty_like(deviation[0])
    for lowest, highest in zip(deviation, deviation[k - 1 :], strict=False):
        np.negative(lowest, out=reach)
        np.maximum(reach, highest, out=reach)
        np.minimum(least, reach, out=least)
    return least
