"""The smooth part of an image, and its noise, from the medians of tiles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.statistics import (
    MAD_TO_SIGMA,
    median_of_parts,
    medians_of_rows,
    robust_sigma,
)

#: Side of a tile in pixels: a thousand values give the noise to 4 %, and the glow of an amplifier
#: is nearly straight over such a distance.
TILE = 32
#: Rows of an image that are worked on together: they stay in the cache of the processor.
_ROWS = 8


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
        for rows, values in _expanded(self.mesh, self.shape):
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
    for rows, level in _expanded(_tile_medians(image), image.shape):
        # As float32 from the beginning, in which tiles have their medians.
        np.subtract(image[rows].astype(np.float32, copy=False), level, out=residual[rows])
    least = np.float32(robust_sigma(residual, centre=0.0) / 2)
    noise = MAD_TO_SIGMA * _tile_medians(residual, absolute=True)
    return residual, Smooth(noise, image.shape, least)


def background_rows(image: Floats) -> Iterator[Floats]:
    """Yield the rows of the background of an image, (W,) float32, as in local_background."""
    for _, levels in _expanded(_tile_medians(image), image.shape):
        yield from levels


def _tile_medians(image: Reals, absolute: bool = False) -> Floats:
    """Return the medians of the finite values in tiles, or of their absolute values: float32.

    Tiles at the far edges are mirrored full.  One without any finite value has the median of the
    others.
    """
    height, width = image.shape
    down = np.pad(np.arange(height), (0, -height % TILE), mode="symmetric")
    across = np.pad(np.arange(width), (0, -width % TILE), mode="symmetric")
    whole, bands = width // TILE, []
    tiles = np.empty((across.size // TILE, TILE, TILE), np.float32)
    for top in range(0, down.size, TILE):
        bottom = top + TILE
        band = image[top:bottom] if bottom <= height else image[down[top:bottom]]
        inner = band[:, : whole * TILE].reshape(TILE, whole, TILE)
        tiles[:whole] = inner.swapaxes(0, 1)
        if whole < len(tiles):
            tiles[whole] = band[:, across[whole * TILE :]]
        if absolute:
            np.abs(tiles, out=tiles)
        bands.append(medians_of_rows(tiles.reshape(-1, TILE**2)))
    medians = np.stack(bands)
    empty = np.isnan(medians)
    if empty.any():
        medians[empty] = 0.0 if empty.all() else np.median(medians[~empty])
    return medians


def _expanded(mesh: Floats, shape: tuple[int, ...]) -> Iterator[tuple[slice, Floats]]:
    """Yield some rows of an image, and which: linear between the centres of tiles, and beyond.

    The rows are in memory that the next ones are put into.
    """
    (top, bottom, down), (left, right, across) = (
        _between(n, tiles) for n, tiles in zip(shape, mesh.shape, strict=True)
    )
    columns = mesh[:, left] + (mesh[:, right] - mesh[:, left]) * across
    room = np.empty((_ROWS, shape[1]), np.float32)
    last = -1
    for first, stop in _alike(top):
        above, below = top[first], bottom[first]
        if above != last:
            slope, last = columns[below] - columns[above], above
        rows = room[: stop - first]
        np.multiply(slope, down[first:stop, None], out=rows)
        rows += columns[above]
        yield slice(first, stop), rows


def _alike(top: Integers) -> Iterator[tuple[int, int]]:
    """Yield stretches of a few rows that lie between the same tiles: the first, and one past."""
    ends = [0, *(np.flatnonzero(np.diff(top)) + 1).tolist(), len(top)]
    for begin, end in itertools.pairwise(ends):
        for first in range(begin, end, _ROWS):
            yield first, min(first + _ROWS, end)


def _between(n: int, tiles: int) -> tuple[Integers, Integers, Floats]:
    """Return for each of `n` pixels the two tiles it lies between and the weight of the second."""
    position = (np.arange(n, dtype=np.float32) + 0.5) / TILE - 0.5
    first = np.clip(np.floor(position).astype(int), 0, max(tiles - 2, 0))
    return first, np.minimum(first + 1, tiles - 1), position - first.astype(np.float32)
