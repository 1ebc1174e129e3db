"""Frames of stars of a known width and shape, each summed in pixels, and a plain fit to one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

#: Side of what a pixel is divided into to sum a star in it.
FINE = 5
SKY, EGAIN = 200.0, 2.0  # ADU, electrons per ADU


class Drawn(NamedTuple):
    """A frame, (H, W) float32 in ADU, and its stars: centres from 0, and all their light in ADU."""

    image: np.ndarray
    x: np.ndarray
    y: np.ndarray
    flux: np.ndarray


def moffat(dx, dy, fwhm, beta, ellipticity=0.0, theta=0.0):
    """Return the light at places about a star of light 1; beta None: a Gaussian.

    FWHM is that of a round star of the same area.
    """
    ratio, turn = 1 - ellipticity, np.radians(theta)
    along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    square = along**2 * ratio + across**2 / ratio
    if beta is None:
        return np.exp(-4 * np.log(2) * square / fwhm**2) * 4 * np.log(2) / (np.pi * fwhm**2)
    core = 4 * (2 ** (1 / beta) - 1) / fwhm**2
    return (beta - 1) * core / np.pi * (1 + core * square) ** -beta


def in_pixels(x, y, left, top, size, *shape):
    """Return a star at (x, y) summed in a square of pixels that begins at (left, top)."""
    way = (np.arange(size * FINE) + 0.5) / FINE - 0.5
    light = moffat(left + way - x, (top + way - y)[:, None], *shape)
    return light.reshape(size, FINE, size, FINE).mean(axis=(1, 3))


def draw_stars(
    fwhm, beta=None, *, ellipticity=0.0, theta=0.0, stars=60, shape=(420, 440), pairs=None,
    faintest=50.0, brightest=3000.0, colours=None, seed=1,
) -> Drawn:  # fmt: skip
    """Draw stars at random places of a grid, so that none is beside another.

    With `pairs`, each has another of the same light so many FWHM away; `colours` is what part of
    the light passes the four pixels of a mosaic.  The light of the faintest and brightest is
    so many times the noise of the sky within the FWHM.
    """
    rng = np.random.default_rng(seed)
    size = int(np.ceil(6 * fwhm)) * 2 + 5
    side = int(np.ceil(np.sqrt(stars)))
    step = max(min(shape) // side, int(8 * fwhm) + 4)
    shape = (max(shape[0], step * side), max(shape[1], step * side))
    light, x, y = np.zeros(np.array(shape) + 2 * size), [], []
    for row in range(side):
        for column in range(side):
            x.append((column + 0.5) * step + rng.uniform(-1, 1))
            y.append((row + 0.5) * step + rng.uniform(-1, 1))
    unit = (SKY / EGAIN) ** 0.5 * fwhm
    flux = unit * np.exp(rng.uniform(np.log(faintest), np.log(brightest), len(x)))
    x, y = np.array(x), np.array(y)
    if pairs:
        x, y, flux = np.append(x, x + pairs * fwhm), np.append(y, y), np.tile(flux, 2)
    for one_x, one_y, one in zip(x, y, flux, strict=True):
        left, top = int(one_x) - size // 2, int(one_y) - size // 2
        where = np.s_[top + size : top + 2 * size, left + size : left + 2 * size]
        light[where] += one * in_pixels(
            one_x, one_y, left, top, size, fwhm, beta, ellipticity, theta
        )
    light = light[size : size + shape[0], size : size + shape[1]] + SKY
    if colours is not None:
        rows, columns = np.indices(shape)
        light = light * np.array(colours)[2 * (rows % 2) + columns % 2]
    image = rng.poisson(light * EGAIN) / EGAIN
    return Drawn(image.astype(np.float32), x, y, flux)


def fit_fwhm(image, x, y, guess):
    """Return the FWHM of one star by a fit of a Moffat star, summed in pixels, and of its sky."""
    size = 2 * int(np.ceil(2.5 * guess)) + 1
    left, top = int(x) - size // 2, int(y) - size // 2
    seen = image[top : top + size, left : left + size].astype(float)

    def miss(p):
        star = in_pixels(p[0], p[1], left, top, size, abs(p[3]), max(p[4], 1.05))
        model = p[2] * star + p[5]
        return ((model - seen) / np.sqrt(np.maximum(seen, 1) / EGAIN)).ravel()

    start = [x, y, (seen - np.median(seen)).sum(), guess, 3.5, np.median(seen)]
    return abs(least_squares(miss, start, x_scale=np.abs(start) + 0.1).x[3])
