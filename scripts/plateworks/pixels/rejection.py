"""Which values of a pixel's stack are outliers: what the methods share, and three of them.

A *rejector* looks at the deviations of a stack from its median, (N, M) for N >= 3 values at M
pixels: each column sorted upwards, nothing missing, of the type that
:func:`plateworks.pixels.averages.exact_type` gives.  It is asked twice.  First about all pixels:
:meth:`Rejector.suspects` is quick and may raise a false alarm, but never misses a pixel that loses
a value.  Then :meth:`Rejector.survivors` judges the suspects.  What is done with the survivors is
the business of :mod:`plateworks.pixels.worklist`, which asks again about them alone, until nothing
more is rejected.

The fourth method is in :mod:`plateworks.pixels.winsorizing`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Relative slack of a test that must only err towards a closer look, far above its rounding.
SLACK = 1e-5
#: Groups of runs that bound the median absolute deviation; more are tighter, and take longer.
_GROUPS = 6


class Run(NamedTuple):
    """Which ranks survive at K pixels: from ``first``, and below ``last``; (K,) integers."""

    first: np.ndarray
    last: np.ndarray


class Rejector(Protocol):
    """A method of rejection, for stacks of three values or more.

    Attributes
    ----------
    repeated : bool
        Whether survivors are judged again among themselves.
    """

    repeated: bool

    def suspects(self, deviation: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """Return where something may have to be rejected: (M,) bool, False only if certain."""

    def survivors(self, deviation: np.ndarray, centre: np.ndarray) -> Run:
        """Return which ranks survive."""


@dataclass(frozen=True)
class SigmaClip:
    """Believe what lies within `low` and `high` robust sigmas of the median.

    The sigma is 1.4826 times the median absolute deviation, but at least half of `quantum`.

    Parameters
    ----------
    low, high : float
        Distances below and above the median, in sigmas.
    quantum : float
        Step between neighbouring values of the converter.  Quiet pixels of a coarse converter give
        the same number in most frames, and without this floor every other number would go.
    """

    low: float = 4.0
    high: float = 3.0
    quantum: float = 0.0
    repeated = True

    def suspects(self, deviation: np.ndarray, centre: np.ndarray) -> np.ndarray:
        sigma = np.maximum(least_robust_sigma(deviation), self.quantum / 2)
        sigma *= 1 - SLACK
        return (deviation[0] < -self.low * sigma) | (deviation[-1] > self.high * sigma)

    def survivors(self, deviation: np.ndarray, centre: np.ndarray) -> Run:
        sigma = robust_sigma(deviation, self.quantum / 2)
        return within(deviation, -self.low * sigma, self.high * sigma)


@dataclass(frozen=True)
class Percentile:
    """Believe what deviates from the median by no more than a fraction of it, judged once.

    Parameters
    ----------
    low, high : float
        Fractions of the median's magnitude.  For two to six frames, where no sigma can be had.
    """

    low: float = 0.2
    high: float = 0.1
    repeated = False

    def suspects(self, deviation: np.ndarray, centre: np.ndarray) -> np.ndarray:
        size = np.abs(centre)
        size *= 1 - SLACK
        return (deviation[0] < -self.low * size) | (deviation[-1] > self.high * size)

    def survivors(self, deviation: np.ndarray, centre: np.ndarray) -> Run:
        size = np.abs(centre.astype(np.float64))
        return within(deviation, -self.low * size, self.high * size)


@dataclass(frozen=True)
class LinearFit:
    """Believe what lies near a straight line through the sorted values.

    The line is fitted to value against rank by least squares, and the scale is the mean absolute
    deviation from it.  From each end, values go as long as they deviate from the line by more than
    `low` scales downwards or `high` upwards.  Suits stacks with a drift, such as of the sky.

    Parameters
    ----------
    low, high : float
        Distances below and above the line, in units of the scale.

    Notes
    -----
    The method of PixInsight and Siril, but that only a run of values at an end is rejected, never
    one between two that are believed.
    """

    low: float = 5.0
    high: float = 3.5
    repeated = True

    def suspects(self, deviation: np.ndarray, centre: np.ndarray) -> np.ndarray:
        mean, slope, scale = _line(deviation)
        end = (len(deviation) - 1) / 2
        span = deviation[-1] - deviation[0]
        span *= SLACK  # far above what rounding does to the line and its residuals
        lowest = deviation[0] - mean + end * slope
        highest = deviation[-1] - mean - end * slope
        scale -= span
        return (lowest - span < -self.low * scale) | (highest + span > self.high * scale)

    def survivors(self, deviation: np.ndarray, centre: np.ndarray) -> Run:
        n = len(deviation)
        deviation = deviation.astype(np.float64, copy=False)
        mean, slope, scale = _line(deviation)
        residual = deviation - mean - _places(n)[:, None] * slope
        low, high = residual < -self.low * scale, residual[::-1] > self.high * scale
        return Run(_in_a_row(low), n - _in_a_row(high))


def _in_a_row(true: np.ndarray) -> np.ndarray:
    """Return how many values at the top of each column are true: (K,) int64."""
    count, going_on = np.zeros(true.shape[1], np.int64), np.ones(true.shape[1], bool)
    for row in true:
        going_on &= row
        if not going_on.any():
            break
        count += going_on
    return count


def _line(deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a line to each column: its mean, its slope, and the mean distance from it, each (M,)."""
    n, places = len(deviation), _places(len(deviation)).astype(deviation.dtype)
    mean, slope = add_up(deviation) / deviation.dtype.type(n), np.zeros_like(deviation[0])
    for place, row in zip(places, deviation, strict=True):
        slope += place * row
    slope /= np.square(places).sum()
    scale = np.zeros_like(mean)
    for place, row in zip(places, deviation, strict=True):
        scale += np.abs(row - mean - place * slope)
    scale /= n
    return mean, slope, scale


def _places(n: int) -> np.ndarray:
    """Return the ranks of `n` values, counted from their middle."""
    return np.arange(n) - (n - 1) / 2


def within(deviation: np.ndarray, low: np.ndarray, high: np.ndarray) -> Run:
    """Return the ranks whose deviation is neither below `low` (<= 0) nor above `high` (>= 0)."""
    n, columns = deviation.shape
    if deviation.dtype == np.float32:
        # Limits rounded inwards part float32 values as the exact limits do, in half the time.
        low, high = _rounded(low, np.inf), _rounded(high, -np.inf)
    first, last = np.zeros(columns, np.int64), np.full(columns, n)
    # Columns are sorted: where no value of a rank is out, none farther inside is.
    for row in deviation[: (n + 1) // 2]:
        out = row < low
        if not out.any():
            break
        first += out
    for row in deviation[: n // 2 - 1 if n > 1 else None : -1]:
        out = row > high
        if not out.any():
            break
        last -= out
    return Run(first, last)


def _rounded(limit: np.ndarray, towards: float) -> np.ndarray:
    """Return the nearest float32 to `limit` that is not on the other side of it."""
    out = limit.astype(np.float32)
    beyond = out < limit if towards > 0 else out > limit
    out[beyond] = np.nextafter(out[beyond], np.float32(towards))
    return out


def least_robust_sigma(deviation: np.ndarray) -> np.ndarray:
    """Return a bound that the robust sigma is never below: (M,), from a few ranks."""
    # The k nearest values to the median are a run of ranks, and the farther end of that run is the
    # k-th distance.  A run that begins above rank a, and at b or below, reaches at least as far
    # down as rank b and as far up as rank a + k.
    n = len(deviation)
    k = (n + 1) // 2
    places = sorted({round(step * (n - k) / _GROUPS) for step in range(1, _GROUPS)} - {n - k})
    least = deviation[places[-1] + k].copy()
    for above, below in itertools.pairwise(places):
        np.minimum(least, np.maximum(-deviation[below], deviation[above + k]), out=least)
    np.minimum(least, -deviation[places[0]], out=least)
    least *= MAD_TO_SIGMA
    return least


def robust_sigma(deviation: np.ndarray, floor: float) -> np.ndarray:
    """Return 1.4826 times the median absolute deviation, at least `floor`: (K,) float64."""
    n = len(deviation)
    out = _kth_distance(deviation, (n + 1) // 2).astype(np.float64)
    if n % 2 == 0:
        out += _kth_distance(deviation, n // 2 + 1)
        out *= 0.5
    return np.maximum(MAD_TO_SIGMA * out, floor)


def add_up(rows: np.ndarray) -> np.ndarray:
    """Add up rows one after the other, as numpy's sum does unless there is but one column."""
    return rows.sum(axis=0) if rows.shape[1] != 1 else rows.cumsum(axis=0)[-1]


def _kth_distance(deviation: np.ndarray, k: int) -> np.ndarray:
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
