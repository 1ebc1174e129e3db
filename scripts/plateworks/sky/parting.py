"""Stars parted from their neighbours, and from the sky below them.

What neighbours add to the light about a star follows from their own light and the profile that all
have in common; so all are parted at once, as programs do that fit stars in crowded fields (Stetson
1987, PASP 99, 191).  The sky is what a ring about a star has beyond the light of stars.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA
from plateworks.sky.moffat import Moffat
from plateworks.sky.rings import Ring, Stars

#: The ring in which the sky is read, in widths of a star, and of how many others beside; what is
#: so many times their scatter above them is no sky.
_RING, _NEAREST, _SCATTERS = (4.0, 6.5), 9, 3.0
#: Rounds in which sky and stars are parted, steps in which stars are, and the length of a step.
_ROUNDS, _STEPS, _STEP = 3, 20, 0.5
#: However much neighbours are found to add, so much of the light is left to a star.
_LEFT = 0.1


class Sky(NamedTuple):
    """The sky below stars.

    Attributes
    ----------
    level : (N,) float64 array
        What a pixel has.
    unrest : float
        By how much the sky is more uneven than by its noise, as noise of a pixel.
    area : float
        Pixels that each level is read from.
    """

    level: np.ndarray
    unrest: float
    area: float


class Parted(NamedTuple):
    """The light of stars alone, in a circle, and what others add to it, (N,); the sky below."""

    light: np.ndarray
    added: np.ndarray
    sky: Sky


class Surroundings:
    """Rings of sky about stars."""

    def __init__(self, stars: Stars, width: float) -> None:
        from scipy.spatial import KDTree

        self.ring = Ring(*(part * width for part in _RING))
        self._light, _, cut = stars.light(self.ring, stars.every)
        self._noise = float(np.median(stars.pixel_noise))
        self._whole = np.flatnonzero(~cut & np.isfinite(self._light))
        self._nearest = np.zeros((len(stars.xy), 0), int)
        if len(self._whole):
            near = min(_NEAREST, len(self._whole))
            _, found = KDTree(stars.xy[self._whole]).query(stars.xy, k=near)
            self._nearest = found.reshape(len(stars.xy), near)

    def sky(self, starlight: np.ndarray) -> Sky:
        """Return what is left of the sky, given how much light of stars is in each ring.

        Where that is much more than about other stars, and at the edge, theirs is taken.
        """
        if not len(self._whole):
            return Sky(np.zeros(len(self._light)), 0.0, self.ring.area)
        level = (self._light - starlight) / self.ring.area
        usual = np.median(level[self._whole][self._nearest], axis=1)
        off = (level - usual)[self._whole]
        scatter = MAD_TO_SIGMA * float(np.median(np.abs(off)))
        own = self._whole[off < _SCATTERS * scatter]
        usual[own] = level[own]
        unrest = max(scatter**2 * self.ring.area - self._noise**2, 0.0)
        return Sky(usual, float(np.sqrt(unrest)), self.ring.area)


def part(stars: Stars, circle: Ring, around: Surroundings, profile: Moffat) -> Parted:
    """Find what light each star has by itself in a circle about it.

    Parameters
    ----------
    stars : Stars
    circle : Ring
    around : Surroundings
    profile : Moffat
        Of all of them.

    Returns
    -------
    Parted
    """
    summed = stars.light(circle, stars.every).light
    shares = stars.shares(circle, stars.every, profile)
    beyond = stars.shares(around.ring, stars.every, profile)
    own = shares.diagonal()
    sky = around.sky(np.zeros(len(summed)))
    for _ in range(_ROUNDS):
        seen = summed - circle.area * sky.level
        whole = seen / own
        for _ in range(_STEPS):
            whole = whole + _STEP * (seen - shares @ whole) / own
            whole = np.maximum(whole, _LEFT * seen / own)
        sky = around.sky(beyond @ whole)
    return Parted(whole * own, seen - whole * own, sky)
