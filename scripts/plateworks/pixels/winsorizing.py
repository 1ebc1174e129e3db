"""Winsorized sigma clipping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.rejection import (
    SLACK,
    Run,
    add_up,
    least_robust_sigma,
    robust_sigma,
    within,
)

#: Huber's constants, as the Analytical Methods Committee (1989) gives them: values are pulled in to
#: 1.5 sigma, which shrinks the standard deviation of normal data by a factor of 1.134.
HUBER = 1.5
HUBER_TO_SIGMA = 1.134
#: The Winsorized sigma has settled when a round changes it by less than this, relatively.
SETTLED = 0.0005
#: At most so many rounds; very small stacks can shrink for ever towards zero.
ROUNDS = 20
#: Relative error that sums of squares of up to so many float32 values never reach.
_MARGIN = 1e-4
_FEW = 256
#: So many rounds are done before it is seen, each time, whether further ones can change anything.
_LOOKS = (2, 2, 4, 8)


@dataclass(frozen=True)
class Winsorized:
    """Believe what lies within `low` and `high` Winsorized sigmas of the median.

    1. r is the robust sigma of :class:`~plateworks.pixels.rejection.SigmaClip`.
    2. Values that deviate by more than ``cutoff * r`` take no part in the next two steps.
    3. s = 1.134 times the standard deviation (with N - 1) of the others, at least quantum / 2.
    4. s = the same, after deviations beyond +- 1.5 s have been Winsorized, that is set to that
       bound.  Repeated, always from the original values, until s changes by less than 0.05 %, or 20
       times.
    5. A value is rejected that deviates by less than ``-low * s`` or more than ``high * s``.

    Parameters
    ----------
    low, high, cutoff : float
        In sigmas.
    quantum : float
        As for :class:`~plateworks.pixels.rejection.SigmaClip`.

    Notes
    -----
    Huber's method as given by the Analytical Methods Committee (1989, Analyst 114, 1693) and by
    ISO 13528 (algorithm A), with two changes.  The centre stays at the median, as in Siril.  The
    cut-off is PixInsight's idea: a cosmic ray is not to count as an excess of 1.5 sigmas.
    """

    low: float = 4.0
    high: float = 3.0
    cutoff: float = 5.0
    quantum: float = 0.0
    repeated = True

    def suspects(self, deviation: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """Return where it is not certain that nothing is rejected.

        The s of one round never falls when that of the round before grows.  So let s* be just large
        enough to reject nothing: if a round leads from s* to no less than s*, then no round that
        began above s*, as the first one does, ends below it.  One round thus stands for all.

        Opposite ranks alone bound the standard deviation from below: a pair adds half of its
        squared distance, whatever the mean is.
        """
        n, lowest, highest = len(deviation), deviation[0], deviation[-1]
        enough = np.maximum(highest / self.high, lowest / -self.low)
        enough *= 1 + SLACK
        bound = HUBER * enough
        below, squares = -bound, np.zeros_like(bound)
        upper, lower = np.empty_like(bound), np.empty_like(bound)
        for rank in range(n // 2):
            np.minimum(deviation[n - 1 - rank], bound, out=upper)
            np.maximum(deviation[rank], below, out=lower)
            upper -= lower
            upper *= upper
            squares += upper
        squares *= HUBER_TO_SIGMA**2 / (2 * (n - 1))
        np.maximum(squares, (self.quantum / 2) ** 2, out=squares)
        out = squares < enough * enough
        robust = np.maximum(least_robust_sigma(deviation), self.quantum / 2)
        out |= np.maximum(highest, -lowest) * (1 + SLACK) > self.cutoff * robust
        return out

    def survivors(self, deviation: np.ndarray, centre: np.ndarray) -> Run:
        if len(deviation) > _FEW:
            return self._exactly(deviation.astype(np.float64, copy=False))
        run, certain = self._quickly(deviation.astype(np.float32, copy=False))
        left = np.flatnonzero(~certain)
        if left.size:
            exact = self._exactly(deviation.take(left, axis=1).astype(np.float64, copy=False))
            run.first[left], run.last[left] = exact
        return run

    @np.errstate(over="ignore", invalid="ignore")
    def _quickly(self, deviation: np.ndarray) -> tuple[Run, np.ndarray]:
        """Judge in float32; return what survives, and where that is certain.

        After some rounds s rejects what it ever will, and by the argument of :meth:`suspects` it
        never falls below what keeps the values that are still kept.  The verdict is certain if
        both hold with a margin that rounding cannot reach.
        """
        floor, margin = np.float32(self.quantum / 2), np.float32(_MARGIN)
        reach = np.float32(self.cutoff) * robust_sigma(deviation, floor).astype(np.float32)
        counted = within(deviation, -reach, reach)
        certain = np.ones(reach.size, bool)
        for nearly in (reach * (1 - margin), reach * (1 + margin)):
            run = within(deviation, -nearly, nearly)
            certain &= (run.first == counted.first) & (run.last == counted.last)
        values, n = _counted_only(deviation, counted), counted.last - counted.first
        n = n.astype(np.float32)
        sigma = _huber_sigma(values.copy(), n, floor)
        first, last = np.zeros((2, n.size), np.int64)
        moving = np.arange(n.size)
        for rounds in _LOOKS:
            for _ in range(rounds):
                new = _huber_sigma(_pull_in(values, HUBER * sigma), n, floor)
                # Where s may have settled it is held, so that it is never less than the last one.
                sigma = np.where(sigma - new <= 2 * SETTLED * sigma, sigma, new)
            upper, here = sigma * (1 + margin), np.arange(n.size)
            run = within(deviation, -self.low * upper, self.high * upper)
            lowest, highest = deviation[run.first, here], deviation[run.last - 1, here]
            enough = np.maximum(highest / self.high, lowest / -self.low) * (1 + margin)
            least = _huber_sigma(_pull_in(values, HUBER * enough), n, floor)
            first[moving], last[moving] = run
            open_ = ~(least >= enough * (1 + margin))
            moving, n, sigma = moving[open_], n[open_], sigma[open_]
            values, deviation = values.compress(open_, axis=1), deviation.compress(open_, axis=1)
        certain[moving] = False
        return Run(first, last), certain

    def _exactly(self, deviation: np.ndarray) -> Run:
        """Judge as the method is defined, in float64."""
        floor = self.quantum / 2
        reach = self.cutoff * robust_sigma(deviation, floor)
        counted = within(deviation, -reach, reach)
        values, n = _counted_only(deviation, counted), counted.last - counted.first
        sigma = _huber_sigma(values.copy(), n, floor)
        moving = np.arange(sigma.size)
        for _ in range(ROUNDS):
            old = sigma[moving]
            new = _huber_sigma(_pull_in(values, HUBER * old), n, floor)
            sigma[moving] = new
            more = np.abs(new - old) > SETTLED * old
            moving, n, values = moving[more], n[more], values.compress(more, axis=1)
        return within(deviation, -self.low * sigma, self.high * sigma)


def _counted_only(deviation: np.ndarray, counted: Run) -> np.ndarray:
    """Copy `deviation` with zeros, which add nothing to sums, for what takes no part."""
    values = deviation.copy()
    for rank in range(counted.first.max(initial=0)):
        values[rank, rank < counted.first] = 0
    for rank in range(counted.last.min(initial=len(values)), len(values)):
        values[rank, rank >= counted.last] = 0
    return values


def _pull_in(deviation: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Limit deviations to +- `bound`; the lower half of the rows has no positive ones."""
    half = len(deviation) // 2
    out = np.empty_like(deviation)
    np.maximum(deviation[:half], -bound, out=out[:half])
    np.minimum(deviation[half:], bound, out=out[half:])
    return out


def _huber_sigma(values: np.ndarray, n: np.ndarray | int, floor: float) -> np.ndarray:
    """Return 1.134 times the standard deviation of `n` values a column, the others being zero.

    Uses up `values`.
    """
    total = add_up(values)
    values *= values
    variance = np.maximum(add_up(values) - total * total / n, 0) / (n - 1)
    return np.maximum(HUBER_TO_SIGMA * np.sqrt(variance), floor)
