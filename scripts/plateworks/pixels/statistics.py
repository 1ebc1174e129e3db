"""Robust statistics of one array: exact, and blind to values that are missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import bottleneck
import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Number, Reals

#: The median absolute deviation of a normal distribution, times this, is its standard deviation.
MAD_TO_SIGMA = 1.4826
#: The standard error of the median of many normal values beside that of their mean.
MEDIAN_ERROR = math.sqrt(math.pi / 2)
#: 99 % of a normal distribution lie within so many standard deviations.
SIGMAS_OF_99_PERCENT = 2.576

#: From so many values on, a sample saves more than it costs.
MANY = 8192
#: Values looked at together, few enough for the cache of the processor.
CHUNK = 32768
#: Values that numpy sorts by one vectorised network, several times faster than longer rows.
NETWORK = 256
#: Ranks of these that may hold the median of a longer row, four standard deviations to each side.
NEAR_MIDDLE = slice(NETWORK // 2 - 32, NETWORK // 2 + 32)


def finite(values: NDArray[Number]) -> NDArray[Number]:
    """Return the finite values of an array of any shape, as one row; perhaps a view."""
    values = np.asarray(values).ravel()
    if values.dtype.kind != "f":
        return values
    # Piece by piece: an array of all that is good would take new memory for nothing.
    pieces = (values[start : start + CHUNK] for start in range(0, values.size, CHUNK))
    return values if all(np.isfinite(one).all() for one in pieces) else values[np.isfinite(values)]


def median(values: Reals) -> float:
    """Return the exact median of the finite values; NaN if there are none.

    An even number of values gives the mean of the middle two, in float64, so that no integer type
    overflows.
    """
    values = finite(values)
    if not values.size:
        return float("nan")
    low, high = _ranked(values, (values.size - 1) // 2, values.size // 2)
    return (low + high) / 2


def weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return where half of the weight lies on each side, between values: () float64.

    Parameters
    ----------
    values : (N,) or (N, K) float array
        Without NaN, N not 0; of each column there is a median.
    weights : (N,) float array
    """
    if values.ndim == 2:
        return np.array([weighted_median(column, weights) for column in values.T])
    order = np.argsort(values, kind="stable")
    part = np.cumsum(weights[order])
    return np.asarray(np.interp(part[-1] / 2, part - weights[order] / 2, values[order]))


def value_of_rank(values: Reals, rank: int) -> float:
    """Return the value that so many others come before in order; there must be no NaN."""
    return _ranked(values.ravel(), rank, rank)[0]


def medians_of_rows(rows: NDArray[Number]) -> NDArray[Number]:
    """Return the exact medians of the finite values of each row; NaN where there are none.

    Parameters
    ----------
    rows : (N, M) float array

    Returns
    -------
    (N,) array of the type of `rows`
        An even number of values gives the mean of the middle two.

    Notes
    -----
    Rows with missing values are bottleneck's, which is the fastest there; but numpy sorts pieces of
    256 values, if none is missing, eight times faster than bottleneck selects one.  Of the sorted
    pieces only the middle ranks are sorted again, together.  If all others lie on their sides of
    what comes out, it is the median; if not, bottleneck is asked.
    """
    whole = np.isfinite(rows).all(axis=1)
    if whole.all():
        return _medians_of_whole(rows)
    medians = np.empty(len(rows), rows.dtype)
    medians[whole] = _medians_of_whole(rows[whole])
    gaps = rows[~whole]
    gaps[np.isinf(gaps)] = np.nan
    medians[~whole] = bottleneck.nanmedian(gaps, axis=1)
    return medians


def _medians_of_whole(rows: NDArray[Number]) -> NDArray[Number]:
    """Return the medians of rows of finite values."""
    pieces = rows.shape[1] // NETWORK
    if not (pieces and len(rows)):
        return bottleneck.median(rows, axis=1)
    inside, rest = rows[:, : pieces * NETWORK], rows[:, pieces * NETWORK :]
    ranked = np.sort(inside.reshape(-1, pieces, NETWORK), axis=2)
    near = ranked[:, :, NEAR_MIDDLE].reshape(len(rows), -1)
    near = np.sort(np.concatenate([near, rest], axis=1), axis=1)
    low, high = near[:, (near.shape[1] - 1) // 2], near[:, near.shape[1] // 2]
    below, above = ranked[:, :, NEAR_MIDDLE.start - 1], ranked[:, :, NEAR_MIDDLE.stop]
    sure = (below <= low[:, None]).all(axis=1) & (above >= high[:, None]).all(axis=1)
    medians = (low + high) / 2
    if not sure.all():
        medians[~sure] = bottleneck.median(rows[~sure], axis=1)
    return medians


def robust_sigma(values: Reals, centre: float | None = None) -> float:
    """Return the standard deviation that the median absolute deviation suggests.

    Where more than half of the values are equal, as in a coarsely quantised master, the deviation
    that 1 % of them exceed takes its place.  Zero is returned if that is zero too.

    Parameters
    ----------
    values : array
        Any shape and real type; what is not finite is ignored.
    centre : float, optional
        What the deviations are taken from; by default the median.
    """
    values = finite(values)
    if not values.size:
        return float("nan")
    middle = median(values) if centre is None else centre

    def deviation(part: Reals) -> Reals:
        return np.abs(part - middle)

    low, high = _ranked(values, (values.size - 1) // 2, values.size // 2, deviation)
    sigma = MAD_TO_SIGMA * (low + high) / 2
    if sigma == 0:
        rank = int(0.99 * values.size)
        sigma = _ranked(values, rank, rank, deviation)[0] / SIGMAS_OF_99_PERCENT
    return sigma


def quantum(image: Iterable[Reals]) -> int:
    """Return the step between the values that the converter of a raw frame can give, in ADU.

    A camera of 12 or 14 bits often writes multiples of 16 or 4; this finds the greatest power of
    two that divides every value.

    Parameters
    ----------
    image : iterable of arrays of integers
        Its parts, or a (H, W) array; none is looked at beyond the first that has an odd value.
    """
    bits = 0
    for part in image:
        bits |= int(np.bitwise_or.reduce(part, axis=None))
        if bits & 1:
            break
    return bits & -bits or 1


def median_of_parts(parts: Callable[[], Iterable[Reals]], size: int) -> float:
    """Return what :func:`median` does of so many values that never are in memory together.

    Parameters
    ----------
    parts : function
        Gives all values part by part, each time that it is called; none is missing.  A part may lie
        in the memory of the one before it.
    size : int
        How many there are.
    """
    lower, upper = (size - 1) // 2, size // 2
    near, below = _narrowed_down(_sample(parts(), _step(size)), parts, size, lower, upper)
    low, high = _of_ranks(near, lower - below, upper - below)
    return (low + high) / 2


def _ranked(
    values: Reals,
    lower: int,
    upper: int,
    change: Callable[[Reals], Reals] = np.asarray,
) -> tuple[float, float]:
    """Return the values of a rank and of the same or the next one, 0 = lowest, after a change."""
    if values.size < MANY:
        return _of_ranks(change(values), lower, upper)

    def parts() -> Iterator[Reals]:
        return (change(values[at : at + CHUNK]) for at in range(0, values.size, CHUNK))

    sample = change(values[:: _step(values.size)])
    near, below = _narrowed_down(sample, parts, values.size, lower, upper)
    return _of_ranks(near, lower - below, upper - below)


def _of_ranks(values: Reals, lower: int, upper: int) -> tuple[float, float]:
    # numpy selects one rank ten times faster than two.
    part = np.partition(values, upper)
    low = part[upper] if lower == upper else part[:upper].max()
    return float(low), float(part[upper])


def _step(size: int) -> int:
    """Return how far the values of a sample lie apart.

    So it and what it leaves cost about the same.  An odd step meets all colours of a mosaic; an
    even one would not.
    """
    return int(size ** (1 / 3)) | 1


def _sample(parts: Iterable[Reals], step: int) -> Reals:
    """Return every so many values of parts that follow each other."""
    taken, seen = [], 0
    for part in parts:
        taken.append(part.ravel()[-seen % step :: step].copy())
        seen += part.size
    return np.concatenate(taken)


def _narrowed_down(
    sample: Reals, parts: Callable[[], Iterable[Reals]], size: int, lower: int, upper: int
) -> tuple[Reals, int]:
    """Return those of many values that may have the ranks, and how many are less than all of them.

    A sample suggests the range; counting shows whether it holds the ranks.  If not, all are
    returned.
    """
    sample = np.sort(sample)
    margin = int(2 * sample.size**0.5)
    first, last = (int(rank / size * sample.size) for rank in (lower, upper))
    least = sample[first - margin] if first >= margin else None
    most = sample[last + margin] if last + margin < sample.size else None
    below, kept = 0, []
    for part in parts():
        inside = np.ones(part.shape, bool) if most is None else part <= most
        if least is not None:
            too_low = part < least
            below += int(np.count_nonzero(too_low))
            inside ^= too_low
        kept.append(part[inside])
    near = np.concatenate(kept)
    if below <= lower and upper < below + near.size:
        return near, below
    return np.concatenate([part.flatten() for part in parts()]), 0
