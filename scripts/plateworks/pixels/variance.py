"""The variance of a calibrated pixel: by its electrons, the amplifier, the converter, and masters.

Of RESULT = (RAW - BIAS - K * DARK) * f, where f = MULT / FLAT, it is

    f**2 * (RN**2 / g**2 + step**2 / 12 + D / g + M + (σK * DARK)**2)
    + f * RESULT / g + (RESULT * σFLAT / FLAT)**2

in ADU², with g electrons per ADU, the read noise RN in electrons, the converter's step, the dark
signal D in ADU, and M, the variance of the masters that are subtracted.  The first line depends on
the frame's masters alone: it is the *floor*, which many lights share.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.statistics import median, robust_sigma

#: A pixel stands out that is so many times the scatter of pixels above them.
_STANDS_OUT = 5.0
#: Variance of rounding, in squares of a step.
ROUNDED = 1 / 12


class Region(NamedTuple):
    """A part of a frame that one of several amplifiers read: its rows, columns and read noise."""

    bottom: int
    top: int
    left: int
    right: int
    read_noise: float  # electrons


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
    regions : tuple of Region
        Where amplifiers differ in their noise; elsewhere it is `read_noise`.
    """

    egain: float
    read_noise: float
    step: float = 0.0
    regions: tuple[Region, ...] = ()

    @property
    def rounding(self) -> float:
        """Variance of the converter's rounding, ADU²."""
        return ROUNDED * self.step**2

    @property
    def dark_variance(self) -> float:
        """Of a pixel without any charge, ADU²."""
        return (self.read_noise / self.egain) ** 2 + self.rounding

    def dark(self, rows: slice, width: int) -> Floats | np.float32:
        """Return the same of the pixels of some rows: one for all, where it is one."""
        if not self.regions:
            return np.float32(self.dark_variance)
        found = np.full((rows.stop - rows.start, width), self.dark_variance, np.float32)
        for one in self.regions:
            here = slice(max(one.bottom - rows.start, 0), max(one.top - rows.start, 0))
            found[here, one.left : one.right] = self._replace(
                read_noise=one.read_noise
            ).dark_variance
        return found


class Ordinary(NamedTuple):
    """The level of ordinary pixels of a master, ADU, and by how much more others stand out."""

    level: float = 0.0
    limit: float = np.inf

    def above(self, rows: Reals) -> Floats:
        """Return what pixels that stand out have more, ADU; 0 of ordinary ones.

        What these differ by is the pattern of the bias, and noise, which is no charge.
        """
        more = np.subtract(rows, np.float32(self.level), dtype=np.float32)
        more[~(more > self.limit)] = 0.0
        return more


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
    each : (H, W) float32 array, Scaled, or None
        The standard deviation of each pixel, ADU, where that is known.
    """

    variance: float
    usual: Ordinary = Ordinary()
    growth: float = 0.0
    each: Floats | Scaled | None = None

    def rows(self, master: Reals, rows: slice) -> Floats | np.float32:
        """Return the variance of some rows of the master, ADU²: one for all, where it is one."""
        if self.each is not None:
            return np.square(self.each[rows])
        if not self.growth:
            return np.float32(self.variance)
        found = self.usual.above(master[rows])
        found *= np.float32(self.growth)
        found += np.float32(self.variance)
        return found


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

    def rows(self, rows: slice) -> Floats:
        """Return the charge in some rows of a light whose K is 1, ADU."""
        found = self.usual.above(self.dark[rows])
        found += np.float32(self.charge)
        return found


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


def of_master(master: Reals, spread: Spread) -> Floats:
    """Return the standard deviation of each pixel of a master, ADU: (H, W) float32."""
    out = np.empty(master.shape, np.float32)
    for rows in row_blocks(master.shape):
        out[rows] = np.sqrt(spread.rows(master, rows))
    return out
