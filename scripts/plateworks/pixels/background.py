"""The smooth part of an image, and its noise, from the medians of tiles."""

from __future__ import annotations

import bottleneck
import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA, robust_sigma

#: Side of a tile in pixels: a thousand values give the noise to 4 %, and the glow of an amplifier
#: is nearly straight over such a distance.
TILE = 32


def local_background(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
    residual = image.astype(np.float32)
    residual -= _expand(_tile_medians(residual), image.shape)
    deviation = np.abs(residual)
    sigma = _expand(MAD_TO_SIGMA * _tile_medians(deviation), image.shape)
    np.maximum(sigma, robust_sigma(residual, centre=0.0) / 2, out=sigma)
    return residual, sigma


def _tile_medians(image: np.ndarray) -> np.ndarray:
    """Return the medians of the finite values in tiles; those at the far edges are mirrored full.

    A tile without any finite value has the median of the others.
    """
    height, width = image.shape
    padded = np.pad(image, ((0, -height % TILE), (0, -width % TILE)), mode="symmetric")
    padded[~np.isfinite(padded)] = np.nan
    bands = padded.reshape(padded.shape[0] // TILE, TILE, -1, TILE).swapaxes(1, 2)
    medians = np.stack(
        [bottleneck.nanmedian(band.reshape(len(band), -1), axis=1) for band in bands]
    )
    empty = np.isnan(medians)
    if empty.any():
        medians[empty] = 0.0 if empty.all() else np.median(medians[~empty])
    return medians


def _expand(mesh: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Interpolate linearly between the centres of tiles, and go on so towards the edges."""
    (top, bottom, down), (left, right, across) = (
        _between(n, tiles) for n, tiles in zip(shape, mesh.shape, strict=True)
    )
    columns = mesh[:, left] + (mesh[:, right] - mesh[:, left]) * across
    out = np.empty(shape, np.float32)
    for y in range(shape[0]):
        upper, lower = columns[top[y]], columns[bottom[y]]
        np.add(upper, (lower - upper) * down[y], out=out[y])
    return out


def _between(n: int, tiles: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each of `n` pixels the two tiles it lies between and the weight of the second."""
    position = (np.arange(n, dtype=np.float32) + 0.5) / TILE - 0.5
    first = np.clip(np.floor(position).astype(int), 0, max(tiles - 2, 0))
    return first, np.minimum(first + 1, tiles - 1), position - first.astype(np.float32)
