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
#: After so many rounds it pays to see whether further ones can change anything.
_LOOKS = (2, 4, 8)


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
        floor = self.quantum / 2
        deviation = deviation.astype(np.float64, copy=False)
        counted = np.abs(deviation) <= self.cutoff * robust_sigma(deviation, floor)
        values = np.where(counted, deviation, 0)  # a zero adds nothing to the sums
        n = np.count_nonzero(counted, axis=0)
        sigma = _huber_sigma(values.copy(), n, floor)
        moving = np.arange(sigma.size)
        for done in range(1, ROUNDS + 1):
            old = sigma[moving]
            new = _huber_sigma(_pull_in(values, HUBER * old), n, floor)
            sigma[moving] = new
            more = np.abs(new - old) > SETTLED * old
            if done in _LOOKS:
                more &= ~self._decided(deviation.take(moving, axis=1), values, n, new)
            moving, n, values = moving[more], n[more], values.compress(more, axis=1)
        return within(deviation, -self.low * sigma, self.high * sigma)

    def _decided(
        self, deviation: np.ndarray, values: np.ndarray, n: np.ndarray, sigma: np.ndarray
    ) -> np.ndarray:
        """Return where s, though it may shrink further, already rejects all that it ever will.

        By the argument of :meth:`suspects`: s never falls below what keeps the values that are
        still kept.
        """
        run, columns = within(deviation, -self.low * sigma, self.high * sigma), np.arange(n.size)
        lowest, highest = deviation[run.first, columns], deviation[run.last - 1, columns]
        enough = np.maximum(highest / self.high, lowest / -self.low) * (1 + SLACK)
        return _huber_sigma(_pull_in(values, HUBER * enough), n, self.quantum / 2) >= enough


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
