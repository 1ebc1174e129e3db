"""Three colours at each place of a mosaic: by cells of 2x2 pixels, or bilinear.

Neither knows edges, and so neither invents any: for pictures other programs have finer ways.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.cfa import COLOURS, places

#: Rows that are worked on at a time, so that little more than the image is in memory.
_ROWS = 256


def debayered(data: Reals, pattern: str, method: str) -> Floats:
    """Return a mosaic in three colours.

    Parameters
    ----------
    data : (H, W) array
        NaN where a pixel has no value: its neighbours of the same colour stand in for it.
    pattern : str
        Colours of the first 2x2 pixels, such as ``RGGB``.
    method : str
        A key of :data:`METHODS`.

    Returns
    -------
    (3, h, w) float32 array
        Red, green, blue; NaN where none of the pixels has a value.
    """
    return METHODS[method](data, pattern)


def _superpixel(data: Reals, pattern: str) -> Floats:
    """Each cell of 2x2 pixels as one: its red, the mean of its greens, its blue."""
    height, width = (length // 2 for length in data.shape)
    planes = np.empty((len(COLOURS), height, width), np.float32)
    for plane, colour in zip(planes, COLOURS, strict=True):
        parts = [
            data[row : 2 * height : 2, column : 2 * width : 2].astype(np.float32)
            for row, column in places(pattern, colour)
        ]
        known = sum(np.isfinite(part) for part in parts)
        with np.errstate(invalid="ignore", divide="ignore"):
            plane[:] = sum(np.nan_to_num(part, nan=0.0) for part in parts) / known
    return planes


def _bilinear(data: Reals, pattern: str) -> Floats:
    """Each pixel as it was measured, and of other colours the mean of its nearest."""
    height, width = data.shape
    planes = np.empty((len(COLOURS), height, width), np.float32)
    for start in range(0, height, _ROWS):
        stop = min(start + _ROWS, height)
        first, last = max(start - 2, 0), min(stop + 2, height)  # an even row begins the pattern
        part = data[first:last].astype(np.float32)
        for plane, colour in zip(planes, COLOURS, strict=True):
            plane[start:stop] = _filled(part, pattern, colour)[start - first : stop - first]
    return planes


def _filled(data: Floats, pattern: str, colour: str) -> Floats:
    """Return one colour at every pixel of some rows."""
    there = np.zeros(data.shape, bool)
    for row, column in places(pattern, colour):
        there[row::2, column::2] = True
    there &= np.isfinite(data)
    values = np.where(there, data, np.float32(0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        around = _spread(values) / _spread(there.astype(np.float32))
    return np.where(there, data, around)


def _spread(values: Floats) -> Floats:
    """Return the sum of the 3x3 about each pixel, those beside it twice, those at its corners once.

    Of one colour of a mosaic either those beside a pixel are there or those at its corners: their
    weighted mean is that of the nearest.
    """
    padded = np.pad(values, 1)
    columns = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return np.asarray(columns[:-2] + 2 * columns[1:-1] + columns[2:])


#: Name in the settings -> what does it.
METHODS: dict[str, Callable[[Reals, str], Floats]] = {
    "superpixel": _superpixel,
    "bilinear": _bilinear,
}
