"""Pixels that do not respond like their neighbours, found in flats."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Bools, Integers, Reals
from plateworks.pixels.background import background_rows
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.cosmetic import neighbour_values
from plateworks.pixels.outliers import outliers
from plateworks.pixels.statistics import median

#: Side of the window in which odd pixels of a flat are counted.
_WINDOW = 5
#: So many of them may be defects: two columns and a pixel beside them, or a cluster of 3 x 3.
_MOST_OF_DEFECTS = 2 * _WINDOW + 1
#: A pixel is dead or cold that responds to less than this part of the light round it: the limit of
#: Rubin's cp_pipe for dark pixels of a flat.
_DEAD = np.float32(0.8)


def bad_from_ratio(ratio: Reals, cell: Cell = MONO, threads: int = 1) -> Bools:
    """Find pixels that respond to light out of proportion.

    In the ratio of a dark flat to a bright one, vignetting, dust and colour cancel, and what is not
    proportional remains.

    Parameters
    ----------
    ratio : (H, W) float array
        One flat divided by another of a different level, both averages of several frames.
    cell : Cell
        How the colours lie: each is looked at by itself.
    threads : int
        The mask does not depend on it.

    Returns
    -------
    (H, W) bool array
        True where the ratio is not a positive number, or where it deviates from the median of 7x7
        pixels by more than 9 times the scatter in 15x15 pixels.

    Notes
    -----
    The mask is that of ccdproc's ``ccdmask``, after IRAF's, with its defaults.  The scatter is
    half of the distance from the 31st to the 69th percentile, for normal noise half a standard
    deviation: so the limit is about 4.5 standard deviations, and a few good pixels in 10,000 are
    found as well.
    """
    bad = np.empty(ratio.shape, bool)
    for where in cell.positions(ratio.shape):
        plane = ratio[where].astype(np.float32, copy=False)
        useless = ~(np.isfinite(plane) & (plane > 0))
        if useless.any():
            # The running medians would carry what is not finite to the neighbours.
            plane = plane.copy()
            plane[useless] = 0.0 if useless.all() else median(plane[~useless])
        bad[where] = useless | outliers(plane, threads)
    return bad


def bad_from_flat(flat: Reals, cell: Cell = MONO, threads: int = 1) -> Bools:
    """Find pixels that are darker or brighter than their neighbours in a master flat.

    For want of flats of two levels.  A flat is then the ratio to an even illumination, and sharp
    specks of dust stand out too.  Dividing by the flat takes them out, so they are left: what is
    found in crowds is a speck.  Pixels without a positive value stay bad.  Parameters and result
    are as in :func:`bad_from_ratio`.
    """
    bad = bad_from_ratio(flat, cell, threads)
    for where in cell.positions(flat.shape):
        plane = flat[where]
        odd = bad[where] & np.isfinite(plane) & (plane > 0)
        bad[where] &= ~_in_a_speck(odd)
    return bad


def dead_in_flat(flat: Reals, cell: Cell = MONO) -> Bools:
    """Find dead and cold pixels in a master flat, in an eighth of the time of `bad_from_flat`.

    Parameters
    ----------
    flat : (H, W) array
        Any real type.
    cell : Cell
        How the colours lie: each is looked at by itself.

    Returns
    -------
    (H, W) bool array
        True where a pixel has less than 0.8 of the light of its surroundings and of its good
        neighbours, but for specks of dust, which are known by their crowds.
    """
    low = np.empty(flat.shape, bool)
    for where in cell.positions(flat.shape):
        plane = np.ascontiguousarray(flat[where], np.float32)
        for row, level, out in zip(plane, background_rows(plane), low[where], strict=True):
            np.less(row, _DEAD * level, out=out)
    y, x = np.divmod(np.flatnonzero(low), flat.shape[1])
    beside = neighbour_values(flat, low, y, x, "median", cell)
    usual = ~(flat[y, x] < _DEAD * beside)
    low[y[usual], x[usual]] = False  # where the light falls off steeply, such as in a corner
    for where in cell.positions(flat.shape):
        low[where] &= ~_in_a_speck(low[where])
    return low


def _in_a_speck(odd: Bools) -> Bools:
    """Return which of the odd pixels have so many others about them, or a neighbour that has."""
    y, x = np.nonzero(odd)
    crowded, near = np.zeros_like(odd), np.zeros_like(odd)
    crowded[y, x] = crowd(odd, y, x) > _MOST_OF_DEFECTS
    near[y, x] = crowd(crowded, y, x) > 0
    return near


def crowd(which: Bools, y: Integers, x: Integers) -> Integers:
    """Return how many are true in the 5x5 window round each of M pixels, (M,) int64."""
    padded, count = np.pad(which, _WINDOW // 2), np.zeros(y.size, np.int64)
    for down in range(_WINDOW):
        for across in range(_WINDOW):
            count += padded[y + down, x + across]
    return count


def crowd_of(y: Integers, x: Integers, width: int) -> Integers:
    """Return how many of K pixels are in the 5x5 window round each of them, (K,) int64.

    Parameters
    ----------
    y, x : (K,) int64 arrays
        Row by row, and in each from left to right; none twice.
    width : int
        Of the image.
    """
    across, reach = width + _WINDOW, _WINDOW // 2  # no window reaches round into another row
    place, count = y * across + x, np.zeros(y.size, np.int64)
    for down in range(-reach, reach + 1):
        middle = place + down * across
        count += np.searchsorted(place, middle + reach, "right")
        count -= np.searchsorted(place, middle - reach, "left")
    return count
