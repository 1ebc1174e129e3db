"""An image made small, for people to look at: cheap, and none of its colours lost."""

from __future__ import annotations

import bottleneck as bn
import numpy as np

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.cfa import COLOURS, places

#: Pairs of neighbouring rows that are looked at in each block.  A block of a large frame has many
#: more: what they would add to a picture of this size nobody sees, and they would take as long as
#: to calibrate it.
_PAIRS = 2


def reduced(data: Reals, longest: int) -> Floats:
    """Return an image of at most `longest` pixels a side: the means of blocks.

    Blocks have an even side, so that each holds all colours of a mosaic.

    Parameters
    ----------
    data : (H, W) array
        NaN counts not.
    longest : int

    Returns
    -------
    (h, w) float32 array
        Empty where the image is smaller than a block; NaN where a block has no value.
    """
    some = _some_rows(data, longest)
    if not some.size:
        return np.empty((0, 0), np.float32)
    height, _, _, width, side = some.shape
    columns = bn.nanmean(some.reshape(height, -1, width, side), axis=3)
    return np.asarray(bn.nanmean(np.ascontiguousarray(columns.swapaxes(1, 2)), axis=2))


def reduced_colours(data: Reals, pattern: str, longest: int) -> Floats:
    """Return a mosaic as small as :func:`reduced` makes it, in three colours.

    Parameters
    ----------
    data : (H, W) array
        NaN counts not.
    pattern : str
        Colours of the first 2x2 pixels, such as ``RGGB``.
    longest : int

    Returns
    -------
    (3, h, w) float32 array
        Red, green, blue: the means of their pixels in blocks.
    """
    some = _some_rows(data, longest)
    if not some.size:
        return np.empty((len(COLOURS), 0, 0), np.float32)
    height, _, _, width, _ = some.shape
    planes = []
    for colour in COLOURS:
        parts = [some[:, :, row, :, column::2] for row, column in places(pattern, colour)]
        pixels = np.stack(parts, axis=-1).swapaxes(1, 2).reshape(height, width, -1)
        planes.append(bn.nanmean(pixels, axis=2))
    return np.stack(planes)


def _some_rows(data: Reals, longest: int) -> Floats:
    """Return some pairs of rows of each block: (h, pairs, 2, w, side)."""
    side = 2 * max(1, -(-max(data.shape) // (2 * longest)))
    height, width = (length // side for length in data.shape)
    if not height or not width:
        return np.empty((0, 0, 2, 0, side), np.float32)
    pairs = data[: height * side].reshape(height, side // 2, 2, data.shape[1])
    some = pairs[:, :: max(1, side // 2 // _PAIRS)][:, :_PAIRS, :, : width * side]
    return some.astype(np.float32).reshape(height, -1, 2, width, side)
