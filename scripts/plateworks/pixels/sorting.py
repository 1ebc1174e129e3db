"""Sort every column of a stack at once, by a network of comparators.

A sorting network compares fixed pairs of rows, whatever the values are.  So one comparator sorts a
pair of *rows* in every column with two vector instructions, in the stack's own type, and no column
waits for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from plateworks.pixels.arrays import Reals


def batcher(n: int) -> Iterator[tuple[int, int]]:
    """Yield the comparators (i, j), i < j, of Batcher's merge exchange for `n` rows.

    Source: D. E. Knuth, The Art of Computer Programming 3, section 5.2.2, algorithm M.
    """
    top = 1 << max(n - 1, 1).bit_length() - 1
    p = top
    while p:
        q, r, d = top, 0, p
        while True:
            yield from ((i, i + d) for i in range(n - d) if i & p == r)
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2


#: (i, j, lower, upper): the smaller of rows i and j becomes row i, the larger becomes row j, as far
#: as they are needed.
Comparator = tuple[int, int, bool, bool]


def pruned(comparators: Sequence[tuple[int, int]], wanted: Iterable[int]) -> tuple[Comparator, ...]:
    """Leave out of a network what cannot reach a `wanted` row."""
    used = set(wanted)
    kept = []
    for i, j in reversed(comparators):
        if i in used or j in used:
            kept.append((i, j, i in used, j in used))
            used |= {i, j}
    return tuple(reversed(kept))


@lru_cache(maxsize=64)
def network(n: int, ranks: tuple[int, ...]) -> tuple[Comparator, ...]:
    """Return the comparators that bring the rows of these `ranks` (0 = lowest) to their places.

    For a median, a quarter of the work is left out.
    """
    return pruned(list(batcher(n)), ranks)


def sort_columns(rows: Reals, ranks: tuple[int, ...] | None = None) -> list[Reals]:
    """Sort each column of `rows` in place.

    Parameters
    ----------
    rows : (N, M) array
        Any ordered type in native byte order, without NaN.  Its content is used up: the sorted
        rows lie in its memory, in another order, and in one further row.
    ranks : tuple of int, optional
        The ranks that are wanted (0 = lowest); by default all.

    Returns
    -------
    list of N (M,) arrays
        Row k holds the values of rank k; rows of ranks that were not asked for are undefined.
    """
    n = len(rows)
    out, spare = list(rows), np.empty_like(rows[0])
    if ranks is None:
        ranks = tuple(range(n))
    for i, j, lower, upper in network(n, ranks):
        a, b = out[i], out[j]
        if lower and upper:
            np.minimum(a, b, out=spare)
            np.maximum(a, b, out=b)
            out[i], spare = spare, a
        elif lower:
            np.minimum(a, b, out=a)
        else:
            np.maximum(a, b, out=b)
    return out
