"""The cells of a frame: 8 columns by 6 rows, in which sky and stars are told place by place."""

from __future__ import annotations

import numpy as np

#: Rows and columns of cells.
GRID = (6, 8)
#: Pixels of a cell that are looked at for a mean: every so many, both ways.
_STRIDE = 8


def cells_of(y: np.ndarray, x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the number of the cell, row by row, in which pixels lie: (N,) int64.

    Parameters
    ----------
    y, x : (N,) array
        Pixels counted from 0, with whole numbers at the centres of pixels.
    shape : (int, int)
        Height and width of the frame.
    """
    row, column = (
        np.clip(((where + 0.5) * count / side).astype(np.int64), 0, count - 1)
        for where, count, side in zip((y, x), GRID, shape, strict=True)
    )
    return np.asarray(row * GRID[1] + column)


def mean_in_cells(image: np.ndarray) -> np.ndarray:
    """Return the mean of a smooth image in each cell, of a sample; NaN where a cell has no pixel.

    Returns
    -------
    array of the shape of GRID, float64
    """
    sides = zip(image.shape, GRID, strict=True)
    step = [max(1, min(_STRIDE, side // (4 * count))) for side, count in sides]
    rows, columns = (np.arange(0, side, one) for side, one in zip(image.shape, step, strict=True))
    sample = image[:: step[0], :: step[1]]
    y, x = (one.ravel() for one in np.meshgrid(rows, columns, indexing="ij"))
    cells = cells_of(y, x, image.shape[:2])
    count = np.bincount(cells, minlength=GRID[0] * GRID[1])
    total = np.bincount(cells, sample.ravel(), minlength=GRID[0] * GRID[1])
    with np.errstate(invalid="ignore"):
        return (total / np.where(count, count, np.nan)).reshape(GRID)


def share_in_cells(y: np.ndarray, x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return which share of the pixels of each cell some pixels are; the shape is that of GRID."""
    sides = (
        np.bincount(cells_of(rows, columns, shape) // by % n, minlength=n)
        for rows, columns, by, n in (
            (np.arange(shape[0]), np.zeros(shape[0]), GRID[1], GRID[0]),
            (np.zeros(shape[1]), np.arange(shape[1]), 1, GRID[1]),
        )
    )
    size = np.multiply.outer(*sides)
    count = np.bincount(cells_of(y, x, shape), minlength=size.size).reshape(GRID)
    return np.asarray(count / np.where(size, size, np.nan))
