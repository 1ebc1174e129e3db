"""Values that a converter rounds to whole steps, and what they were before."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles

#: From so much variance on, in squares of steps, rounding adds a twelfth of one at any place.
FINE = 1.0
#: A pattern of more steps meets all their fractions alike.
_EVEN = 0.5
#: Places between steps that stand for all, and for those of a normal pattern of a width of 1.
_EVENLY = (np.arange(32) + 0.5) / 32
_NORMAL = np.asarray([NormalDist().inv_cdf(place) for place in _EVENLY])


class Unrounded(NamedTuple):
    """Normal values before they were rounded, in steps.

    Attributes
    ----------
    sigma : float
        Standard deviation of the values of a pixel.
    place : float
        Mean of all pixels.
    width : float
        Standard deviation of the means of the pixels.
    """

    sigma: float
    place: float
    width: float


def unrounded(variance: float, place: float, width: float) -> Unrounded:
    """Return what rounded values were before.

    The variance of rounded values depends on where between two steps the true mean lies; with many
    such places, or much scatter, it is larger by a twelfth of a square of the step.

    Parameters
    ----------
    variance : float
        Of the rounded values of a pixel, the mean of all pixels, in squares of steps; above zero.
    place, width : float
        Mean of all pixels, and standard deviation of the means of pixels, in steps.
    """
    if variance > FINE:
        return Unrounded((variance - 1 / 12) ** 0.5, place, width)
    even = width > _EVEN
    low, high = 0.01, 1.2
    for _ in range(30):
        sigma, centre, wide = (low + high) / 2, place, width
        for _ in range(1 if even else 8):
            mean, spread, of_one = _rounded(centre + (_EVENLY if even else wide * _NORMAL), sigma)
            if not even:
                centre += place - mean
                wide = min(wide * min(width / spread, 2.0), _EVEN) if spread > 0 else 0.0
        low, high = (sigma, high) if of_one < variance else (low, sigma)
    return Unrounded(sigma, centre, wide)


def _rounded(places: Doubles, sigma: float) -> tuple[float, float, float]:
    """Round normal values about `places`, in steps.

    Returns
    -------
    (float, float, float)
        The mean of the means at all places, how widely these differ, and the mean variance.
    """
    near = np.rint(places)
    numbers = np.arange(-8, 9)
    edges = np.append(numbers - 0.5, numbers[-1] + 0.5)
    share = np.diff(_below((edges - (places - near)[:, None]) / sigma), axis=1)
    mean = (share * numbers).sum(axis=1)
    variance = (share * numbers**2).sum(axis=1) - mean**2
    means = near + mean
    return float(means.mean()), float(means.std()), float(variance.mean())


def _below(values: Doubles) -> Doubles:
    """Return the normal distribution function, right to 1e-7 (Abramowitz and Stegun 7.1.26)."""
    size = np.abs(values) / 2**0.5
    t = 1 / (1 + 0.3275911 * size)
    series = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + factor
    half = 0.5 * series * t * np.exp(-(size**2))
    return np.where(values < 0, half, 1 - half)
