"""Where something is true of pixels, without an array of all that are asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plateworks.pixels.arrays import Bools, Integers

#: Pixels that are asked at a time: what is reckoned of them stays in the processor's cache.
_PIECE = 1 << 17


def places(size: int, test: Callable[[slice], Bools]) -> Integers:
    """Return the flat indices at which a test is true, upwards: int64.

    Parameters
    ----------
    size : int
        How many pixels there are.
    test : function
        From a stretch of them, (K,) bool of these.
    """
    found = [np.zeros(0, np.int64)]
    for start in range(0, size, _PIECE):
        here = np.flatnonzero(test(slice(start, min(start + _PIECE, size))))
        if here.size:
            found.append(here + start)
    return np.concatenate(found)
