"""The large-scale shape of a flat in nine numbers, by which any two of a setup can be compared."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals

#: Rows and columns of cells.
CELLS = 3


def shape_of(pixels: Reals) -> Doubles | None:
    """Return how bright each cell of a flat is beside the others: (CELLS**2,), row by row.

    Their median is 1.  None where there are too few pixels, or no light.

    Parameters
    ----------
    pixels : (R, W) array
        A flat, or rows and columns of it that lie evenly all over it.
    """
    if min(pixels.shape) < CELLS:
        return None
    rows = np.array_split(pixels, CELLS)
    cells = [np.median(cell) for row in rows for cell in np.array_split(row, CELLS, axis=1)]
    shape = np.array(cells, np.float64)
    middle = float(np.median(shape))
    return shape / middle if np.isfinite(shape).all() and middle > 0 else None


def change_of_shape(shape: Doubles, before: Doubles) -> Doubles:
    """Return by which part each cell became brighter beside the others."""
    ratio = shape / before
    return ratio / np.median(ratio) - 1
