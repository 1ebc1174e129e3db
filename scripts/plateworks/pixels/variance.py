"""The variance of a calibrated pixel: by its electrons, the amplifier, the converter, and masters.

Of RESULT = (RAW - BIAS - K * DARK) * f, where f = MULT / FLAT, it is

    f**2 * (RN**2 / g**2 + step**2 / 12 + D / g + M + (σK * DARK)**2)
    + f * RESULT / g + (RESULT * σFLAT / FLAT)**2

in ADU², with g electrons per ADU, the read noise RN in electrons, the converter's step, the dark
signal D in ADU, and M, the variance of the masters that are subtracted.  The first line depends on
the frame's masters alone: it is the *floor*, which many lights share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles, Floats, Reals
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.statistics import median, robust_sigma

#: Below so many electrons the root of one pixel's own count is a poor guess of its noise: squares
#: of deviations over it are 2/N too large on the average.
FAINT = 64.0
#: Pixels of a block of which one is looked at to see whether any is faint.
_EVERY = 61
#: Part of the least floor by which a variance may lie below it, where few electrons scatter below
#: none.
_BELOW = 0.75
#: A pixel stands out that is so many times the scatter of pixels above them.
_STANDS_OUT = 5.0
#: Variance of rounding, in squares of a step.
ROUNDED = 1 / 12


class Camera(NamedTuple):
    """What the noise of a raw pixel depends on.

    Attributes
    ----------
    egain : float
        Electrons per ADU.
    read_noise : float
        Electrons, without the rounding of the converter.
    step : float
        Of the converter, ADU; 0 where it does not round.
    """

    egain: float
    read_noise: float
    step: float = 0.0

    @property
    def rounding(self) -> float:
        """Variance of the converter's rounding, ADU²."""
        return ROUNDED * self.step**2

    @property
    def dark_variance(self) -> float:
        """Of a pixel without any charge, ADU²."""
        return (self.read_noise / self.egain) ** 2 + self.rounding


class Ordinary(NamedTuple):
    """The level of ordinary pixels of a master, ADU, and by how much more others stand out."""

    level: float = 0.0
    limit: float = np.inf

    def above(self, rows: Reals) -> Doubles:
        """Return what pixels that stand out have more, ADU; 0 of ordinary ones.

        What these differ by is the pattern of the bias, and noise, which is no charge.
        """
        more = rows - np.float64(self.level)
        return np.where(more > self.limit, more, 0.0)


def ordinary(sample: Reals) -> Ordinary:
    """Return what is ordinary in a master, by a sample of its pixels."""
    middle = median(sample)
    limit = _STANDS_OUT * robust_sigma(sample, middle)
    near = sample[np.abs(sample - middle) <= limit]
    return Ordinary(float(near.mean(dtype=np.float64)), limit)


class Spread(NamedTuple):
    """How well the pixels of a master are known.

    Attributes
    ----------
    variance : float
        Of an ordinary pixel, ADU².
    usual : Ordinary
    growth : float
        ADU² for each ADU that a pixel has more.
    each : (H, W) float32 array or None
        The standard deviation of each pixel, ADU, where that is known.
    """

    variance: float
    usual: Ordinary = Ordinary()
    growth: float = 0.0
    each: Floats | None = None

    def rows(self, master: Reals, rows: slice) -> Doubles:
        """Return the variance of some rows of the master, ADU²."""
        if self.each is not None:
            return np.square(self.each[rows], dtype=np.float64)
        return self.variance + self.growth * self.usual.above(master[rows])


class Taken(NamedTuple):
    """A master that is subtracted, what it is multiplied by, and how well it is known."""

    master: Reals
    factor: float
    spread: Spread


class DarkSignal(NamedTuple):
    """The charge of the dark in a light.

    Attributes
    ----------
    dark : (H, W) array
        ADU.
    k, k_error : float
        Factor on it, and its standard deviation.
    usual : Ordinary
    charge : float
        Of an ordinary pixel, ADU, where K is 1.
    """

    dark: Reals
    k: float
    k_error: float
    usual: Ordinary
    charge: float

    def rows(self, rows: slice) -> Doubles:
        """Return the charge in some rows of a light whose K is 1, ADU."""
        return self.charge + self.usual.above(self.dark[rows])


class Divisor(NamedTuple):
    """What a light is multiplied by, and how well it is known.

    Attributes
    ----------
    factors : (H, W) float32 array, or 1
        MULT / FLAT.
    scale : float
        By what all is multiplied then.
    variance : float
        Relative, of the flat where the factor is 1; it grows as the factor, since there is so much
        less light in the flat.
    each : (H, W) float32 array or None
        The relative variance of each pixel, where that is known.
    """

    factors: Floats | float = 1.0
    scale: float = 1.0
    variance: float = 0.0
    each: Floats | None = None

    def rows(self, rows: slice) -> Floats | float:
        """Return the factors of some rows."""
        return self.factors if isinstance(self.factors, float) else self.factors[rows]


class Floor(NamedTuple):
    """What does not depend on the light in a frame.

    Attributes
    ----------
    variance : (H, W) float32 array
        Of each pixel of the product, ADU²; NaN where the flat is too low.
    least : float
        The least of them.
    masters : float
        Part of an ordinary pixel's that is its masters', ADU² of the product.
    """

    variance: Floats
    least: float
    masters: float


def floor_of(
    shape: tuple[int, int],
    camera: Camera,
    signal: DarkSignal | None,
    taken: Sequence[Taken],
    divisor: Divisor,
) -> Floor:
    """Return the floor of lights with the same masters.

    Parameters
    ----------
    shape : (int, int)
    camera : Camera
    signal : DarkSignal or None
    taken : sequence of Taken
        Each master once: the same one in two places counts with the sum of its factors.
    divisor : Divisor
    """
    out, of_masters = np.empty(shape, np.float32), []
    for rows in row_blocks(shape):
        masters = np.zeros((rows.stop - rows.start, shape[1]))
        for one in taken:
            masters += one.factor**2 * one.spread.rows(one.master, rows)
        if signal is not None:
            charge = signal.rows(rows)
            masters += (signal.k_error * charge) ** 2
        variance = masters + camera.dark_variance
        if signal is not None:
            variance += signal.k / camera.egain * charge
        factors = np.square(divisor.rows(rows), dtype=np.float64) * divisor.scale**2
        out[rows] = variance * factors
        of_masters.append(float(np.nanmedian((masters * factors)[:, ::_EVERY])))
    return Floor(out, float(np.fmin.reduce(out, axis=None)), float(np.median(of_masters)))


def deviations(
    image: Floats, floor: Floor, divisor: Divisor, egain: float, out: Floats, *, cfa: bool
) -> Floats:
    """Return the standard deviation of each pixel of a light, ADU.

    Where there are few electrons their expected number is taken from fifteen pixels of one colour;
    what stands out of that is taken as it is.

    Parameters
    ----------
    image : (H, W) float32 array
        The light, calibrated, ADU.
    floor : Floor
    divisor : Divisor
    egain : float
        Electrons per ADU.
    out : (H, W) float32 array
        Gets them; NaN where the flat is too low.
    cfa : bool
        Whether neighbours of the same colour are two pixels apart.
    """
    faint, lowest = FAINT / egain, np.float32(-_BELOW * floor.least)
    shot, flat = np.float32(divisor.scale / egain), np.float32(divisor.variance)
    for rows in row_blocks(image.shape):
        level, variance, factors = image[rows], out[rows], divisor.rows(rows)
        if not np.fmin.reduce(level[:, ::_EVERY], axis=None) > faint:
            level = expected(level, faint, 2 if cfa else 1)
        np.multiply(level, flat if divisor.each is None else divisor.each[rows], out=variance)
        if divisor.each is None:
            variance += shot
            variance *= level
            variance *= factors
        else:
            variance *= level
            variance += level * shot * factors
        if not variance.min() > lowest:  # or NaN
            np.maximum(variance, lowest, out=variance)
        variance += floor.variance[rows]
        np.sqrt(variance, out=variance)
    return out


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


def of_master(master: Reals, spread: Spread) -> Floats:
    """Return the standard deviation of each pixel of a master, ADU: (H, W) float32."""
    out = np.empty(master.shape, np.float32)
    for rows in row_blocks(master.shape):
        out[rows] = np.sqrt(spread.rows(master, rows))
    return out
