"""The level of the sky in a frame from which bias and dark were taken, and whether it can be.

A sky is never darker than nothing.  Where one lies below zero by more than the noise of a pixel,
what was subtracted is too high: most often masters of another black level than the frame's.  All
is measured on a sparse sample of the pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bits, Floats, Reals
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.framemeasure import GRID, sample_of
from plateworks.pixels.statistics import finite, median, robust_sigma

#: What is farther from the middle than so many times the scatter is no sky.
_CLIP, _ROUNDS = 3.0, 8
#: The zero of a camera is seldom known better: so many times the noise of a pixel, and ADU.
_NOISES, _LEAST = 1.0, 1.0


class SkyLevel(NamedTuple):
    """What was measured of a sky.

    Attributes
    ----------
    level : float
        Of all pixels but stars, ADU.
    lowest : float
        Of a mosaic that of the colour which has least, ADU; else `level`.
    noise : float
        Of a pixel, by how it differs from its neighbours of the same colour, ADU.
    """

    level: float
    lowest: float
    noise: float

    @property
    def below_zero(self) -> bool:
        """Whether the sky, or that of one colour, lies below zero by more than its noise."""
        return self.lowest < -threshold(self.noise)


def threshold(noise: float) -> float:
    """Return how far from zero a level may be by the noise and the drift of a camera, ADU."""
    return max(_NOISES * noise, _LEAST)


def sky_level(image: Reals, mask: Bits | None = None, cell: Cell = MONO) -> SkyLevel | None:
    """Measure the sky.

    Parameters
    ----------
    image : (H, W) array
        ADU above zero; what is not finite is ignored.
    mask : (H, W) uint8 array, optional
        Pixels that are marked are ignored.
    cell : Cell
        How the colours lie.

    Returns
    -------
    SkyLevel or None
        None if no pixel is left.
    """
    sample = sampled_sky(image, mask, cell)
    levels = [_clipped_median(sample[where]) for where in cell.positions(sample.shape)]
    lit = [level for level in levels if level is not None]
    if not lit:
        return None
    level = _clipped_median(sample) if cell.colours else lit[0]
    return SkyLevel(lit[0] if level is None else level, min(lit), noise_of(sample))


def noise_of(sample: Reals) -> float:
    """Return the noise of a pixel of a sample by how it differs from the next of its colour."""
    values = sample.astype(np.float32, copy=False)
    apart = finite(values[:, 2:] - values[:, :-2])
    return robust_sigma(apart) / 2**0.5 if apart.size else 0.0


def share_below_zero(image: Reals) -> float:
    """Return which share of the area of an image lies below zero by more than its noise.

    Parameters
    ----------
    image : (H, W) array
        A sample of a frame, ADU above zero; what is not finite is ignored.
    """
    limit = -threshold(noise_of(image))
    down, across = (
        np.array_split(np.arange(size), min(count, size))
        for size, count in zip(image.shape, GRID[::-1], strict=True)
    )
    blocks = [image[rows[0] : rows[-1] + 1, x[0] : x[-1] + 1] for rows in down for x in across]
    return sum(median(block) < limit for block in blocks) / max(len(blocks), 1)


def sampled_sky(image: Reals, mask: Bits | None, cell: Cell) -> Floats:
    """Return the sample of an image that is looked at, marked pixels as NaN."""
    rows, columns = sample_of(image.shape[0], image.shape[1], cell=cell)
    sample = image[rows][:, columns].astype(np.float32)
    if mask is not None:
        sample[mask[rows][:, columns] != 0] = np.nan
    return sample


def _clipped_median(values: Reals) -> float | None:
    values = finite(values)
    for _ in range(_ROUNDS):
        middle, size = median(values), values.size
        values = values[np.abs(values - middle) <= _CLIP * robust_sigma(values, middle)]
        if values.size == size:
            break
    return median(values) if values.size else None
