"""Flats that are cut off: a part of the frame as even as nothing but a full sensor is.

Where each pixel is full at a level of its own, no value stands out.  But the mean over a block of
pixels then is the same in all blocks of that part, to within what chance does to it, and the light
of no lamp and no sky is so even beside a part where it falls off.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.statistics import MEDIAN_ERROR, medians_of_rows

#: Side of a block, pixels of one colour of a mosaic, and most blocks that are looked at in a row.
_SIDE, _ACROSS = 24, 32
#: Blocks are of one level within so many standard errors below the highest; that is a plateau if so
#: many are at least, and so many times as many as in as much below it, ...
_WIDTH, _BLOCKS, _TIMES = 6.0, 8, 5
#: ... if they scatter no more than this many times what chance does, ...
_EVEN = 1.4
#: ... and if this part of all blocks, but no fewer than so many, lie below, at no two levels alike.
_BELOW, _FEW = 0.01, 6
#: It begins so many standard deviations below its middle: less than 1 % of it lies below.
_SIGMAS = 2.7


def plateau(pixels: Reals) -> float | None:
    """Return where the values begin of the part of a flat that is full; None if none is.

    Parameters
    ----------
    pixels : (H, W) array
        A frame most of whose pixels are bright.
    """
    found = (_begin(pixels[row::2, column::2]) for row, column in product((0, 1), (0, 1)))
    return min((level for level in found if level is not None), default=None)


def _begin(pixels: Reals) -> float | None:
    """Return the same for pixels of one colour."""
    rows, columns = (_starts(length) for length in pixels.shape)
    if len(rows) * len(columns) < 2 * _BLOCKS:
        return None
    windows = sliding_window_view(pixels, (_SIDE, _SIDE))[np.ix_(rows, columns)]
    blocks = windows.reshape(-1, _SIDE**2).astype(np.float32)
    medians = _medians(blocks)
    scatter = _medians(np.abs(blocks - medians[:, None])).astype(float) * 1.4826
    middles = medians.astype(float)
    if not np.isfinite(middles).all():
        return None
    highest = np.sort(middles)[-_BLOCKS:].mean()
    near = np.abs(middles - highest) <= np.median(scatter)
    error = MEDIAN_ERROR * float(np.median(scatter[near])) / _SIDE if near.any() else 0.0
    if error <= 0:  # all of one value, which is found otherwise
        return None
    inside = middles > highest - _WIDTH * error
    level = float(np.median(middles[inside]))
    below = middles < level - _WIDTH * error
    next_below = np.count_nonzero(below & (middles > level - 3 * _WIDTH * error)) / 2
    ramp = np.unique(np.round(middles[below] / (_WIDTH * error)))
    is_one = (
        np.count_nonzero(inside) >= max(_BLOCKS, _TIMES * next_below)
        and float(np.std(middles[inside])) <= _EVEN * error
        and len(ramp) >= max(_FEW, _BELOW * len(middles))
    )
    if not is_one:
        return None
    full = blocks[inside]
    return float(np.median(full) - _SIGMAS * np.median(scatter[inside]))


def _medians(blocks: Floats) -> Floats:
    """Return the medians of blocks, (N,); NaN where a value is missing."""
    if not np.isfinite(blocks).all():
        return np.asarray(np.median(blocks, axis=1))
    return medians_of_rows(blocks)


def _starts(length: int) -> list[int]:
    """Return where blocks begin, spread evenly."""
    count = min(length // _SIDE, _ACROSS)
    return [number * (length - _SIDE) // max(count - 1, 1) for number in range(count)]
