"""The cells of a frame: 8 columns by 6 rows, in which sky and stars are told place by place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Rows and columns of cells.
GRID = (6, 8)
#: Pixels of a cell that are looked at: every so many at most, but so many along each side.
_STRIDE, _SAMPLE = 8, 32


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
    return _of_cells(image.shape, lambda *where: float(image[where].mean()))


def sky_in_cells(image: np.ndarray, ignore: np.ndarray | None) -> np.ndarray:
    """Return the median of the pixels of each cell, of a sample; NaN where a cell has none.

    A smoothed background would hide that one cell is dark.

    Parameters
    ----------
    image : (H, W) array
    ignore : (H, W) bool array, optional
        Pixels that tell nothing.

    Returns
    -------
    array of the shape of GRID, float64
    """

    def sky(*where: np.ndarray) -> float:
        values = image[where]
        return _median(values if ignore is None else values[~ignore[where]])

    return _of_cells(image.shape, sky)


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else float("nan")


def _of_cells(shape: tuple[int, ...], tell: Callable[..., float]) -> np.ndarray:
    """Return what `tell` makes of the rows and columns of each cell: of the shape of GRID, float64.

    It is given them as ``np.ix_`` has them, of a sample of pixels.
    """
    bands = _sampled(shape)
    return np.array([
        [
            tell(*np.ix_(rows, columns)) if rows.size and columns.size else np.nan
            for columns in bands[1]
        ]
        for rows in bands[0]
    ])  # fmt: skip


def sample_in_cells(shape: tuple[int, int]) -> np.ndarray:
    """Return of how many pixels the sky of each cell is the median: of the shape of GRID, int."""
    rows, columns = ([some.size for some in bands] for bands in _sampled(shape))
    return np.multiply.outer(rows, columns)


def _sampled(shape: tuple[int, ...]) -> list[list[np.ndarray]]:
    """Return the rows and the columns of pixels that are looked at, cell by cell."""
    return [
        [some[:: max(1, min(_STRIDE, some.size // _SAMPLE))] for some in _divided(side, count)]
        for side, count in zip(shape, GRID, strict=True)
    ]


def _divided(side: int, count: int) -> list[np.ndarray]:
    """Divide the pixels along one side of a frame among its cells, as :func:`cells_of` does."""
    pixels = np.arange(side)
    first = np.ceil(np.arange(1, count) * side / count - 0.5).astype(int)
    return np.split(pixels, first)


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
