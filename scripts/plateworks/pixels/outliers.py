"""Pixels out of line with their neighbours: the mask of ccdproc's ``ccdmask``, pixel for pixel.

A residual, pixel less median of 7x7 pixels, is compared with the scatter of the residuals round it,
half of the distance between two ranks of 15x15 of them.  Medians are needed everywhere
(:mod:`.runningmedian`), ranks are not: a count shows that few pixels can be outliers.  If as many
residuals of the window as lie up to the lower rank are at most `a`, then the value of that rank is
at most `a`; if as many as from the upper rank on are at least `b`, then that one is at least `b`.
So the scatter is at least half of b - a, and a residual within the limit that this gives is within
the true one.  No pixel is cleared wrongly, whatever a and b are; chosen well, they clear all but a
few in a thousand, and those alone have their windows sorted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from plateworks.pixels.arrays import Bools, Floats, Reals
from plateworks.pixels.runningmedian import SIDE, running_median

#: Side of the window of the scatter.
WINDOW = 15
#: Ranks in that window, 0 = lowest, as scipy takes the percentiles 30.9 and 69.1.
LOWER, UPPER = int(WINDOW**2 * 30.9 / 100), int(WINDOW**2 * 69.1 / 100)
#: An outlier's residual over the scatter.
LIMIT = 9
#: Which parts of a block's residuals lie below a and above b: the first bounds the scatter closely
#: but not in all windows, the last loosely in nearly all.
PARTS = (0.345, 0.38, 0.43)
#: Side of the blocks that are looked at one by one, so that a and b suit the noise there.
BLOCK = 512
#: Pixels whose windows are sorted at a time.
SORTED = 16384


def outliers(image: Floats, threads: int = 1) -> Bools:
    """Find the pixels that ccdproc's ``ccdmask`` finds with its defaults.

    Parameters
    ----------
    image : (H, W) float32 array
        All finite.
    threads : int
        So many blocks are looked at together; the mask does not depend on it.

    Returns
    -------
    (H, W) bool array
        True where the pixel less the median of 7x7 pixels is more than 9 times the scatter of such
        residuals in 15x15 pixels away from zero.  Beyond its edges the image is mirrored, the edge
        included.
    """
    reach = WINDOW // 2 + SIDE // 2
    # The medians of a mirrored image are the mirrored medians.  So rows and columns go on beyond
    # its edges, and only blocks that reach so far are copied.
    down, across = (np.pad(np.arange(side), reach, mode="symmetric") for side in image.shape)
    found = np.empty(image.shape, bool)

    def look(corner: tuple[int, int]) -> None:
        y, x = corner
        block = found[y : y + BLOCK, x : x + BLOCK]
        height, width = block.shape
        rows, columns = y + height + reach, x + width + reach
        if min(y, x) >= reach and rows <= image.shape[0] and columns <= image.shape[1]:
            around = image[y - reach : rows, x - reach : columns]
        else:
            around = image[np.ix_(down[y : rows + reach], across[x : columns + reach])]
        inner = slice(SIDE // 2, -(SIDE // 2))
        block[:] = _beyond_limit(around[inner, inner] - running_median(around))

    corners = itertools.product(*(range(0, side, BLOCK) for side in image.shape))
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(look, corners):
            pass  # an error is raised here
    return found


def _beyond_limit(residual: Floats) -> Bools:
    """Return which residuals are too large, (h, w) bool, given (h + 14, w + 14) of them."""
    windows = sliding_window_view(residual, (WINDOW, WINDOW))
    inner = slice(WINDOW // 2, -(WINDOW // 2))
    size = np.abs(residual[inner, inner])
    found = size > 0
    for a, b in _levels(residual):
        enough = np.minimum(_counts(residual <= a), _counts(residual >= b)) > LOWER
        found &= ~(enough & (size <= _limit(a, b)))
    y, x = np.nonzero(found)
    for start in range(0, y.size, SORTED):
        part = y[start : start + SORTED], x[start : start + SORTED]
        ranked = np.sort(windows[part].reshape(-1, WINDOW**2), axis=1)
        found[part] = size[part] > _limit(ranked[:, LOWER], ranked[:, UPPER])
    return found


def _levels(residual: Floats) -> Iterator[tuple[np.float32, np.float32]]:
    """Yield pairs of a and b, from a sample of the residuals."""
    ranked = np.sort(residual[::4, ::4], axis=None)
    for part in PARTS:
        rank = int(part * (ranked.size - 1))
        yield ranked[rank], ranked[-1 - rank]


def _limit(low: Reals | np.float32, high: Reals | np.float32) -> Reals | np.floating:
    """Return the largest residual allowed, rounded as ccdproc rounds it."""
    return LIMIT * ((high - low) / 2)


def _counts(which: Bools) -> NDArray[np.uint8]:
    """Return how many are true in each window of 15x15: uint8, for 225 fit in."""
    counts = which.view(np.uint8)
    for _ in range(2):
        two = counts[:-1] + counts[1:]
        four = two[:-2] + two[2:]
        eight = four[:-4] + four[4:]
        counts = (eight[:-7] + eight[7:] - counts[7:-7]).T
    return counts
