"""What is added to an image before it is rounded to integers, so that no sky is cut off."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from plateworks.pixels.arrays import Bits, Reals
from plateworks.pixels.cfa import MONO, MOSAIC, Cell
from plateworks.pixels.framemeasure import GRID
from plateworks.pixels.skylevel import noise_of, sampled_sky
from plateworks.pixels.statistics import median

#: Of 26 million pixels of a sky, about 0.03 lie farther below its level, in its noise.
_SIGMAS = 6.0
#: A pedestal that most frames of a night share, where the type has room for it.
_COMMON, _ROOM = 100.0, 65_535
#: So many values tell the level and the noise of a block.
_ENOUGH = 16


def pedestal_for(
    image: Reals, dtype: np.dtype | str, mask: Bits | None = None, cell: Cell = MONO
) -> float:
    """Return the pedestal that keeps a sky within the limits of an integer type.

    It is one of 1, 2, 5, 10, 20, 50 … so that frames of a night mostly share it, and at least 100
    where the type is unsigned and has 16 bits or more.  It is no more than a quarter of the type's
    highest number.

    Parameters
    ----------
    image : (H, W) float array
        In the unit in which it is stored.
    dtype : integer type
    mask : (H, W) uint8 array, optional
        Pixels that are marked do not count.
    cell : Cell
        Whether there are planes; a mosaic is looked at as one in any case.
    """
    limits = np.iinfo(dtype)
    roomy = limits.min == 0 and limits.max >= _ROOM
    needed = max(limits.min - _lowest(image, mask, cell), _COMMON if roomy else 0.0)
    return min(_rounded_up(needed), float(limits.max // 4)) if needed > 0 else 0.0


def _lowest(image: Reals, mask: Bits | None, cell: Cell) -> float:
    """Return how low the noise of the sky reaches, in the darkest part and colour of an image."""
    sample = sampled_sky(image, mask, cell)
    lowest, planes = math.inf, np.split(sample, cell.planes)
    for block in (block for plane in planes for block in _blocks(plane)):
        noise = noise_of(block)
        for where in MOSAIC.positions(block.shape):
            part = block[where]
            if np.count_nonzero(np.isfinite(part)) >= min(_ENOUGH, sample.size / 4):
                lowest = min(lowest, median(part) - _SIGMAS * noise)
    return lowest


def _blocks(sample: Reals) -> list[Reals]:
    """Divide a sample into the blocks of the grid, by whole 2x2 cells."""
    down, across = (
        [2 * int(edge) for edge in np.linspace(0, -(-size // 2), min(count, max(size // 2, 1)) + 1)]
        for size, count in zip(sample.shape, GRID[::-1], strict=True)
    )
    return [
        sample[top:bottom, left:right]
        for top, bottom in pairwise(down)
        for left, right in pairwise(across)
    ]


def _rounded_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 and so on."""
    power = 10.0 ** math.floor(math.log10(max(value, 1.0)))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value)
