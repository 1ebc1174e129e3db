"""How the light of a star is spread: the part of it that falls within a radius.

The profile is that of Moffat (1969), whose curve of growth is known to the end:
``1 - (1 + t) ** (1 - b)``, with ``t = (r / a)**2``.  Pixels blur the middle of a star and leave its
wings alone.  Blurred by a variance of ``v`` along each axis, as much light is within ``r`` as was
within a radius that is less, ``t / (1 + q / (1 + t))`` with ``q = 2 * b * v / a**2``: to the first
power of ``v`` for any star, and exactly for a Gaussian.
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
#: The square of a full width at half maximum, in variances of a Gaussian.
SQUARE_OF_WIDTH = 8 * math.log(2)
#: No ring is known better than this part of the star.
LEAST_ERROR = 0.002


class Moffat(NamedTuple):
    """A profile of Moffat: its radius in pixels, its exponent, and the variance that blurs it."""

    radius: float
    exponent: float
    blur: float = 0.0

    @classmethod
    def seen(cls, width: float, exponent: float, pixel: float) -> Moffat:
        """As pixels of a side show a star of a full width at half maximum."""
        radius = width / (2 * math.sqrt(2 ** (1 / exponent) - 1))
        return cls(radius, exponent, pixel**2 / 12)

    def within(self, r: np.ndarray | float) -> np.ndarray:
        """The part of the light within a radius in pixels."""
        return growth(r, *self)

    def at(self, square: np.ndarray) -> np.ndarray:
        """The part of the light in a pixel, by the square of its distance."""
        t, q = square / self.radius**2, self._blurred
        slope = ((1 + t) ** 2 + q * (1 + 2 * t)) / (1 + t + q) ** 2
        peak = (self.exponent - 1) / (np.pi * self.radius**2)
        return peak * slope * (1 + t / (1 + q / (1 + t))) ** -self.exponent

    @property
    def width(self) -> float:
        """The full width at half maximum in pixels, roughly, as they show it."""
        return math.hypot(self.unblurred_width, math.sqrt(SQUARE_OF_WIDTH * self.blur))

    @property
    def unblurred_width(self) -> float:
        """The full width at half maximum in pixels, as the light fell on them."""
        return 2 * self.radius * math.sqrt(2 ** (1 / self.exponent) - 1)

    @property
    def half_light(self) -> float:
        """The radius in pixels within which half of the light is."""
        half = 0.5 ** (1 / (1 - self.exponent)) - 1
        part = (half - 1) / 2
        return self.radius * math.sqrt(part + math.sqrt(part**2 + half * (1 + self._blurred)))

    @property
    def _blurred(self) -> float:
        return 2 * self.exponent * self.blur / self.radius**2


class Spread(NamedTuple):
    """A profile, and what the light in an aperture is to be multiplied by, with its error."""

    profile: Moffat
    whole: float
    error: float


def growth(
    r: np.ndarray | float,
    radius: np.ndarray | float,
    exponent: np.ndarray | float,
    blur: float = 0.0,
) -> np.ndarray:
    """The part of the light of a star within `r`; arrays go by numpy's rules."""
    t = (np.asarray(r) / radius) ** 2
    t = t / (1 + 2 * np.asarray(exponent) * blur / np.square(radius) / (1 + t))
    return np.asarray(1 - (1 + t) ** (1 - np.asarray(exponent)))


def fit_spread(
    edges: np.ndarray,
    aperture: float,
    parts: np.ndarray,
    errors: np.ndarray,
    common: np.ndarray,
    known: Moffat,
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
    common : (K,) float64 array
        A further error, by which all rings are off together: that of the sky below them.
    known : Moffat
        What was measured before, with the blur of all.

    Returns
    -------
    Spread
    """
    exponent = 1 / INVERSE[:, None]
    radius = WIDTHS * known.unblurred_width / (2 * np.sqrt(2 ** (1 / exponent) - 1))
    seen = np.array([growth(edge, radius, exponent, known.blur) for edge in edges])
    held = growth(aperture, radius, exponent, known.blur)
    model = np.diff(seen, axis=0) / held
    errors = np.maximum(errors, LEAST_ERROR)
    misses = (model - parts[:, None, None]) / errors[:, None, None]
    # A sky that is wrong by so much is wrong in all rings: what they have in common tells by how
    # much (the inverse of the covariance by Sherman & Morrison 1950).
    along = common / errors
    chi = np.sum(misses**2, axis=0) - np.tensordot(along, misses, 1) ** 2 / (1 + along @ along)
    chi += ((1 / exponent - 1 / known.exponent) / KNOWN_WITHIN) ** 2
    weight = np.exp(-0.5 * (chi - chi.min()))
    weight /= weight.sum()
    whole = float((weight / held).sum())
    error = float(np.sqrt((weight * (1 / held - whole) ** 2).sum()))
    best = np.unravel_index(np.argmin(chi), chi.shape)
    profile = Moffat(float(radius[best]), float(exponent[best[0], 0]), known.blur)
    return Spread(profile, whole, error)
