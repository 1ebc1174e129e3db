"""The deviation of each pixel of a light, reckoned while the pixel is in the processor's cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.arrays import Floats
from plateworks.pixels.blocks import Change, Pixels
from plateworks.pixels.cfa import Cell
from plateworks.pixels.scaled import MOST, Counts, count
from plateworks.pixels.variance import Divisor, Floor

#: Below so many electrons the root of one pixel's own count is a poor guess of its noise: squares
#: of deviations over it are 2/N too large on the average.
FAINT = 64.0
#: Pixels of a block of which one is looked at to see whether any is faint.
_EVERY = 61
#: Part of the least floor by which a variance may lie below it, where few electrons scatter below
#: none.
_BELOW = 0.75
#: The greatest deviation that can be told is at least so many times the least of the floor: there
#: is room for a repaired pixel in a bright star, and the least is told to 1 % yet.
_ROOM = 1000.0


@dataclass(frozen=True)
class LightNoise:
    """What the deviations of lights with the same masters follow from.

    All variances are in squares of the step in which deviations are counted.

    Attributes
    ----------
    step : float
        ADU; the smallest in which the greatest deviation of a pixel can be counted, and some more.
    floor : (H, W) float32 array
        What does not depend on the light.
    lowest : float
        By how much the rest may lie below zero.
    shot : float
        For each ADU, where the factor is 1.
    factors : (H, W) float32 array, or 1
        MULT / FLAT.
    relative : (H, W) float32 array, or float
        For each square of an ADU, that of the flat; one that is the same for all is that where the
        factor is 1, and grows as the factor does.
    faint : float
        ADU below which neighbours tell how much light is expected.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    """

    step: float
    floor: Floats
    lowest: float
    shot: float
    factors: Floats | float
    relative: Floats | float
    faint: float
    cell: Cell

    def count(self, light: Floats, rows: slice, out: Counts, rooms: Floats) -> None:
        """Count the deviations of some rows.

        Parameters
        ----------
        light : (R, W) float32 array
            ADU.
        rows : slice
            Which R of the light's they are.
        out : (R, W) array
            Gets the counts.
        rooms : (2, R, W) float32 array
            Of no matter before or after.
        """
        variance, room = rooms
        if isinstance(self.relative, float):
            np.multiply(light, np.float32(self.relative), out=variance)
            variance += np.float32(self.shot)
            variance *= light
            variance *= _rows(self.factors, rows)
        else:
            np.multiply(light, self.relative[rows], out=variance)
            variance += np.multiply(_rows(self.factors, rows), np.float32(self.shot), out=room)
            variance *= light
        least, lowest = variance.min(), np.float32(self.lowest)
        if not least >= lowest:  # or it is NaN
            np.maximum(variance, lowest, out=variance)
        variance += self.floor[rows]
        count(np.sqrt(variance, out=variance), out, gaps=bool(np.isnan(least)))


def light_noise(
    floor: Floor, divisor: Divisor, egain: float, full: float, *, cell: Cell
) -> LightNoise:
    """Return what the deviations of lights follow from.

    Parameters
    ----------
    floor : Floor
        Its array is changed in place, as is that of the divisor's variances.
    divisor : Divisor
    egain : float
        Electrons per ADU.
    full : float
        The most that is left of a raw pixel when masters are subtracted, ADU.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    """
    largest = _largest(divisor.factors) * divisor.scale
    relative = divisor.variance * largest / divisor.scale
    if divisor.each is not None:
        relative = _largest(divisor.each)
    level = max(full, 1.0) * largest
    most = floor.most + level * largest / egain + level**2 * relative
    step = max(most, _ROOM**2 * floor.least) ** 0.5 / MOST
    unit = step**2
    of_flat: Floats | float = divisor.variance / unit
    if divisor.each is not None:
        of_flat = np.divide(divisor.each, np.float32(unit), out=divisor.each)
    return LightNoise(
        step=step,
        floor=np.divide(floor.variance, np.float32(unit), out=floor.variance),
        lowest=-_BELOW * floor.least / unit,
        shot=divisor.scale / egain / unit,
        factors=divisor.factors,
        relative=of_flat,
        faint=FAINT / egain,
        cell=cell,
    )


def counting(noise: LightNoise, out: Counts) -> Change:
    """Return the change that counts the deviation of each pixel, and leaves the image as it is.

    Where there are few electrons their expected number is taken from fifteen pixels of one colour;
    what stands out of that is taken as it is.  So it is made to whole rows, after all others.

    Parameters
    ----------
    noise : LightNoise
    out : (H, W) array
        Gets the deviations as :class:`plateworks.pixels.scaled.Scaled` counts them.
    """
    rooms: Floats | None = None

    def change(pixels: Pixels) -> None:
        nonlocal rooms
        light, where = pixels.image, pixels.where
        if not isinstance(where, slice):
            raise TypeError("deviations are told of whole rows, not of single pixels")
        if not np.fmin.reduce(light[:, ::_EVERY], axis=None) > noise.faint:
            parts = noise.cell.parted(where, len(noise.floor))
            step = noise.cell.step
            light = np.concatenate([expected(light[one], noise.faint, step) for one in parts])
        if rooms is None or rooms.shape[1] < len(light):
            rooms = np.empty((2, *light.shape), np.float32)
        noise.count(light, where, out[where], rooms[:, : len(light)])

    return change


def _rows(plane: Floats | float, rows: slice) -> Floats | np.float32:
    return np.float32(plane) if isinstance(plane, float) else plane[rows]


def _largest(plane: Floats | float) -> float:
    return plane if isinstance(plane, float) else float(np.fmax.reduce(plane, axis=None))


def expected(rows: Floats, faint: float, step: int) -> Floats:
    """Return the expected level of each pixel of some rows.

    That is the mean of five pixels in each of three rows, all `step` apart, where it does not
    exceed `faint`, and the pixel itself elsewhere, as near the edges.
    """
    out, (height, width) = rows.copy(), rows.shape
    if width <= 4 * step or height <= 2 * step:
        return out
    pairs = rows[:, :-step] + rows[:, step:]
    mean = pairs[:, : width - 4 * step] + pairs[:, 2 * step : width - 2 * step]
    mean += rows[:, 4 * step :]
    total = mean[: height - 2 * step] + mean[step : height - step]
    total += mean[2 * step :]
    total *= np.float32(1 / 15)
    inside = out[step : height - step, 2 * step : width - 2 * step]
    np.copyto(inside, total, where=total <= np.float32(faint))
    return out
