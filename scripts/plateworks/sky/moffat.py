"""How the light of a star is spread: the part of it that falls within a radius.

The profile is that of Moffat (1969), whose curve of growth is known to the end:
``1 - (1 + (r / a)**2) ** (1 - b)``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

#: What is tried: widths, as parts of what was measured before, and exponents; 20 is a Gaussian.
WIDTHS = np.linspace(0.5, 1.8, 105)
EXPONENTS = np.geomspace(1.8, 20.0, 60)
#: What is known of exponents beforehand: stars of telescopes have 2.5 to 5.
USUAL, USUAL_WITHIN = math.log(3.5), 0.6
#: No ring is known better than this part of the star.
LEAST_ERROR = 0.002


class Moffat(NamedTuple):
    """A profile of Moffat: its radius in pixels and its exponent."""

    radius: float
    exponent: float

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
    edges: np.ndarray,
    aperture: float,
    parts: np.ndarray,
    errors: np.ndarray,
    sky: tuple[float, float],
    width: float,
) -> Spread:
    """Find the profile of stars whose light is known ring by ring.

    Every profile of a grid is weighed by how well it agrees; so the error of what lies beyond the
    rings is told too.

    Parameters
    ----------
    edges : (K + 1,) float64 array
        Where the rings begin and end, in pixels.
    aperture : float
    parts, errors : (K,) float64 arrays
        The light of each ring, over that within the aperture; an infinite error says nothing.
    sky : (float, float)
        The ring in pixels whose level was taken for that of the sky.
    width : float
        The full width at half maximum, as known before.

    Returns
    -------
    Spread
    """
    exponent = EXPONENTS[:, None]
    radius = WIDTHS * width / (2 * np.sqrt(2 ** (1 / exponent) - 1))
    inside = np.array([growth(edge, radius, exponent) for edge in (*edges, aperture, *sky)])
    level = (inside[-1] - inside[-2]) / (sky[1] ** 2 - sky[0] ** 2)
    taken = np.array([*edges, aperture])[:, None, None] ** 2 * level
    seen = inside[:-2] - taken
    held = seen[-1]
    model = np.diff(seen[:-1], axis=0) / held
    misses = (model - parts[:, None, None]) / np.maximum(errors, LEAST_ERROR)[:, None, None]
    chi = np.sum(misses**2, axis=0) + ((np.log(exponent) - USUAL) / USUAL_WITHIN) ** 2
    weight = np.exp(-0.5 * (chi - chi.min()))
    weight /= weight.sum()
    whole = float((weight / held).sum())
    error = float(np.sqrt((weight * (1 / held - whole) ** 2).sum()))
    best = np.unravel_index(np.argmin(chi), chi.shape)
    return Spread(Moffat(float(radius[best]), float(exponent[best[0], 0])), whole, error)
