"""Whether the values of a frame are whole steps by chance alone, or because halves were rounded.

The mean of two readouts ends on a half in every second pixel.  Who saves it as whole numbers rounds
halves to the even neighbour, as IEEE 754 and numpy do, so that 75 % of the values are even (of
means of four 62 %, of three 50 %).  Those of a converter are even and odd alike, but for the width
of its codes: 48 to 53 % in frames of six cameras that were looked at, and 40 to 60 % in lights of a
Seestar, which subtracts a mean of darks itself.  Where halves were cut off, or rounded up, nothing
is to be seen.
"""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Reals

#: Of less noise than this, in steps, the level decides which values are even.
_LEAST_NOISE = 2.0
#: Of so many fewer values nothing is told.
_FEWEST = 2000
#: What is more is no matter of a converter.
MOST_EVEN = 0.7


def even_share(values: Reals, step: float) -> float | None:
    """Return which part of the values is an even number of steps.

    Parameters
    ----------
    values : (R, W) array
        As they were read, or a sample whose columns come in pairs.
    step : float
        Of the converter, in their unit.

    Returns
    -------
    float or None
        None of numbers that are no integers, of too few, and of such as hardly scatter.
    """
    if values.dtype.kind not in "iu" or values.size < _FEWEST or step < 1:
        return None
    steps = values.astype(np.int64) // int(step)
    width = steps.shape[-1] // 2 * 2
    across = steps[..., 1:width:2] - steps[..., :width:2]
    if float(np.median(np.abs(across - np.median(across)))) < _LEAST_NOISE:
        return None
    return float(1 - np.mean(steps & 1))
