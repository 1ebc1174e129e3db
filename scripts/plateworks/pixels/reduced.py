"""An image made small, for people to look at: cheap, and none of its colours lost."""

from __future__ import annotations

import bottleneck as bn
import numpy as np

from plateworks.pixels.arrays import Floats, Reals

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
    side = 2 * max(1, -(-max(data.shape) // (2 * longest)))
    height, width = (length // side for length in data.shape)
    if not height or not width:
        return np.empty((0, 0), np.float32)
    pairs = data[: height * side].reshape(height, side // 2, 2, data.shape[1])
    some = pairs[:, :: max(1, side // 2 // _PAIRS)][:, :_PAIRS, :, : width * side]
    blocks = some.astype(np.float32).reshape(height, -1, width, side)
    columns = bn.nanmean(blocks, axis=3)
    return np.asarray(bn.nanmean(np.ascontiguousarray(columns.swapaxes(1, 2)), axis=2))
