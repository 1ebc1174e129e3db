"""Which values of a pixel's stack are outliers: what the methods share, and three of them.

A *rejector* looks at a stack of N >= 3 values at M pixels, each column sorted upwards, nothing
missing.  It is asked twice.  First about all pixels: :meth:`Rejector.suspects` is quick and may
raise a false alarm, but never misses a pixel that loses a value.  Then :meth:`Rejector.survivors`
judges the suspects by their deviations from the median, which
:func:`plateworks.pixels.averages.exact_type` holds without rounding.  What is done with the
survivors is the business of :mod:`plateworks.pixels.worklist`, which asks again about them alone,
until nothing more is rejected.

The others are in :mod:`plateworks.pixels.winsorizing` and :mod:`plateworks.pixels.varianceclip`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers, Reals, Rows
from plateworks.pixels.scatter import SLACK, least_robust_sigma, less, robust_sigma, rough


class Run(NamedTuple):
    """Which ranks survive at K pixels: from ``first``, and below ``last``; (K,) integers.

    ``certain``, (K,) bool, is False where a closer look is needed; None if nowhere.
    """

    first: Integers
    last: Integers
    certain: Bools | None = None


class Rejector(Protocol):
    """A method of rejection, for stacks of three values or more.

    Attributes
    ----------
    repeated : bool
        Whether survivors are judged again among themselves.
    """

    repeated: bool

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        """Return where something may have to be rejected: (M,) bool, False only if certain.

        Parameters
        ----------
        rows : N (M,) arrays
            All values of one rank, of the stack's own type.
        centre : (M,) array
            The median.
        """

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
        """Return which ranks survive, given the deviations (N, M) from the median.

        Unless asked to look `closely`, it may leave some pixels for later: a close look takes long,
        and is best taken at many of them at once.
        """


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

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        centre, doubt = rough(rows, centre)
        sigma = least_robust_sigma(rows, centre, doubt, self.quantum / 2, closely=True)
        sigma *= 1 - SLACK
        lowest, highest = less(rows[0], centre), less(rows[-1], centre)
        return (lowest - doubt < -self.low * sigma) | (highest + doubt > self.high * sigma)

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
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

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        size = np.abs(centre)
        size *= 1 - SLACK
        lowest, highest = less(rows[0], centre), less(rows[-1], centre)
        return (lowest < -self.low * size) | (highest > self.high * size)

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
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

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        centre, _ = rough(rows, centre)  # a line does not mind a common shift
        deviation = np.array([less(row, centre) for row in rows])
        mean, slope, scale = _line(deviation)
        end = (len(deviation) - 1) / 2
        span = deviation[-1] - deviation[0]
        span *= SLACK  # far above what rounding does to the line and its residuals
        lowest = deviation[0] - mean + end * slope
        highest = deviation[-1] - mean - end * slope
        scale -= span
        return (lowest - span < -self.low * scale) | (highest + span > self.high * scale)

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
        n = len(deviation)
        deviation = deviation.astype(np.float64, copy=False)
        mean, slope, scale = _line(deviation)
        residual = deviation - mean - _places(n)[:, None] * slope
        low, high = residual < -self.low * scale, residual[::-1] > self.high * scale
        return Run(_in_a_row(low), n - _in_a_row(high))


def _in_a_row(true: Bools) -> Integers:
    """Return how many values at the top of each column are true: (K,) int64."""
    count, going_on = np.zeros(true.shape[1], np.int64), np.ones(true.shape[1], bool)
    for row in true:
        going_on &= row
        if not going_on.any():
            break
        count += going_on
    return count


def _line(deviation: Reals) -> tuple[Reals, Reals, Reals]:
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


def _places(n: int) -> Doubles:
    """Return the ranks of `n` values, counted from their middle."""
    return np.arange(n, dtype=np.float64) - (n - 1) / 2


def within(deviation: Reals, low: Reals, high: Reals) -> Run:
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


def _rounded(limit: Reals, towards: float) -> Floats:
    """Return the nearest float32 to `limit` that is not on the other side of it."""
    out = limit.astype(np.float32)
    beyond = out < limit if towards > 0 else out > limit
    out[beyond] = np.nextafter(out[beyond], np.float32(towards))
    return out


def add_up(rows: Reals) -> Reals:
    """Add up rows one after the other, as numpy's sum does unless there is but one column."""
    return rows.sum(axis=0) if rows.shape[1] != 1 else rows.cumsum(axis=0)[-1]
