"""The value of a sorted stack at each pixel: middle, mean, trimmed mean.

Rows are (M,) arrays, all values of one rank for M pixels.  Integers add up without rounding and
floats in the order of their size, so no result depends on the order of the frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals, Rows

#: So many values of 16 bits add up to an integer that float32 holds exactly.
_EXACT = 256


def exact_type(dtype: np.dtype) -> np.dtype:
    """Return the float type that holds differences and halves of values without rounding."""
    small = dtype.kind in "iu" and dtype.itemsize <= 2
    return np.dtype(np.float32 if small else np.float64)


def middle(rows: Rows) -> Reals:
    """Return the median of sorted rows, (M,) of their :func:`exact_type`."""
    n = len(rows)
    out = rows[(n - 1) // 2].astype(exact_type(rows[0].dtype))
    if n % 2 == 0:
        out += rows[n // 2]
        out *= 0.5
    return out


def mean(rows: Rows) -> Reals:
    """Return the mean of sorted rows: (M,) float.

    Most columns of 16 bits are so narrow that what their values exceed the lowest by adds up to a
    number of 16 bits.  Then they are added as they are, whatever overflows, in a fifth of the time.
    """
    n, kind = len(rows), rows[0].dtype
    if kind.kind not in "iu" or kind.itemsize != 2 or not 2 < n <= _EXACT:
        return mean_in_any_order(rows)
    lowest, *others = (row.view(np.uint16) for row in rows)
    span = others[-1] - lowest
    wide = np.flatnonzero(span > 65535 // n)
    if wide.size > span.size // 8:
        return mean_in_any_order(rows)
    above = np.multiply(lowest, np.uint16(1 - n & 0xFFFF))
    for row in others:
        above += row
    total = rows[0].astype(np.float32)
    total *= n
    total += above
    total /= n
    if wide.size:
        total[wide] = mean_in_any_order([row[wide] for row in rows])
    return total


def mean_in_any_order(rows: Rows) -> Reals:
    """Return the mean of rows of integers, or of sorted rows: (M,) float."""
    small = exact_type(rows[0].dtype) == np.float32 and len(rows) <= _EXACT
    total: Reals = rows[0].astype(np.float32 if small else np.float64)
    for row in rows[1:]:
        total += row
    total /= len(rows)
    return total


def trimmed_mean(rows: Rows, low: int, high: int) -> Reals:
    """Return the mean without the `low` lowest and `high` highest; the median if none is left."""
    kept = rows[low : len(rows) - high]
    return mean(kept) if len(kept) else middle(rows)


def trimmed(n: int, low: int, high: int) -> tuple[int, int]:
    """Return which ranks :func:`trimmed_mean` of `n` values uses: the first, and one past them."""
    return (low, n - high) if low < n - high else (0, n)


def checked_weights(weights: Sequence[float] | None, count: int, method: str) -> Doubles | None:
    """Return what each of so many frames counts for; None if all count the same.

    Raises
    ------
    ValueError
        If there are not as many weights, one is not above zero, or the method knows none.
    """
    if weights is None:
        return None
    each = np.asarray(weights, np.float64)
    if each.shape != (count,) or not (np.isfinite(each) & (each > 0)).all():
        raise ValueError(f"{count} frames need {count} weights above 0, here they are {each}")
    if method == "median":
        raise ValueError("a median knows no weights: choose another method")
    return each
