"""Stars on an image, and rings about them: the light that is there, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.sky.moffat import Moffat

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Stars whose light may reach a ring are within so many widths of its rim.
_REACH = 4.0
#: Distances for which the light in a ring is reckoned, and places in it, along and across.
_DISTANCES, _ALONG, _ACROSS = 100, 48, 24


class Ring(NamedTuple):
    """A ring by its radii in pixels; a circle where the inner one is 0."""

    inner: float
    outer: float

    @property
    def area(self) -> float:
        return float(np.pi * (self.outer**2 - self.inner**2))

    def holds(self, profile: Moffat, distance: np.ndarray) -> np.ndarray:
        """Return the part of the light of stars that it holds, (N,), so far from its middle."""
        node, weight = np.polynomial.legendre.leggauss(_ACROSS)
        half = (self.outer - self.inner) / 2
        radius = self.inner + half * (node + 1)
        angle = (np.arange(_ALONG) + 0.5) * np.pi / _ALONG
        along = -2 * radius[:, None, None] * np.outer(np.cos(angle), distance)
        light = profile.at(radius[:, None, None] ** 2 + distance**2 + along).mean(axis=1)
        return np.asarray(np.sum((weight * half * 2 * np.pi * radius)[:, None] * light, axis=0))

    def overlap(self, distance: np.ndarray) -> np.ndarray:
        """Return which part of a circle another so far off has in common with it, same shape."""
        half = np.minimum(distance / (2 * self.outer), 1.0)
        return np.asarray(2 / np.pi * (np.arccos(half) - half * np.sqrt(1 - half**2)))


class Sums(NamedTuple):
    """Light in rings, (N,) float64; those that miss pixels, and those across the frame's edge."""

    light: np.ndarray
    holes: np.ndarray
    cut: np.ndarray


class Stars(NamedTuple):
    """Stars on an image.

    Attributes
    ----------
    data : (H, W) float32 array
        Without its sky.
    ignore : (H, W) bool array or None
        What does not count; of a ring, the rest stands for it.
    pixel : int
        Side of the square over which each value of `data` is a mean.
    xy : (N, 2) float64 array
        Centres, counted from 0.
    noise : (N,) array
        Of one value of `data`, at each star.
    """

    data: np.ndarray
    ignore: np.ndarray | None
    pixel: int
    xy: np.ndarray
    noise: np.ndarray

    @property
    def every(self) -> np.ndarray:
        return np.arange(len(self.xy))

    @property
    def pixel_noise(self) -> np.ndarray:
        """As sums over many pixels have it, since windows of a mosaic overlap: (N,)."""
        return self.pixel * self.noise

    def noisy_area(self, circle: Ring) -> float:
        """Return how many pixels of that noise make the noise of a circle.

        Values that overlap share pixels; those at the rim share fewer, with others in the circle.
        """
        steps = np.arange(1 - self.pixel, self.pixel)
        shared = (self.pixel - np.abs(steps)) / self.pixel**2
        overlap = circle.overlap(np.hypot(steps, steps[:, None]))
        return circle.area * float(np.sum(shared * shared[:, None] * overlap))

    def light(self, ring: Ring, some: np.ndarray) -> Sums:
        """Sum the light in a ring about each of some stars."""
        import sep

        x, y = self.xy[some].T
        if ring.inner:
            sums, _, flag = sep.sum_circann(self.data, x, y, *ring, mask=self.ignore, subpix=0)
        else:
            sums, _, flag = sep.sum_circle(self.data, x, y, ring.outer, mask=self.ignore, subpix=0)
        holes, cut = (flag & bit != 0 for bit in (sep.APER_HASMASKED, sep.APER_TRUNC))
        return Sums(np.asarray(sums, np.float64), holes, cut)

    def shares(self, ring: Ring, some: np.ndarray, profile: Moffat) -> csr_array:
        """Return which part of the light of each star is in the ring about each of some: (M, N).

        It is sparse: only what is near counts.  What each star has in its own ring is there too.
        """
        from scipy.sparse import csr_array
        from scipy.spatial import KDTree

        reach = ring.outer + _REACH * profile.width
        trees = KDTree(self.xy[some]), KDTree(self.xy)
        near = trees[0].sparse_distance_matrix(trees[1], reach, output_type="ndarray")
        distance = np.linspace(0, reach, _DISTANCES)
        parts = np.interp(near["v"], distance, ring.holds(profile, distance))
        return csr_array((parts, (near["i"], near["j"])), shape=(len(some), len(self.xy)))
