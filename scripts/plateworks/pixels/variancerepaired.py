"""The standard deviation of pixels that were replaced by what their neighbours say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from plateworks.pixels.arrays import Bits, Bools, Doubles, Floats, Integers
from plateworks.pixels.cfa import Cell
from plateworks.pixels.cosmetic import Readable, around
from plateworks.pixels.masks import BAD, COSMIC, HOT
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.statistics import MEDIAN_ERROR

#: A median of n normal values has the variance of a mean of n, plus these, times the square of
#: what its error is beside that of a mean; n being odd or even.
_ODD, _EVEN = 0.5, 1.27
#: The squared scatter of neighbours, over their variance, from which they show a structure.
_STRUCTURE = 3.0
#: Bits of pixels that were replaced.
_REPAIRED = HOT | BAD | COSMIC


@dataclass(frozen=True)
class _Marked:
    """Which pixels of a mask have one of some bits, told of those that are looked at."""

    mask: Bits
    bits: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.mask.shape

    def __getitem__(self, where: Any) -> Bools:
        return self.mask[where] & self.bits != 0


def put_repaired(
    sigma: Scaled, image: Floats, mask: Bits, found: Integers, method: str, *, cell: Cell
) -> None:
    """Put the standard deviations of the repaired pixels of a light among those of the others.

    Parameters
    ----------
    sigma : Scaled
    image : (H, W) float32 array
    mask : (H, W) array
    found : (K,) int64 array
        Which of its pixels are marked, as :func:`plateworks.pixels.masks.marked` tells.
    method : str
        What replaced listed pixels: ``median`` or ``mean`` of their good neighbours.  What a cosmic
        ray struck was replaced by their mean.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    """
    bad = _Marked(mask, _REPAIRED)
    bits = mask.reshape(-1)[found]
    for how, which in (
        (method, (bits & COSMIC == 0) & (bits & _REPAIRED != 0)),
        ("mean", bits & COSMIC != 0),
    ):
        if not which.any():
            continue
        where = np.divmod(found[which], mask.shape[1])
        values = of_repaired(image, sigma, bad, where, how, cell=cell)
        sigma.put(where, values)


def of_repaired(
    image: Floats,
    sigma: Readable,
    bad: Readable,
    where: tuple[Integers, Integers],
    method: str,
    *,
    cell: Cell,
) -> Floats:
    """Return the standard deviations of M pixels that were replaced by their neighbours, (M,).

    They follow from those of the neighbours; and where the neighbours differ by more than that, a
    structure, from how they do.  A pixel without good neighbours keeps its own.

    Parameters
    ----------
    image : (H, W) float32 array
    sigma, bad : images
        Of float32, and of bool: what tells nothing of its neighbours.
    where : (rows, columns)
        Of the pixels.
    method : str
        ``median`` or ``mean`` of the good neighbours.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    """
    y, x = where
    found: Floats = sigma[where]
    left = np.arange(y.size)
    for radius in (1, 2):
        near = around(bad, y[left], x[left], radius, cell)
        values = near.values(image)
        count = np.count_nonzero(~np.isnan(values), axis=0)
        some = count > 0
        its = near.values(sigma)[:, some]
        found[left[some]] = _of_neighbours(values[:, some], its, count[some], method)
        left = left[~some]
    return found


def _of_neighbours(values: Doubles, sigma: Doubles, count: Integers, method: str) -> Doubles:
    variance = np.nanmean(sigma**2, axis=0)
    shrinks = 1.0 / count
    if method == "median":
        middle = MEDIAN_ERROR**2 / (count + np.where(count % 2, _ODD, _EVEN))
        shrinks = np.where(count > 2, middle, shrinks)
    scatter = np.nanvar(values, axis=0) * count / np.maximum(count - 1, 1)
    structure = np.where(scatter > _STRUCTURE * variance, scatter - variance, 0.0)
    out: Doubles = np.sqrt(shrinks * variance + structure)
    return out
