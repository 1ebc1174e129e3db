"""The smooth part of an image, and its noise, from the medians of tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.mesh import Mesh, rows_of, tile_medians
from plateworks.pixels.statistics import MAD_TO_SIGMA, median_of_parts, robust_sigma


class Smooth(NamedTuple):
    """An image that is smooth, told by one number a tile; or the noise of one.

    Attributes
    ----------
    mesh : (h, w) float32 array
        Of the tiles.
    shape : (int, int)
        Of the image.
    least : float32
        Nowhere is it less.
    """

    mesh: Floats
    shape: tuple[int, ...]
    least: np.float32

    def parts(self) -> Iterator[tuple[slice, Floats]]:
        """Yield some rows after the other, and which: in memory that the next are put into."""
        for rows, values in Mesh(self.mesh, self.shape).parts():
            yield rows, np.maximum(values, self.least, out=values)

    def whole(self) -> Floats:
        """Return all of it, (H, W) float32."""
        out = np.empty(self.shape, np.float32)
        for rows, values in self.parts():
            out[rows] = values
        return out

    def median(self) -> float:
        """Return the exact median of all pixels."""
        return median_of_parts(
            lambda: (values for _, values in self.parts()), math.prod(self.shape)
        )


def local_background(image: Reals) -> tuple[Floats, Floats]:
    """Separate an image from its background, and estimate the noise round each pixel.

    The background is interpolated linearly between the medians of tiles, the noise between the
    median absolute deviations of what is left; up to half of a tile may be defective.  No noise is
    taken to be less than half of the whole image's, since a quiet tile may hold but one value.

    Parameters
    ----------
    image : (H, W) array
        Any real type; what is not finite is ignored.

    Returns
    -------
    residual, sigma : (H, W) float32 arrays
        Image minus background (not finite where the image is not), and noise.
    """
    residual, noise = without_background(image)
    return residual, noise.whole()


def without_background(image: Reals, copy: bool = True) -> tuple[Floats, Smooth]:
    """Return the same, but of the noise only what tells it.

    Parameters
    ----------
    image : (H, W) array
    copy : bool
        False lets a float32 image become the residual.
    """
    fresh = copy or image.dtype != np.float32
    residual = np.empty(image.shape, np.float32) if fresh else image
    for rows, level in Mesh(tile_medians(rows_of(image), image.shape), image.shape).parts():
        # As float32 from the beginning, in which tiles have their medians.
        np.subtract(image[rows].astype(np.float32, copy=False), level, out=residual[rows])
    least = np.float32(robust_sigma(residual, centre=0.0) / 2)
    noise = MAD_TO_SIGMA * tile_medians(rows_of(residual), image.shape, absolute=True)
    return residual, Smooth(noise, image.shape, least)


def background_rows(image: Floats) -> Iterator[Floats]:
    """Yield the rows of the background of an image, (W,) float32, as in local_background."""
    for _, levels in Mesh(tile_medians(rows_of(image), image.shape), image.shape).parts():
        yield from levels
