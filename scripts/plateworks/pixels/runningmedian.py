"""The running median of 7x7 pixels of a whole image, by a network of comparators.

Neighbouring windows share columns, so each column is sorted once (see :mod:`.sorting` on why a
network is fast) and merged with its neighbours step by step: two columns, four, three.  Such a list
serves all windows that it is part of.  This takes 294 minima and maxima a pixel; a network for each
window by itself takes 578.

Sorting columns apart from rows follows A. Adams (2021, ACM Trans. Graphics 40, 70); the merging is
that of K. E. Batcher (1968, AFIPS Spring Joint Computer Conf. 32, 307).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from plateworks.pixels.arrays import Reals
from plateworks.pixels.sorting import Comparator, network, pruned

#: Side of the window.
SIDE = 7
#: Rank of the median among the values of a window, 0 = lowest.
MIDDLE = SIDE**2 // 2
#: Pixels at a time: the lists of so many stay in the cache of the processor.
CHUNK = 32768


def running_median(image: Reals) -> Reals:
    """Return the median of each window of 7x7 pixels that lies inside the image.

    Parameters
    ----------
    image : (H, W) array
        Any ordered type, no NaN; both sides at least 7.

    Returns
    -------
    (H - 6, W - 6) array of the type of `image`
        The first belongs to the window whose centre is pixel (3, 3).
    """
    height, width = image.shape
    flat = image.ravel()
    lines = height - SIDE + 1
    medians = np.empty(lines * width, image.dtype)
    # The lines make one row; the windows that reach round their ends are worthless, and cut off.
    count = lines * width - SIDE + 1
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        rows = [flat[start + y * width : stop + y * width + SIDE - 1] for y in range(SIDE)]
        _medians(rows, medians[start:stop])
    return medians.reshape(lines, width)[:, : width - SIDE + 1]


def _medians(rows: Sequence[Reals], out: Reals) -> None:
    """Write the medians of the N windows that lie in seven rows of N + 6 values to `out`."""
    n = len(out)
    columns = _compared(rows, network(SIDE, tuple(range(SIDE))))
    pairs = _merged(_at(columns, 0, n + 4), _at(columns, 1, n + 4))
    # Of 28 sorted values the lowest three and the highest three cannot be the median of 49.
    fours = _merged(_at(pairs, 0, n), _at(pairs, 2, n), (MIDDLE - 3 * SIDE, MIDDLE + 1))
    threes = _merged(_at(pairs, 4, n), _at(columns, 6, n))
    # Of two sorted lists the value of rank k is the least that has k + 1 values, some of the first
    # list and the rest of the second, at or below it.
    np.copyto(out, fours[MIDDLE])
    for taken, value in enumerate(threes, 1):
        np.minimum(out, np.maximum(value, fours[MIDDLE - taken]), out=out)


def _at(rows: Sequence[Reals], offset: int, n: int) -> list[Reals]:
    return [row[offset : offset + n] for row in rows]


def _merged(a: list[Reals], b: list[Reals], ranks: tuple[int, int] | None = None) -> list[Reals]:
    """Merge two lists of rows, each sorted in every column; `ranks` tells the range needed."""
    comparators, order = merging(len(a), len(b), ranks or (0, len(a) + len(b)))
    rows = _compared(a + b, comparators)
    return [rows[wire] for wire in order]


def _compared(rows: Sequence[Reals], comparators: Sequence[Comparator]) -> list[Reals]:
    """Return what the comparators make of the rows, which stay as they are."""
    out = list(rows)
    for i, j, lower, upper in comparators:
        a, b = out[i], out[j]
        if lower:
            out[i] = np.minimum(a, b)
        if upper:
            out[j] = np.maximum(a, b)
    return out


@lru_cache
def merging(m: int, n: int, ranks: tuple[int, int]) -> tuple[tuple[Comparator, ...], list[int]]:
    """Return the comparators of Batcher's odd-even merge of sorted lists of `m` and `n` values.

    Those that no value of a rank in range(*ranks) passes are left out.  The second result tells
    where each rank ends up, the `n` values counted on from the `m`.
    """
    pairs: list[tuple[int, int]] = []

    def merge(a: list[int], b: list[int]) -> list[int]:
        if not (a and b):
            return a + b
        if len(a) == len(b) == 1:
            pairs.append((a[0], b[0]))
            return a + b
        even, odd = merge(a[::2], b[::2]), merge(a[1::2], b[1::2])
        between = list(zip(odd, even[1:], strict=False))
        pairs.extend(between)
        inner = [wire for pair in between for wire in pair]
        return even[:1] + inner + odd[len(between) :] + even[1 + len(between) :]

    order = merge(list(range(m)), list(range(m, m + n)))
    return pruned(pairs, order[slice(*ranks)]), order
