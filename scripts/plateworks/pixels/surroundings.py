"""How far the pixels of a dark lie above their surroundings, and the noise there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.background import Smooth, without_background
from plateworks.pixels.cfa import Cell, Where
from plateworks.pixels.statistics import medians_of_rows

#: Rows or columns whose medians are found together, few enough for the cache of the processor.
_LINES = 32


def above_surroundings(dark: Reals, cell: Cell, sigma: float) -> tuple[Floats, Floats]:
    """Return how far each pixel lies above its surroundings, and the noise there.

    The pattern of rows and columns that a bias inside the dark brings would count as noise, and
    hide the fainter hot pixels; so the median of each row and column is taken out, unless the
    whole row or column is hot.
    """
    planes = _planes_above_surroundings(dark, cell, sigma)
    if not cell.colours:
        [(_, level, smooth)] = planes
        return level, smooth.whole()
    excess, noise = np.empty((2, *dark.shape), np.float32)
    for where, level, smooth in planes:
        excess[where], noise[where] = level, smooth.whole()
    return excess, noise


class StandingOut(NamedTuple):
    """Pixels that stand out of their surroundings, and how far all do.

    Attributes
    ----------
    excess : (H, W) float32 array
        Of all pixels; not finite where the image is not.
    pixels : (K,) int64 array
        Flat indices, upwards, of those that stand out.
    noise : (K,) float32 array
        Round each of these.
    """

    excess: Floats
    pixels: Integers
    noise: Floats


def standing_out(dark: Reals, cell: Cell, sigma: float, times: float) -> StandingOut:
    """Find pixels that lie more than so many times the noise above their surroundings.

    They are told by :func:`above_surroundings`, but for the noise of all others.
    """
    excess, pixels, noise = np.empty((0, 0), np.float32), [], []
    if cell.colours:
        excess = np.empty(dark.shape, np.float32)
    for where, level, smooth in _planes_above_surroundings(dark, cell, sigma):
        if cell.colours:
            excess[where] = level
        else:
            excess = level
        top, left = where[0].start, where[1].start
        for rows, local in smooth.parts():
            y, x = np.nonzero(level[rows] > times * local)
            down, across = (y + rows.start) * cell.step + top, x * cell.step + left
            pixels.append(down * dark.shape[1] + across)
            noise.append(local[y, x])
    every = np.concatenate(pixels)
    order = np.argsort(every, kind="stable")
    return StandingOut(excess, every[order], np.concatenate(noise)[order])


def _planes_above_surroundings(
    dark: Reals, cell: Cell, sigma: float
) -> Iterator[tuple[Where, Floats, Smooth]]:
    """Yield where the pixels of each colour are, how far they lie above others, and the noise."""
    for where in cell.positions(dark.shape):
        yield where, *_plane_above_surroundings(dark[where], sigma)


def _plane_above_surroundings(dark: Reals, sigma: float) -> tuple[Floats, Smooth]:
    """Do what :func:`above_surroundings` does for pixels of one colour."""
    level, noise = without_background(dark)
    columns, rows = _pattern(level, float(sigma * np.float32(noise.median())))
    for y in range(0, len(rows), _LINES):
        lines = np.s_[y : y + _LINES]
        np.subtract(dark[lines], columns + rows[lines, None], out=level[lines])
    return without_background(level, copy=False)


def _pattern(plane: Floats, limit: float) -> tuple[Floats, Floats]:
    """Return the medians of the columns, and of the rows less these; those above `limit` are 0."""
    height, width = plane.shape
    columns = np.concatenate(
        [
            medians_of_rows(np.ascontiguousarray(plane[:, x : x + _LINES].T))
            for x in range(0, width, _LINES)
        ]
    )
    columns[~(np.abs(columns) < limit)] = 0.0
    rows = np.concatenate(
        [medians_of_rows(plane[y : y + _LINES] - columns) for y in range(0, height, _LINES)]
    )
    rows[~(np.abs(rows) < limit)] = 0.0
    return columns, rows
