"""Winsorized sigma clipping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.arrays import Bools, Floats, Integers, Reals, Rows
from plateworks.pixels.rejection import Run, add_up, within
from plateworks.pixels.scatter import SLACK, least_robust_sigma, less, robust_sigma, rough

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
_LOOKS = (3, 5)


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

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        """Return where it is not certain that nothing is rejected.

        The s of one round never falls when that of the round before grows.  So let s* be just large
        enough to reject nothing: if a round leads from s* to no less than s*, then no round that
        began above s*, as the first one does, ends below it.  One round thus stands for all.

        Opposite ranks alone bound the standard deviation from below: a pair adds half of its
        squared distance, whatever the mean is.
        """
        n = len(rows)
        centre, doubt = rough(rows, centre)
        lowest, highest = less(rows[0], centre), less(rows[-1], centre)
        lowest -= doubt
        highest += doubt
        enough = np.maximum(highest / self.high, lowest / -self.low)
        enough *= 1 + SLACK
        below, above, blunt = _bounds(rows[0].dtype, centre, HUBER * enough)
        squares = np.zeros_like(centre)
        for rank in range(n // 2):
            distance = np.minimum(rows[n - 1 - rank], above)
            distance -= np.maximum(rows[rank], below)
            if distance.dtype.kind != "f":
                # Differences of integers may pass the range of signed ones, not that of unsigned.
                distance = distance.view(f"u{distance.itemsize}").astype(centre.dtype)
            distance *= distance
            squares += distance
        pairs = HUBER_TO_SIGMA**2 / (2 * (n - 1))
        sigma = np.sqrt(squares * pairs) - blunt * (n // 2 * pairs) ** 0.5
        out = np.maximum(sigma, self.quantum / 2) < enough
        robust = least_robust_sigma(rows, centre, doubt, self.quantum / 2)
        out |= np.maximum(highest, -lowest) * (1 + SLACK) > self.cutoff * robust
        return out

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
        n, columns = deviation.shape
        if closely or n > _FEW:
            return self._exactly(deviation.astype(np.float64, copy=False))
        deviation = deviation.astype(np.float32, copy=False)
        run = np.zeros(columns, np.int64), np.full(columns, n), np.ones(columns, bool)
        some = np.flatnonzero(~self._all_survive(deviation))
        for part, found in zip(run, self._quickly(deviation.take(some, axis=1)), strict=True):
            part[some] = found
        return Run(*run)

    @np.errstate(over="ignore", invalid="ignore")
    def _all_survive(self, deviation: Floats) -> Bools:
        """Return where that is certain, judged as by :meth:`suspects`, but closely."""
        floor, margin = np.float32(self.quantum / 2), np.float32(1 + _MARGIN)
        lowest, highest = deviation[0], deviation[-1]
        enough = np.maximum(highest / self.high, lowest / -self.low) * margin
        sigma = _huber_sigma(_pull_in(deviation, HUBER * enough), len(deviation), floor)
        reach = np.float32(self.cutoff) * robust_sigma(deviation, floor).astype(np.float32)
        return (sigma >= enough * margin) & (np.maximum(highest, -lowest) * margin <= reach)

    @np.errstate(over="ignore", invalid="ignore")
    def _quickly(self, deviation: Floats) -> tuple[Integers, Integers, Bools]:
        """Judge in float32, where that is certain; return what :class:`Run` holds.

        After some rounds s rejects what it ever will, and by the argument of :meth:`suspects` it
        never falls below what keeps the values that are still kept.  The verdict is certain if
        both hold with a margin that rounding cannot reach.
        """
        floor, margin = np.float32(self.quantum / 2), np.float32(_MARGIN)
        reach = np.float32(self.cutoff) * robust_sigma(deviation, floor).astype(np.float32)
        certain, values = np.ones(reach.size, bool), deviation
        n = np.full(reach.size, len(deviation), np.float32)
        # Most columns have nothing beyond the cut-off.
        farthest = np.maximum(deviation[-1], -deviation[0])
        far = np.flatnonzero(~(farthest * (1 + margin) <= reach))
        if far.size:
            some, reach = deviation.take(far, axis=1), reach[far]
            counted = within(some, -reach, reach)
            for nearly in (reach * (1 - margin), reach * (1 + margin)):
                run = within(some, -nearly, nearly)
                certain[far] &= (run.first == counted.first) & (run.last == counted.last)
            values = deviation.copy()
            values[:, far] = _counted_only(some, counted)
            n[far] = counted.last - counted.first
        sigma = _huber_sigma(values, n, floor)
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
            first[moving], last[moving] = run.first, run.last
            open_ = ~(least >= enough * (1 + margin))
            moving, n, sigma = moving[open_], n[open_], sigma[open_]
            values, deviation = values.compress(open_, axis=1), deviation.compress(open_, axis=1)
        certain[moving] = False
        return first, last, certain

    def _exactly(self, deviation: Reals) -> Run:
        """Judge as the method is defined, in float64."""
        floor = self.quantum / 2
        reach = self.cutoff * robust_sigma(deviation, floor)
        counted = within(deviation, -reach, reach)
        values, n = _counted_only(deviation, counted), counted.last - counted.first
        sigma = _huber_sigma(values, n, floor)
        moving = np.arange(sigma.size)
        for _ in range(ROUNDS):
            old = sigma[moving]
            new = _huber_sigma(_pull_in(values, HUBER * old), n, floor)
            sigma[moving] = new
            more = np.abs(new - old) > SETTLED * old
            moving, n, values = moving[more], n[more], values.compress(more, axis=1)
        return within(deviation, -self.low * sigma, self.high * sigma)


def _bounds(dtype: np.dtype, centre: Reals, reach: Reals) -> tuple[Reals, Reals, Reals | float]:
    """Return centre -+ reach in the type of a stack, not too wide, and how much a width may differ.

    Small integers are compared as such, in half the time.
    """
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        limits = np.iinfo(dtype)
        reach = reach - 0.01  # more than what rounds the sums below
        below = np.maximum(np.ceil(centre - reach), limits.min).astype(dtype)
        above = np.minimum(np.floor(centre + reach), limits.max).astype(dtype)
        return below, above, 0.0
    blunt = (np.abs(centre) + reach) * (4 * np.finfo(centre.dtype).eps)
    return centre - reach, centre + reach, blunt


def _counted_only(deviation: Reals, counted: Run) -> Reals:
    """Copy `deviation` with zeros, which add nothing to sums, for what takes no part."""
    values = deviation.copy()
    for rank in range(counted.first.max(initial=0)):
        values[rank, rank < counted.first] = 0
    for rank in range(counted.last.min(initial=len(values)), len(values)):
        values[rank, rank >= counted.last] = 0
    return values


def _pull_in(deviation: Reals, bound: Reals) -> Reals:
    """Limit deviations to +- `bound`; the lower half of the rows has no positive ones."""
    half = len(deviation) // 2
    out = np.empty_like(deviation)
    np.maximum(deviation[:half], -bound, out=out[:half])
    np.minimum(deviation[half:], bound, out=out[half:])
    return out


def _huber_sigma(values: Reals, n: Reals | int, floor: float | np.float32) -> Reals:
    """Return 1.134 times the standard deviation of `n` values a column, the others being zero."""
    total = add_up(values)
    squares = np.einsum("ij,ij->j", values, values)
    variance = np.maximum(squares - total * total / n, 0) / (n - 1)
    return np.maximum(HUBER_TO_SIGMA * np.sqrt(variance), floor)
