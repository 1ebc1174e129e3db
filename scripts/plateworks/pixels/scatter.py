"""How widely the values of a pixel scatter about their median: the robust sigma, and a bound of it.

The values are sorted columns, as rows of one rank each (see :mod:`plateworks.pixels.rejection`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals, Rows
from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Relative slack of a test that must only err towards a closer look, far above its rounding.
SLACK = 1e-5
#: Groups of runs that bound the median absolute deviation; more are tighter, and take longer.
_GROUPS = 8
#: Of so many small integers the deviation itself is found in less time than such a bound.
_FEW = 40


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
    rows: Rows, centre: Reals, doubt: Reals | float, floor: float, *, closely: bool = False
) -> Reals:
    """Return a bound that the robust sigma is never below: (M,), at least `floor`.

    Parameters
    ----------
    rows : N (M,) arrays
    centre : (M,) array
    doubt : (M,) array or float
        How far it may be off.
    floor : float
    closely : bool
        Whether the bound of a few small integers is to be tight, and may take longer.
    """
    n = len(rows)
    k = (n + 1) // 2
    if rows[0].dtype.kind in "iu" and rows[0].dtype.itemsize <= 2:
        whole = _WholeDistances(rows)
        if closely and n <= _FEW:
            least = whole.least(k, range(n - k)).astype(np.float32)
            if n % 2 == 0:
                least += whole.least(k + 1, range(n - k - 1))
                least *= 0.5
        else:
            least = whole.least(k, _places(n - k)).astype(np.float32)
        least += np.float32(0.5) * whole.odd
    else:
        least = _Distances(rows, centre).least(k, _places(n - k))
    least -= doubt
    least *= MAD_TO_SIGMA
    return np.maximum(least, floor, out=least)


def _places(runs: int) -> Sequence[int]:
    """Return between which of the runs of ranks, and one more, a few groups of them end."""
    return sorted({round(step * runs / _GROUPS) for step in range(1, _GROUPS)} - {runs})


class _Distances:
    """Distances of sorted values from their median, (M,) each."""

    def __init__(self, rows: Rows, centre: Reals):
        self._rows, self._centre = rows, centre

    def down(self, rank: int) -> Reals:
        """Return how far a lower value lies below the median."""
        return self._centre - self._rows[rank].astype(self._centre.dtype)

    def up(self, rank: int) -> Reals:
        """Return how far a higher value lies above the median."""
        return less(self._rows[rank], self._centre)

    def least(self, k: int, places: Sequence[int]) -> Reals:
        """Return a bound that the k-th smallest distance is never below, for 2 k >= N.

        The k nearest values to the median are a run of ranks, and the farther end of that run is
        the k-th distance.  A run that begins above rank a, and at b or below, reaches at least as
        far down as rank b and as far up as rank a + k.

        Parameters
        ----------
        k : int
        places : sequence of int
            Such ranks a and b, upwards, all of them less than N - k.
        """
        least = self.up(places[-1] + k).copy()
        for first, last in itertools.pairwise(places):
            np.minimum(least, np.maximum(self.down(last), self.up(first + k)), out=least)
        return np.minimum(least, self.down(places[0]), out=least)


class _WholeDistances(_Distances):
    """The same of integers of 16 bits at most, in their own type: in a quarter of the time.

    What lies below is counted from the whole number below the median, what lies above from the one
    above it; so all distances are whole, and less by one half where the median is no whole number.
    None is negative: those that pass the range of signed numbers are right as unsigned ones.

    Attributes
    ----------
    odd : (M,) array
        1 where the median is no whole number, else 0.
    """

    def __init__(self, rows: Rows):
        n, unsigned = len(rows), np.dtype(f"u{rows[0].dtype.itemsize}")
        rows = [row.view(unsigned) for row in rows]
        half = rows[n // 2] - rows[(n - 1) // 2]
        self.odd = half & 1
        half >>= 1
        floor = np.add(half, rows[(n - 1) // 2], out=half)
        super().__init__(rows, floor)
        self._ceiling = floor + self.odd
        self._known: dict[int, Reals] = {}

    def down(self, rank: int) -> Reals:
        return self._kept(~rank, self._centre, self._rows[rank])

    def up(self, rank: int) -> Reals:
        return self._kept(rank, self._rows[rank], self._ceiling)

    def _kept(self, key: int, larger: Reals, smaller: Reals) -> Reals:
        if key not in self._known:
            self._known[key] = larger - smaller
        return self._known[key]


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
