"""Robust statistics of one array: exact, and blind to values that are missing."""

from __future__ import annotations

import numpy as np

#: The median absolute deviation of a normal distribution, times this, is its standard deviation.
MAD_TO_SIGMA = 1.4826
#: 99 % of a normal distribution lie within so many standard deviations.
SIGMAS_OF_99_PERCENT = 2.576


def finite(values: np.ndarray) -> np.ndarray:
    """Return the finite values of an array of any shape, as one row; perhaps a view."""
    values = np.asarray(values).ravel()
    if values.dtype.kind != "f":
        return values
    good = np.isfinite(values)
    return values if good.all() else values[good]


def median(values: np.ndarray) -> float:
    """Return the exact median of the finite values; NaN if there are none.

    An even number of values gives the mean of the middle two, in float64, so that no integer type
    overflows.
    """
    values = finite(values)
    if not values.size:
        return float("nan")
    middle = values.size // 2
    # numpy selects one rank ten times faster than two.
    part = np.partition(values, middle)
    low = part[middle] if values.size % 2 else part[:middle].max()
    return (float(low) + float(part[middle])) / 2


def robust_sigma(values: np.ndarray, centre: float | None = None) -> float:
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
    deviation = np.abs(values - (median(values) if centre is None else centre))
    sigma = MAD_TO_SIGMA * median(deviation)
    if sigma == 0:
        rank = int(0.99 * deviation.size)
        sigma = float(np.partition(deviation, rank)[rank]) / SIGMAS_OF_99_PERCENT
    return sigma


def quantum(image: np.ndarray) -> int:
    """Return the step between the values that the converter of a raw frame can give, in ADU.

    A camera of 12 or 14 bits often writes multiples of 16 or 4; this finds the greatest power of
    two that divides every value.

    Parameters
    ----------
    image : (H, W) array of integers
    """
    bits = int(np.bitwise_or.reduce(np.asarray(image), axis=None))
    return bits & -bits or 1
