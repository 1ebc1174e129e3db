"""Which values of a pixel's stack are outliers: the rejection methods.

A *rejector* looks at the deviations of a stack from its median and says how far a value may deviate
and still be believed.  It knows nothing of what is then done with the survivors: that is
:mod:`plateworks.pixels.combine`, which asks again, about the survivors alone, until nothing more is
rejected.

Every rejector takes ``deviation``, an (N, M) floating array for N >= 3 values at M pixels: each
column sorted upwards, its median zero, nothing missing.  It returns :class:`Limits`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Huber's constants, as the Analytical Methods Committee (1989) gives them: values are pulled in to
#: 1.5 sigma, which shrinks the standard deviation of normal data by a factor of 1.134.
HUBER = 1.5
HUBER_TO_SIGMA = 1.134
#: The Winsorized sigma has settled when a round changes it by less than this, relatively.
SETTLED = 0.0005
#: At most so many rounds; very small stacks can shrink for ever towards zero.
ROUNDS = 20
#: Relative slack of a test that must only err towards a closer look, far above its rounding.
SLACK = 1e-5


class Limits(NamedTuple):
    """Where something may have to be rejected, and the limits there.

    ``suspect`` are the indices of some of the M pixels; at all others nothing is to be rejected.
    ``low`` and ``high`` (float64) belong to the suspects: a deviation below or above is rejected.
    """

    suspect: np.ndarray
    low: np.ndarray
    high: np.ndarray


def sigma_clip(
    deviation: np.ndarray, *, low: float = 4.0, high: float = 3.0, quantum: float = 0.0
) -> Limits:
    """Believe what lies within `low` and `high` robust sigmas of the median.

    The sigma is 1.4826 times the median absolute deviation, but at least half of `quantum`.

    Parameters
    ----------
    deviation : (N, M) array
    low, high : float
        Distances below and above the median, in sigmas.
    quantum : float
        Step between neighbouring values of the converter.  Quiet pixels of a coarse converter give
        the same number in most frames, and without this floor every other number would go.
    """
    sigma = _robust_sigma(deviation, quantum / 2)
    suspect = np.flatnonzero((deviation[0] < -low * sigma) | (deviation[-1] > high * sigma))
    sigma = sigma[suspect]
    return Limits(suspect, -low * sigma, high * sigma)


def winsorized(
    deviation: np.ndarray,
    *,
    low: float = 4.0,
    high: float = 3.0,
    cutoff: float = 5.0,
    quantum: float = 0.0,
) -> Limits:
    """Believe what lies within `low` and `high` Winsorized sigmas of the median.

    1. r is the robust sigma of :func:`sigma_clip`.
    2. Values that deviate by more than ``cutoff * r`` take no part in the next two steps.
    3. s = 1.134 times the standard deviation (with N - 1) of the others, at least quantum / 2.
    4. s = the same, after deviations beyond +- 1.5 s have been Winsorized, that is set to that
       bound.  Repeated, always from the original values, until s changes by less than 0.05 %, or 20
       times.
    5. A value is rejected that deviates by less than ``-low * s`` or more than ``high * s``.

    Parameters
    ----------
    deviation : (N, M) array
    low, high, cutoff : float
        In sigmas.
    quantum : float
        As in :func:`sigma_clip`.

    Notes
    -----
    Huber's method as given by the Analytical Methods Committee (1989, Analyst 114, 1693) and by
    ISO 13528 (algorithm A), with two changes.  The centre stays at the median, as in Siril.  The
    cut-off is PixInsight's idea: a cosmic ray is not to count as an excess of 1.5 sigmas.
    """
    suspect = np.flatnonzero(~_surely_clean(deviation, low, high, cutoff, quantum / 2))
    deviation = deviation.take(suspect, axis=1).astype(np.float64, copy=False)
    counted = np.abs(deviation) <= cutoff * _robust_sigma(deviation, quantum / 2)
    sigma = _winsorized_sigma(deviation, counted, quantum / 2)
    return Limits(suspect, -low * sigma, high * sigma)


def _surely_clean(
    deviation: np.ndarray, low: float, high: float, cutoff: float, floor: float
) -> np.ndarray:
    """Return where :func:`winsorized` is certain to reject nothing: (M,) bool.

    The s of one round never falls when that of the round before grows.  So let s* be just large
    enough to reject nothing: if a round leads from s* to no less than s*, then no round that began
    above s*, as the first one does, ends below it.  One round thus stands for all.  It may be done
    in float32, since a pixel that fails the test by rounding is only looked at more closely.
    """
    deviation = deviation.astype(np.float32, copy=False)
    enough = np.maximum(deviation[-1] / high, deviation[0] / -low)
    enough *= 1 + SLACK
    n = len(deviation)
    sigma = _huber_sigma(_pull_in(deviation, HUBER * enough), n, floor)

    widest = np.maximum(deviation[-1], -deviation[0])
    # The lower of the two middle distances is not above the median of all distances.
    robust = np.maximum(MAD_TO_SIGMA * _kth_distance(deviation, (n + 1) // 2), floor)
    return (sigma >= enough) & (widest * (1 + SLACK) <= cutoff * robust)


def _winsorized_sigma(deviation: np.ndarray, counted: np.ndarray, floor: float) -> np.ndarray:
    """Return s after step 4 of :func:`winsorized`; ``counted`` is False where step 2 says so."""
    deviation = np.where(counted, deviation, 0)  # a zero adds nothing to the sums
    n = np.count_nonzero(counted, axis=0)
    sigma = _huber_sigma(deviation.copy(), n, floor)
    moving = np.arange(sigma.size)
    for _ in range(ROUNDS):
        old = sigma[moving]
        new = _huber_sigma(_pull_in(deviation, HUBER * old), n, floor)
        sigma[moving] = new
        going_on = np.flatnonzero(np.abs(new - old) > SETTLED * old)
        moving, n, deviation = moving[going_on], n[going_on], deviation.take(going_on, axis=1)
    return sigma


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
    total = _total(values)
    values *= values
    variance = np.maximum(_total(values) - total * total / n, 0) / (n - 1)
    return np.maximum(HUBER_TO_SIGMA * np.sqrt(variance), floor)


def _total(rows: np.ndarray) -> np.ndarray:
    """Add up the rows one after the other, as numpy's sum does unless there is but one column."""
    return rows.sum(axis=0) if rows.shape[1] != 1 else rows.cumsum(axis=0)[-1]


def _robust_sigma(deviation: np.ndarray, floor: float) -> np.ndarray:
    """Return 1.4826 times the median absolute deviation, at least `floor`, as float64."""
    n = len(deviation)
    out = _kth_distance(deviation, (n + 1) // 2).astype(np.float64)
    if n % 2 == 0:
        out += _kth_distance(deviation, n // 2 + 1)
        out *= 0.5
    return np.maximum(MAD_TO_SIGMA * out, floor)


def _kth_distance(deviation: np.ndarray, k: int) -> np.ndarray:
    """Return the k-th smallest distance from the median, for 2 k >= N.

    The k values nearest to the median are neighbours, and the further of the two ends of that run
    is the distance sought: the least one among all runs of k rows.
    """
    reach = -deviation[: len(deviation) - k + 1]
    np.maximum(reach, deviation[k - 1 :], out=reach)
    return reach.min(axis=0)
