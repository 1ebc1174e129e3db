"""Bring flats to a common level.

With a colour filter array each of the four positions of the 2x2 pattern is brought to the same
level by itself.  So the colour of the flat's lamp or of the twilight neither hides an outlier when
flats are compared nor tints a light that is divided by the master.  The balance of colours in a
calibrated light is that of the sensor.
"""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Doubles, Floats, Reals
from plateworks.pixels.cfa import positions
from plateworks.pixels.statistics import median

_STATISTICS = {
    "median": median,
    "mean": lambda image: image.mean(dtype=np.float64, where=np.isfinite(image)),
    "maximum": lambda image: image.max(initial=-np.inf, where=np.isfinite(image)),
}


def level(image: Reals, cfa: bool = False, statistic: str = "median") -> Doubles:
    """Return the exact median of the finite pixels, at each position of the pattern.

    Parameters
    ----------
    image : (H, W) array
        Any real type.
    cfa : bool
        Whether the sensor has a 2x2 colour filter array.
    statistic : str
        median; or mean or maximum instead.

    Returns
    -------
    (2, 2) float64 array if `cfa`, else (1, 1), in the unit of the image

    Raises
    ------
    ValueError
        If a level is not above zero, so that nothing can be scaled by it.
    """
    of = _STATISTICS[statistic]
    levels = np.array([float(of(image[where])) for where in positions(cfa)])
    if not (levels > 0).all():
        raise ValueError(f"the level of a flat must be above zero, here it is {levels.tolist()}")
    side = 2 if cfa else 1
    return levels.reshape(side, side)


def scale_rows(
    rows: Reals, factors: Reals, first_row: int = 0, out: Floats | None = None
) -> Floats:
    """Multiply rows of an image by a factor for each position of the pattern.

    Parameters
    ----------
    rows : (h, W) array
        Part of an image.
    factors : (P, P) array
        For the pattern's positions in the whole image, as ``target / level(image)`` gives them.
    first_row : int
        Which row of the image `rows` begins with.
    out : (h, W) float32 array, optional
        Where to put the result; may be `rows`.

    Returns
    -------
    (h, W) float32 array
    """
    side = len(factors)
    height, width = rows.shape
    if side == 1:
        return np.multiply(rows, np.float32(factors[0, 0]), out=out, dtype=np.float32)
    by_column = np.tile(factors, (1, -(-width // side)))[:, :width].astype(np.float32)
    if out is None:
        out = np.empty(rows.shape, np.float32)
    for row in range(min(side, height)):
        part = slice(row, None, side)
        np.multiply(rows[part], by_column[(first_row + row) % side], out=out[part])
    return out
