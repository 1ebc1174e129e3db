"""The deviation of each pixel of a light, reckoned while the pixel is in the processor's cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.arrays import Floats
from plateworks.pixels.blocks import Change, Pixels
from plateworks.pixels.cfa import Cell
from plateworks.pixels.noisefloor import Floor
from plateworks.pixels.scaled import MOST, Counts, count
from plateworks.pixels.spots import Spots
from plateworks.pixels.variance import Divisor

#: Below so many electrons the root of one pixel's own count is a poor guess of its noise: squares
#: of deviations over it are 2/N too large on the average.
FAINT = 64.0
#: Pixels of a block of which one is looked at to see whether any is faint.
_EVERY = 61
#: Part of the least floor by which a variance may lie below it, where few electrons scatter below
#: none.
_BELOW = 0.75
#: A variance without light that is some: where there is no noise at all.
_SOME = 1e-12
#: The greatest deviation that can be told is at least so many times the least of the floor: there
#: is room for a repaired pixel in a bright star, and the least is told to 1 % yet.
_ROOM = 1000.0


@dataclass(frozen=True)
class LightNoise:
    """What the deviations of lights with the same masters follow from.

    The variance of a pixel of L ADU and the factor F is

        F * (F + L * (shot + relative * L)) + rounding

    in squares of a unit: that of a pixel without light whose factor is 1, as most have it.  So it
    takes few operations, and no array but that of the factors, which was just multiplied by.

    Attributes
    ----------
    step : float
        ADU in which deviations are counted: the smallest that leaves room for the greatest that
        there can be, and some more.
    unit : float
        Steps.
    factors : (H, W) float32 array, or 1
        MULT / FLAT.
    shot : float
        Squares of units for each ADU.
    relative : (H, W) float32 array, or float
        Squares of units for each square of an ADU, of the flat.
    rounding : float
        Squares of units.
    odd : Spots
        The M pixels that have more without light.
    more : (M,) float32 array
        How much, squares of units of the product; less, where it is below zero.
    each : (H, W) float32 array or None
        In place of the first F in the brackets, what F is to be multiplied by, where no value is
        that of most pixels.
    least : float
        ADU; what is below has its noise: few electrons scatter below none.
    faint : float
        ADU below which neighbours tell how much light is expected.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    """

    step: float
    unit: float
    factors: Floats | float
    shot: float
    relative: Floats | float
    rounding: float
    odd: Spots
    more: Floats
    each: Floats | None
    least: float
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
        factors, lowest = _rows(self.factors, rows), light.min()
        gaps = bool(np.isnan(lowest))  # only there is none in the factors, or it was repaired
        if gaps:
            lowest = np.fmin.reduce(light, axis=None)
        if lowest < self.least:
            light = np.maximum(light, np.float32(self.least))
        np.multiply(light, _rows(self.relative, rows), out=variance)
        variance += np.float32(self.shot)
        variance *= light
        if self.each is None:
            variance += factors
        else:
            variance += np.multiply(factors, self.each[rows], out=room)
        if not isinstance(self.factors, float):
            variance *= factors
        if self.rounding:
            variance += np.float32(self.rounding)
        here, place = self.odd.within(rows)
        variance[place] += self.more[here]
        np.sqrt(variance, out=variance)
        variance *= np.float32(self.unit)
        count(variance, out, gaps=gaps)


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
    usual = 1.0 if floor.each is not None else max(floor.even, _SOME)
    unit = usual * divisor.scale**2  # ADU²
    of_flat: Floats | float = divisor.variance / unit
    if divisor.each is not None:
        of_flat = np.divide(divisor.each, divisor.factors, out=divisor.each)
        of_flat /= np.float32(unit)
    factors = divisor.factors
    if not isinstance(factors, float):
        factors = factors[floor.odd.y, floor.odd.x]
    more = np.square(factors) * ((floor.others - np.float32(usual)) / np.float32(usual))
    return LightNoise(
        step=step,
        unit=unit**0.5 / step,
        factors=divisor.factors,
        shot=divisor.scale / egain / unit,
        relative=of_flat,
        rounding=floor.rounding / unit,
        odd=floor.odd,
        more=np.asarray(more, np.float32),
        each=floor.each,
        least=-_BELOW * floor.least * egain / largest,
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
            parts = noise.cell.parted(where, len(out))
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
