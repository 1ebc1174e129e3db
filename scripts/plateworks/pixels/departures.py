"""Pixels that do not follow the light as all others do, by flats of several levels.

Brought to one level, the flats of a sensor are alike whatever their light: vignetting, dust and the
responses of pixels cancel, and so does what the whole sensor lacks in proportion.  What is left of
a pixel beside its neighbours is its own: it fills too soon, or answers too little to little light.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from plateworks.pixels.arrays import Bools, Floats
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.runningmedian import SIDE, running_median
from plateworks.pixels.statistics import MAD_TO_SIGMA, median

#: Fewer levels tell no law.
FEWEST = 3
#: A pixel departs by at least this part at one of the levels ...
_DEPARTS = 0.01
#: ... and by no chance: so many standard deviations of a normal distribution, 1 in 10 million.
_SURE = 5.2
#: Darker than this part of the middle of a flat a pixel tells nothing.
_DARK = 0.05


def departing(levels: Iterable[tuple[Floats, float]], cell: Cell = MONO) -> Bools:
    """Find the pixels whose response over some levels departs from that of their neighbours.

    Parameters
    ----------
    levels : iterable of ((H, W) float array, float)
        Of each level the flats brought to one level and combined, and the light that is in them:
        level times their number, ADU, by which their noise is told apart.  The brightest comes
        first.  One is held at a time beside the first.
    cell : Cell
        Each colour is looked at by itself.

    Returns
    -------
    (H, W) bool array
        True where the responses at the levels, over the median of 7x7 pixels, differ by 1 % or more
        at one of them, and by their scatter in the image no pixel in 10 million does by chance.

    Notes
    -----
    The test is that of chi squared about the weighted mean, each level with its own noise; the
    limit is by E. B. Wilson and M. M. Hilferty (1931, PNAS 17, 684).
    """
    series = iter(levels)
    first, light = next(series)
    found = np.zeros(first.shape, bool)
    sums = [_Sums(first[where].astype(np.float32), light) for where in cell.positions(found.shape)]
    del first
    for image, light in series:
        for where, one in zip(cell.positions(found.shape), sums, strict=True):
            one.add(image[where], light)
    for where, one in zip(cell.positions(found.shape), sums, strict=True):
        found[where] = one.departing()
    return found


class _Sums:
    """What tells the departures of one colour: sums over the levels, of each pixel."""

    def __init__(self, first: Floats, light: float):
        middle = np.float32(median(first))
        with np.errstate(invalid="ignore"):
            useful = np.isfinite(first) & (first > _DARK * middle)
        #: Over its middle; 0 where it tells nothing.
        self._first = np.where(useful, first / middle, np.float32(0))
        self._light, self._weights, self._levels = light, 0.0, 1
        self._units: list[float] = []
        self._once, self._squares, self._most = (np.zeros_like(self._first) for _ in range(3))

    def add(self, image: Floats, light: float) -> None:
        """Compare another level with the first."""
        useful = self._first > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.divide(image, self._first, dtype=np.float32)
        ratio[~(np.isfinite(ratio) & useful)] = median(ratio[useful])
        off = ratio
        off /= running_median(np.pad(ratio, SIDE // 2, mode="symmetric"))
        off -= 1
        # Where a pixel is bright it has less noise, beside its light.
        spread = MAD_TO_SIGMA * median(np.abs(off[useful]) * np.sqrt(self._first[useful]))
        unit = max(spread, 1e-9) ** 2 / (1 / light + 1 / self._light)
        weight = np.float32(light / unit)
        self._units.append(unit)
        self._weights += float(weight)
        self._levels += 1
        np.maximum(self._most, np.abs(off), out=self._most)
        self._once += weight * off
        off *= off
        self._squares += weight * off

    def departing(self) -> Bools:
        """Return which pixels depart."""
        weights = self._weights + self._light / float(np.mean(self._units))
        sure = (self._squares - self._once**2 / np.float32(weights)) * self._first
        found: Bools = (sure > _most_by_chance(self._levels - 1)) & (self._most >= _DEPARTS)
        return found


def _most_by_chance(free: int) -> float:
    part = 2 / (9 * free)
    return float(free * (1 - part + _SURE * part**0.5) ** 3)
