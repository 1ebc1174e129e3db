"""The smooth part of an image, and its noise, from the medians of tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.statistics import MAD_TO_SIGMA, medians_of_rows, robust_sigma

#: Side of a tile in pixels: a thousand values give the noise to 4 %, and the glow of an amplifier
#: is nearly straight over such a distance.
TILE = 32


def local_background(image: Reals, copy: bool = True) -> tuple[Floats, Floats]:
    """Separate an image from its background, and estimate the noise round each pixel.

    The background is interpolated linearly between the medians of tiles, the noise between the
    median absolute deviations of what is left; up to half of a tile may be defective.  No noise is
    taken to be less than half of the whole image's, since a quiet tile may hold but one value.

    Parameters
    ----------
    image : (H, W) array
        Any real type; what is not finite is ignored.
    copy : bool
        False lets a float32 image become the residual.

    Returns
    -------
    residual, sigma : (H, W) float32 arrays
        Image minus background (not finite where the image is not), and noise.
    """
    residual = image.astype(np.float32, copy=copy)
    for row, level in zip(residual, background_rows(residual), strict=True):
        row -= level
    least = np.float32(robust_sigma(residual, centre=0.0) / 2)
    sigma = np.empty(image.shape, np.float32)
    noise = MAD_TO_SIGMA * _tile_medians(residual, np.abs)
    for row, level in zip(sigma, _expanded(noise, image.shape), strict=True):
        np.maximum(level, least, out=row)
    return residual, sigma


def background_rows(image: Floats) -> Iterator[Floats]:
    """Yield the rows of the background of an image, (W,) float32, as in local_background."""
    return _expanded(_tile_medians(image), image.shape)


def _tile_medians(image: Floats, prepare: Callable[[Floats], Floats] = np.asarray) -> Floats:
    """Return the medians of the finite values in tiles; those at the far edges are mirrored full.

    A tile without any finite value has the median of the others.
    """
    height, width = image.shape
    rows = np.pad(np.arange(height), (0, -height % TILE), mode="symmetric")
    bands = []
    for top in range(0, len(rows), TILE):
        band = prepare(image[rows[top : top + TILE]])
        band = np.pad(band, ((0, 0), (0, -width % TILE)), mode="symmetric")
        tiles = band.reshape(TILE, -1, TILE).swapaxes(0, 1).reshape(-1, TILE * TILE)
        bands.append(medians_of_rows(tiles))
    medians = np.stack(bands)
    empty = np.isnan(medians)
    if empty.any():
        medians[empty] = 0.0 if empty.all() else np.median(medians[~empty])
    return medians


def _expanded(mesh: Floats, shape: tuple[int, ...]) -> Iterator[Floats]:
    """Yield the rows of an image: linear between the centres of tiles, and on towards the edges."""
    (top, bottom, down), (left, right, across) = (
        _between(n, tiles) for n, tiles in zip(shape, mesh.shape, strict=True)
    )
    columns = mesh[:, left] + (mesh[:, right] - mesh[:, left]) * across
    last = -1
    for above, below, part in zip(top, bottom, down, strict=True):
        if above != last:
            slope, last = columns[below] - columns[above], above
        row = slope * part
        row += columns[above]
        yield row


def _between(n: int, tiles: int) -> tuple[Integers, Integers, Floats]:
    """Return for each of `n` pixels the two tiles it lies between and the weight of the second."""
    position = (np.arange(n, dtype=np.float32) + 0.5) / TILE - 0.5
    first = np.clip(np.floor(position).astype(int), 0, max(tiles - 2, 0))
    return first, np.minimum(first + 1, tiles - 1), position - first.astype(np.float32)
