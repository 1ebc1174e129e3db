"""Hot and cold pixels: finding them in a master dark, replacing them by their neighbours."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import bottleneck
import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers, Number, Reals
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.statistics import value_of_rank
from plateworks.pixels.surroundings import above_surroundings


def find_hot(
    dark: Reals,
    *,
    sigma: float = 8.0,
    count: int | None = None,
    max_fraction: float = 0.01,
    cell: Cell = MONO,
) -> Integers:
    """Find the pixels of a master dark that are hotter than their surroundings.

    Heat is the excess over the local background, so that the glow of an amplifier is not listed
    wholesale.

    Parameters
    ----------
    dark : (H, W) array
        Any real type, ADU.
    sigma : float
        A pixel is hot when its excess is greater than so many times the local noise of the dark.
        With 8, practically every pixel with a true excess of 10 is found, whatever the noise adds,
        and in 10**8 pixels of normal noise none is listed wrongly.
    count : int, optional
        Instead of a threshold, so many of the hottest pixels.
    max_fraction : float
        Never more than this part of all pixels, the hottest first.
    cell : Cell
        How the colours lie: each is looked at by itself.

    Returns
    -------
    (N, 2) int64 array
        Column X and row Y of each pixel, counted from 0, the hottest first, equal ones by row and
        column.  Pixels that are not finite are hotter than any.
    """
    excess, noise = above_surroundings(dark, cell, sigma)
    excess[~np.isfinite(excess)] = np.inf
    most = int(max_fraction * excess.size)
    if count is None:
        noise *= sigma
        return _ranked(excess, np.flatnonzero(excess > noise), most)
    return _hottest(excess, min(count, most))


def find_brightest(dark: Reals, count: int, *, max_fraction: float = 0.01) -> Integers:
    """Find so many pixels of the highest values, whatever surrounds them.

    Parameters and result are as in :func:`find_hot`.
    """
    heat = dark.astype(np.float32)
    heat[~np.isfinite(heat)] = np.inf
    return _hottest(heat, min(count, int(max_fraction * heat.size)))


def find_cold(
    dark: Reals, *, sigma: float = 8.0, max_fraction: float = 0.01, cell: Cell = MONO
) -> Integers:
    """Find the pixels that are colder than their surroundings, the coldest first.

    Parameters and result are as in :func:`find_hot`; pixels that are not finite are left to it.
    """
    excess, noise = above_surroundings(dark, cell, sigma)
    cold = np.isfinite(excess) & (excess < -sigma * noise)
    return _ranked(-excess, np.flatnonzero(cold), int(max_fraction * excess.size))


def replace(
    image: NDArray[Number], mask: Bools, method: str = "median", cell: Cell = MONO
) -> NDArray[Number]:
    """Replace pixels by their good neighbours.

    Good are those inside the image, finite, and not to be replaced themselves.  Of the 3x3
    neighbourhood all good pixels are used; if there is none, those of the 5x5; if there is none
    either, the pixel stays as it is.

    Parameters
    ----------
    image : (H, W) array
        Any real type.
    mask : (H, W) bool array
        What is to be replaced.
    method : str
        ``median`` (for an even number the mean of the middle two) or ``mean``.
    cell : Cell
        How the colours lie: each is looked at by itself.

    Returns
    -------
    (H, W) array
        A copy of the type of `image`; integers are rounded.
    """
    out = image.copy()
    y, x, values = replacements(image, mask, method, cell)
    out[y, x] = np.rint(values) if image.dtype.kind in "iu" else values
    return out


class Readable(Protocol):
    """Something whose pixels can be looked at: an (H, W) array, or what is computed on demand."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, where: tuple[Integers, Integers], /) -> Reals: ...


def replacements(
    image: Readable, mask: Bools, method: str = "median", cell: Cell = MONO
) -> tuple[Integers, Integers, Doubles]:
    """Return rows, columns and new values (float64) of those pixels that :func:`replace` changes.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    y, x = np.divmod(np.flatnonzero(mask), image.shape[1])
    values = neighbour_values(image, mask, y, x, method, cell)
    replaced = ~np.isnan(values)
    return y[replaced], x[replaced], values[replaced]


def neighbour_values(
    image: Readable,
    mask: Bools,
    y: Integers,
    x: Integers,
    method: str,
    cell: Cell,
    nearest: Around | None = None,
) -> Doubles:
    """Return what the good neighbours of M pixels say, (M,) float64; NaN where there are none.

    Those next to them may be given, where that is known.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    statistics = {"median": bottleneck.nanmedian, "mean": bottleneck.nanmean}
    if method not in statistics:
        raise ValueError(f"unknown method {method!r}: choose median or mean")
    values = np.full(y.size, np.nan)
    left = np.arange(y.size)
    for radius in (1, 2):
        ring = nearest if radius == 1 else None
        if ring is None:
            ring = around(mask, y[left], x[left], radius, cell)
        near = ring.values(image)
        found = ~np.isnan(near).all(axis=0)
        values[left[found]] = statistics[method](near[:, found], axis=0)
        left = left[~found]
    return values


class Around(NamedTuple):
    """The pixels round M others, K round each.

    Attributes
    ----------
    places : (rows, columns)
        (K, M) int64 each; somewhere else where the image ends before.
    good : (K, M) bool array
        Which are inside, and not to be replaced themselves.
    """

    places: tuple[Integers, Integers]
    good: Bools

    def values(self, image: Readable) -> Doubles:
        """Return the values there, (K, M) float64, NaN where they are not good or not finite."""
        near = image[self.places].astype(np.float64)
        near[~(self.good & np.isfinite(near))] = np.nan
        return near


def around(mask: Readable, y: Integers, x: Integers, radius: int, cell: Cell) -> Around:
    """Return the pixels of their colour round M others; a mask tells what is to be replaced."""
    height, width = mask.shape
    reach = range(-radius * cell.step, radius * cell.step + 1, cell.step)
    down, across = np.array([(dy, dx) for dy in reach for dx in reach if dy or dx]).T[:, :, None]
    rows, columns = y + down, x + across
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    if cell.planes > 1:
        inside &= rows // cell.height(height) == y // cell.height(height)
    places = np.clip(rows, 0, height - 1, out=rows), np.clip(columns, 0, width - 1, out=columns)
    return Around(places, inside & ~mask[places].astype(bool, copy=False))


def _hottest(heat: Floats, most: int) -> Integers:
    if most < 1:
        return np.empty((0, 2), np.int64)
    least = value_of_rank(heat, heat.size - most)
    return _ranked(heat, np.flatnonzero(heat >= least), most)


def _ranked(heat: Floats, found: Integers, most: int) -> Integers:
    """Return the (x, y) of at most so many of the flat indices `found`, the hottest first."""
    order = np.argsort(-heat.ravel()[found], kind="stable")
    y, x = np.unravel_index(found[order[:most]], heat.shape)
    return np.stack([x, y], axis=1)
