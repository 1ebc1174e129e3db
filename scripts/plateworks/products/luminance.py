"""One picture of three colours, in which stars are as wide as they are in each."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.cfa import Cell
from plateworks.products.image import Image


def luminance(image: Image) -> Image:
    """Return the picture in which the stars of an image are sought; of one colour, itself.

    It is the mean of the colours, place by place: none is shifted or smoothed, so that stars keep
    their widths, and those of any colour are found.  A place has the mask of all its colours, and
    a value where all have one.  Other planes, which say something of each colour, are left out.
    """
    if image.colours == 1:
        return image
    cell = Cell(planes=image.colours)
    mask = image.mask
    if mask is not None:
        mask = np.bitwise_or.reduce(cell.folded(mask), axis=0)
    return Image(cell.merged(image.data), image.header, mask, tables=image.tables)
