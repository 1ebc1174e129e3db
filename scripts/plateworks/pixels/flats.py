"""Bring flats to a common level.

With a colour filter array each of the four positions of the 2x2 pattern is brought to the same
level by itself.  So the colour of the flat's lamp or of the twilight neither hides an outlier when
flats are compared nor tints a light that is divided by the master.  The balance of colours in a
calibrated light is that of the sensor.
"""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Doubles, Floats, Reals
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.statistics import median

_STATISTICS = {
    "median": median,
    "mean": lambda image: image.mean(dtype=np.float64, where=np.isfinite(image)),
    "maximum": lambda image: image.max(initial=-np.inf, where=np.isfinite(image)),
}


def level(image: Reals, cell: Cell = MONO, statistic: str = "median") -> Doubles:
    """Return the exact median of the finite pixels, of each colour.

    Parameters
    ----------
    image : (H, W) array
        Any real type.
    cell : Cell
        How they lie.
    statistic : str
        median; or mean or maximum instead.

    Returns
    -------
    float64 array of the shape :attr:`Cell.levels`, in the unit of the image

    Raises
    ------
    ValueError
        If a level is not above zero, so that nothing can be scaled by it.
    """
    of = _STATISTICS[statistic]
    levels = np.array([float(of(image[where])) for where in cell.positions(image.shape)])
    if not (levels > 0).all():
        raise ValueError(f"the level of a flat must be above zero, here it is {levels.tolist()}")
    return levels.reshape(cell.levels)


def scale_rows(
    rows: Reals,
    factors: Reals,
    first_row: int = 0,
    out: Floats | None = None,
    height: int | None = None,
) -> Floats:
    """Multiply rows of an image by a factor for each colour.

    Parameters
    ----------
    rows : (h, W) array
        Part of an image.
    factors : array
        For the colours of the whole image, as ``target / level(image)`` gives them.
    first_row : int
        Which row of the image `rows` begins with.
    out : (h, W) float32 array, optional
        Where to put the result; may be `rows`.
    height : int, optional
        Rows of the whole image, by default those that are given.

    Returns
    -------
    (h, W) float32 array
    """
    side, width = factors.shape[1], rows.shape[1]
    if factors.size == 1:
        return np.multiply(rows, np.float32(factors[0, 0]), out=out, dtype=np.float32)
    if out is None:
        out = np.empty(rows.shape, np.float32)
    if side == 1:  # planes
        whole, here = (
            len(rows) if height is None else height,
            slice(first_row, first_row + len(rows)),
        )
        for part in Cell(planes=len(factors)).parted(here, whole):
            factor = factors[(first_row + part.start) * len(factors) // whole, 0]
            np.multiply(rows[part], np.float32(factor), out=out[part], dtype=np.float32)
        return out
    by_column = np.tile(factors, (1, -(-width // side)))[:, :width].astype(np.float32)
    for row in range(min(side, len(rows))):
        part = slice(row, None, side)
        np.multiply(rows[part], by_column[(first_row + row) % side], out=out[part])
    return out
