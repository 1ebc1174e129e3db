"""The standard deviation of pixels that were replaced by what their neighbours say."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Integers
from plateworks.pixels.cosmetic import good_neighbours

#: A median of n normal values has the variance π/2 / (n + these), n being odd or even.
_MEDIAN, _ODD, _EVEN = np.pi / 2, 0.5, 1.27
#: The squared scatter of neighbours, over their variance, from which they show a structure.
_STRUCTURE = 3.0


def of_repaired(
    image: Floats,
    sigma: Floats,
    bad: Bools,
    where: tuple[Integers, Integers],
    method: str,
    *,
    cfa: bool,
) -> Floats:
    """Return the standard deviations of M pixels that were replaced by their neighbours, (M,).

    They follow from those of the neighbours; and where the neighbours differ by more than that, a
    structure, from how they do.  A pixel without good neighbours keeps its own.

    Parameters
    ----------
    image, sigma : (H, W) float32 arrays
    bad : (H, W) bool array
        What tells nothing of its neighbours.
    where : (rows, columns)
        Of the pixels.
    method : str
        ``median`` or ``mean`` of the good neighbours.
    cfa : bool
    """
    y, x = where
    found = sigma[where]
    left = np.arange(y.size)
    for radius in (1, 2):
        at = y[left], x[left], radius, 2 if cfa else 1
        values = good_neighbours(image, bad, *at)
        count = np.count_nonzero(~np.isnan(values), axis=0)
        some = count > 0
        near = good_neighbours(sigma, bad, *at)[:, some]
        found[left[some]] = _of_neighbours(values[:, some], near, count[some], method)
        left = left[~some]
    return found


def _of_neighbours(values: Doubles, sigma: Doubles, count: Integers, method: str) -> Doubles:
    variance = np.nanmean(sigma**2, axis=0)
    shrinks = 1.0 / count
    if method == "median":
        middle = _MEDIAN / (count + np.where(count % 2, _ODD, _EVEN))
        shrinks = np.where(count > 2, middle, shrinks)
    scatter = np.nanvar(values, axis=0) * count / np.maximum(count - 1, 1)
    structure = np.where(scatter > _STRUCTURE * variance, scatter - variance, 0.0)
    out: Doubles = np.sqrt(shrinks * variance + structure)
    return out
