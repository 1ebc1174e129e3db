"""How much of the master dark is in a light: K, measured tile by tile.

In each tile ``signal = s + K * dark``.  The term s takes the sky; without it the sky drives K: 17
instead of 1 for a dark of 30 ADU under a sky of 500.  Here s is a constant in each small cell of a
tile, so that a gradient, a nebula or the halo of a star is not mistaken for dark current either;
nor, then, is the glow of an amplifier used, which cannot be told from them.  What is used is what
differs from pixel to pixel.  Two groups of pixels show K:

* those that stand out of the dark, hot ones nearly all.  The median of signal / dark, weighted by
  the dark, is the line of least absolute deviations: stars upon some of them do not move it.
* the others.  Least squares, with stars clipped.  The noise of the master makes the line too flat
  (regression dilution: 10 % for a spread of 5 ADU with a noise of 1.7); the moments are corrected
  for it (Fuller 1987, Measurement Error Models, section 1.2), which needs that noise to be known.

A tile takes the group with the smaller predicted error.  The median over tiles follows PULSAR.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Reals
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.statistics import MEDIAN_ERROR, median, robust_sigma

#: Side of the cells with a constant sky, in pixels of one colour: the median of 256 values adds
#: less than 1 % to the variance, and a sky changes little over such a distance.
CELL = 16
#: A pixel stands out of the dark if it is so many standard deviations away from its surroundings:
#: noise alone never is, and of such a distance it changes next to nothing.
STANDING_OUT = 10.0
#: Fewer pixels do not show how far they scatter.
FEWEST_STANDING_OUT = 10
#: Residuals beyond so many standard deviations are stars.
CLIP = 4.0
#: Passes of clipping.
PASSES = 3
#: The real part of the dark's variance must be at least this; the correction is no better known.
LEAST_REAL = 0.5
#: A tile carries enough dark signal if it gives K with no more than this error, as a fraction of
#: the expected K; all tiles together must give it with no more than the second.
TILE_ERROR = 0.25
ERROR = 0.05
#: No tile counts as if its error were less, so that one tile never outvotes all others.
LEAST_ERROR = 0.01


class Scale(NamedTuple):
    """The factor on a dark.

    ``k`` is the factor.  ``error`` is its predicted standard error, ``scatter`` the robust standard
    deviation of the K of single tiles (0 for one tile), and ``tiles`` the number of tiles that
    carry enough dark signal; they are NaN, NaN and 0 if none does.  ``reason`` says why ``k`` is
    the expected factor instead of the measured one; it is empty if all is well.
    """

    k: float
    error: float
    scatter: float
    tiles: int
    reason: str


class _Estimate(NamedTuple):
    k: float
    error: float


def optimise(
    signal: Reals,
    dark: Reals,
    *,
    usable: Bools | None = None,
    dark_noise: float | None = None,
    bias_noise: float = 0.0,
    cell: Cell = MONO,
    tile: int = 256,
    start: float = 1.0,
    bounds: tuple[float, float] = (0.0, 5.0),
) -> Scale:
    """Measure the factor K for which ``signal - K * dark`` has no trace of the dark.

    Parameters
    ----------
    signal : (H, W) array
        RAW - BIAS, ADU, any real type.  What is not finite is left out.
    dark : (H, W) array
        Master dark without bias, ADU, any real type.
    usable : (H, W) bool array, optional
        False where the light is saturated (tested before the bias was subtracted), the master
        dark is, or the pixel is defective.  Hot pixels should take part: they show K best.
    dark_noise, bias_noise : float
        Standard deviation of the noise of an ordinary pixel of the master dark, before the bias
        was subtracted, and of the master bias, ADU.  Where the former is not known (None), only
        pixels that stand out are used, for which it hardly matters.
    cell : Cell
        How the colours lie, of which each has a sky of its own.
    tile : int
        Side of the tiles, pixels; those at the right and lower edges may be smaller.
    start : float
        What K is expected to be, the ratio of the exposures; taken if it cannot be measured.
    bounds : (float, float)
        K outside these is not believed.

    Raises
    ------
    ValueError
        If two arrays differ in shape.
    """
    for name, other in (("dark", dark), ("mask", usable)):
        if other is not None and other.shape != signal.shape:
            raise ValueError(f"the {name} has the shape {other.shape}, the signal {signal.shape}")
    estimates = []
    for where in _tiles(signal.shape, tile, cell):
        light, thermal = _levelled(
            signal[where], dark[where], None if usable is None else usable[where], cell
        )
        distance = np.abs(thermal)
        standing_out = distance > STANDING_OUT * robust_sigma(distance, centre=0.0)
        found = _from_standing_out(light[standing_out], thermal[standing_out])
        if dark_noise is not None and found.error > LEAST_ERROR * start:
            rest = ~standing_out
            by_rest = _from_the_rest(light[rest], thermal[rest], dark_noise, bias_noise)
            found = min(found, by_rest, key=lambda estimate: estimate.error)
        if found.error <= TILE_ERROR * start:
            estimates.append(found)
    if not estimates:
        lack = "no tile has enough dark signal"
        if dark_noise is None:
            lack = "the noise of the dark is not known, and no tile has enough hot pixels"
        return Scale(start, np.nan, np.nan, 0, lack)
    return _agreed(estimates, start, bounds)


def _agreed(estimates: list[_Estimate], start: float, bounds: tuple[float, float]) -> Scale:
    """Return the median of what the tiles say, or the expected factor if that is not credible."""
    ks, errors = np.array(estimates).T
    weights = 1 / (errors**2 + (LEAST_ERROR * start) ** 2)
    k = _weighted_median(ks, weights)
    error = MEDIAN_ERROR / float(np.sqrt(weights.sum()))
    scatter, tiles = robust_sigma(ks), len(ks)
    low, high = bounds
    if error > ERROR * start:
        return Scale(
            start, error, scatter, tiles, f"the dark signal gives K only to within {error:.2g}"
        )
    if not low <= k <= high:
        reason = f"the K measured, {k:.4g}, is not between {low:g} and {high:g}"
        return Scale(start, error, scatter, tiles, reason)
    return Scale(k, error, scatter, tiles, "")


def _tiles(shape: tuple[int, int], side: int, cell: Cell) -> Iterator[tuple[slice, slice]]:
    high = cell.height(shape[0])
    for top in range(0, cell.planes * high, max(high, 1)):
        for y in range(top, top + high, side):
            for x in range(0, shape[1], side):
                yield slice(y, min(y + side, top + high)), slice(x, x + side)


def _levelled(
    signal: Reals, dark: Reals, usable: Bools | None, cell: Cell
) -> tuple[Doubles, Doubles]:
    """Return the usable pixels of signal and dark as rows, less the medians of their cells."""
    signal, dark = signal.astype(np.float32), dark.astype(np.float32)
    good = np.isfinite(signal) & np.isfinite(dark)
    if usable is not None:
        good &= usable
    whole = good.all()
    levelled = []
    for image in (signal, dark):
        if not whole:
            image[~good] = np.nan
        image = _less_cell_medians(image, cell)
        levelled.append(image.ravel() if whole else image[good])
    return levelled[0], levelled[1]


def _less_cell_medians(image: Doubles, cell: Cell) -> Doubles:
    """Subtract from each pixel the median of its cell and colour; what is missing is NaN."""
    step = cell.step
    height, width = image.shape
    lack = [-side % (CELL * step) for side in image.shape]
    if any(lack):
        image = np.pad(image, ((0, lack[0]), (0, lack[1])), constant_values=np.float32(np.nan))
    # Rows and columns each by cell, place in the cell, and colour.
    cells = image.reshape(-1, CELL, step, image.shape[1] // (CELL * step), CELL, step)
    # numpy sorts rows faster than it selects from them, and puts what is missing last.
    values = np.sort(cells.transpose(0, 2, 3, 5, 1, 4).reshape(-1, CELL**2), axis=1)
    if np.isnan(values[:, -1]).any():
        count = np.count_nonzero(~np.isnan(values), axis=1, keepdims=True)
        ranks = np.concatenate([(count - 1) // 2, count // 2], axis=1)
        middle = np.take_along_axis(values, ranks, axis=1)
    else:
        middle = values[:, CELL**2 // 2 - 1 : CELL**2 // 2 + 1]
    medians = (middle[:, 0] + middle[:, 1]) / 2
    medians = medians.reshape(len(cells), 1, step, cells.shape[3], 1, step)
    return (cells - medians).reshape(image.shape)[:height, :width]


def _from_standing_out(signal: Reals, dark: Reals) -> _Estimate:
    """Fit a line through zero by least absolute deviations to pixels far from zero."""
    if dark.size < FEWEST_STANDING_OUT:
        return _Estimate(np.nan, np.inf)
    k = _weighted_median(signal / dark, np.abs(dark))
    sigma = robust_sigma(signal - k * dark, centre=0.0)
    return _Estimate(k, MEDIAN_ERROR * sigma / _sum_of_products(dark, dark) ** 0.5)


def _from_the_rest(signal: Reals, dark: Reals, dark_noise: float, bias_noise: float) -> _Estimate:
    """Fit a line by least squares to pixels that differ little, with noise in both coordinates.

    What stars add is first limited, then left out.  The noise of the bias was subtracted from both.
    """
    k, centre = 0.0, 0.0
    for clip in range(PASSES + 1):
        residual = signal - k * dark
        centre = median(residual)
        sigma = robust_sigma(residual, centre)
        if clip:
            kept = np.abs(residual - centre) <= CLIP * sigma
            x, y = dark[kept], signal[kept]
        else:
            x, y = dark, np.clip(signal, centre - CLIP * sigma, centre + CLIP * sigma)
        if not x.size:
            return _Estimate(np.nan, np.inf)
        x = x - x.mean()
        observed = _sum_of_products(x, x)
        real = observed - x.size * (dark_noise**2 + bias_noise**2)
        if real <= observed * LEAST_REAL:
            return _Estimate(np.nan, np.inf)
        k = (_sum_of_products(x, y) - x.size * bias_noise**2) / real
    return _Estimate(k, sigma * observed**0.5 / real)


def _sum_of_products(a: Reals, b: Reals) -> float:
    """Return what `a @ b` does, but in float64 and independent of the threads of the BLAS."""
    return float(np.sum(a * b, dtype=np.float64))


def _weighted_median(values: Reals, weights: Reals) -> float:
    """Return the smallest value with at least half of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])
