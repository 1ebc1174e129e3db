"""The value of a sorted stack at each pixel: middle, mean, trimmed mean.

Rows are (M,) arrays, all values of one rank for M pixels.  Integers add up without rounding and
floats in the order of their size, so no result depends on the order of the frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals, Rows


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
    """Return the mean of rows, which are sorted unless they are integers: (M,) float."""
    # Up to 256 values of 16 bits add up to an integer that float32 holds exactly.
    small = exact_type(rows[0].dtype) == np.float32 and len(rows) <= 256
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
