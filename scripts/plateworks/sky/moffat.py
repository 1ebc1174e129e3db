"""How the light of a star is spread: the part of it that falls within a radius.

The profile is that of Moffat (1969), whose curve of growth is known to the end:
``1 - (1 + (r / a)**2) ** (1 - b)``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

#: What is tried: widths, as parts of what was measured before, and inverse exponents; the first is
#: a Gaussian.
WIDTHS, INVERSE = np.linspace(0.7, 1.4, 141), np.linspace(0.005, 0.555, 56)
#: How far an inverse exponent is from what was measured before.
KNOWN_WITHIN = 0.1
#: The square of the width of a star grows by so many squares of a pixel's side, as its variance.
PIXELS = 8 * math.log(2) / 12
#: No ring is known better than this part of the star.
LEAST_ERROR = 0.002


class Moffat(NamedTuple):
    """A profile of Moffat: its radius in pixels and its exponent."""

    radius: float
    exponent: float

    @classmethod
    def seen(cls, width: float, exponent: float, pixel: float) -> Moffat:
        """As pixels of a side show a star of a full width at half maximum."""
        width = math.sqrt(width**2 + PIXELS * pixel**2)
        return cls(width / (2 * math.sqrt(2 ** (1 / exponent) - 1)), exponent)

    def within(self, r: np.ndarray | float) -> np.ndarray:
        """The part of the light within a radius in pixels."""
        return growth(r, self.radius, self.exponent)

    def at(self, square: np.ndarray) -> np.ndarray:
        """The part of the light in a pixel, by the square of its distance."""
        peak = (self.exponent - 1) / (np.pi * self.radius**2)
        return peak * (1 + square / self.radius**2) ** -self.exponent

    @property
    def width(self) -> float:
        """The full width at half maximum in pixels."""
        return 2 * self.radius * math.sqrt(2 ** (1 / self.exponent) - 1)

    @property
    def half_light(self) -> float:
        """The radius in pixels within which half of the light is."""
        return self.radius * math.sqrt(0.5 ** (1 / (1 - self.exponent)) - 1)


class Spread(NamedTuple):
    """A profile, and what the light in an aperture is to be multiplied by, with its error."""

    profile: Moffat
    whole: float
    error: float


def growth(
    r: np.ndarray | float, radius: np.ndarray | float, exponent: np.ndarray | float
) -> np.ndarray:
    """The part of the light of a star within `r`; arrays go by numpy's rules."""
    return np.asarray(1 - (1 + (np.asarray(r) / radius) ** 2) ** (1 - np.asarray(exponent)))


def fit_spread(
    edges: np.ndarray, aperture: float, parts: np.ndarray, errors: np.ndarray, known: Moffat
) -> Spread:
    """Find the profile of stars whose light is known ring by ring.

    Every profile of a grid is weighed by how well it agrees; so the error of what lies beyond the
    rings is told too.

    Parameters
    ----------
    edges : (K + 1,) float64 array
        Where the rings begin and end, in pixels.
    aperture : float
        Its radius in pixels.
    parts, errors : (K,) float64 arrays
        The light of each ring, over that within the aperture; an infinite error says nothing.
    known : Moffat
        What was measured before.

    Returns
    -------
    Spread
    """
    exponent = 1 / INVERSE[:, None]
    radius = WIDTHS * known.width / (2 * np.sqrt(2 ** (1 / exponent) - 1))
    seen = np.array([growth(edge, radius, exponent) for edge in edges])
    held = growth(aperture, radius, exponent)
    model = np.diff(seen, axis=0) / held
    misses = (model - parts[:, None, None]) / np.maximum(errors, LEAST_ERROR)[:, None, None]
    chi = np.sum(misses**2, axis=0) + ((1 / exponent - 1 / known.exponent) / KNOWN_WITHIN) ** 2
    weight = np.exp(-0.5 * (chi - chi.min()))
    weight /= weight.sum()
    whole = float((weight / held).sum())
    error = float(np.sqrt((weight * (1 / held - whole) ** 2).sum()))
    best = np.unravel_index(np.argmin(chi), chi.shape)
    return Spread(Moffat(float(radius[best]), float(exponent[best[0], 0])), whole, error)
