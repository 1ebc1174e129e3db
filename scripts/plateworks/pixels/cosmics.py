"""Cosmic rays in a single frame: L.A.Cosmic."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Bools, Floats, Reals
from plateworks.pixels.background import local_background
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.cosmetic import replace
from plateworks.pixels.cosmicplane import Plane
from plateworks.pixels.cosmicwindows import find
from plateworks.pixels.statistics import median


def clean(
    image: Reals,
    *,
    egain: float,
    read_noise: float,
    saturation_adu: float | None = None,
    mask: Bools | None = None,
    extra: Reals | None = None,
    cell: Cell = MONO,
    sigclip: float = 4.5,
    sigfrac: float = 0.3,
    objlim: float = 5.0,
    niter: int = 4,
) -> tuple[Floats, Bools]:
    """Find cosmic rays and replace them by the mean of their good neighbours.

    Parameters
    ----------
    image : (H, W) float array
        A calibrated frame in ADU with its sky: the noise expected of a pixel is computed from its
        value, so an image without sky has too little noise and cosmic rays everywhere.  For an
        image in electrons, give 1 for `egain` and electrons for `saturation_adu`.
    egain : float
        Electrons per ADU.
    read_noise : float
        Electrons.
    saturation_adu : float, optional
        The level of `image` from which stars are saturated; they and their surroundings are left
        alone.  It lies below that of the raw frame by what was subtracted.
    mask : (H, W) bool array, optional
        Pixels that are neither to be found nor to be used for repair.
    extra : (H, W) float array, optional
        Variance in ADU**2 beyond that of the pixel's value and of the reading, as
        :func:`unexplained_variance` finds it.
    cell : Cell
        How the colours lie: each is looked at by itself, as in a mosaic every second
        pixel every green one looks like a cosmic ray.  Stars are then sampled half as finely, and
        sharp ones need a higher `objlim`.
    sigclip, sigfrac, objlim, niter
        As in astroscrappy: the limit in sigmas, the fraction of it for neighbours of a hit, the
        least contrast with the fine structure, and the number of iterations.

    Returns
    -------
    cleaned : (H, W) float32 array
        As `image`, but for the pixels that were hit; missing ones (NaN) stay missing.
    hit : (H, W) bool array

    Notes
    -----
    van Dokkum (2001, PASP 113, 1420), by astroscrappy (McCully et al., doi:10.5281/zenodo.1482019)
    with separable medians and the masked mean for cleaning.  It multiplies the image by the gain
    first, and compares the product with its ``satlevel``, which is therefore in electrons.  It is
    run in windows only, but finds bit for bit what it finds in the whole frame: see
    :func:`plateworks.pixels.cosmicwindows.find_in_windows`.
    """
    missing = ~np.isfinite(image)
    ignored = missing if mask is None else missing | mask
    cleaned = image.astype(np.float32)
    hit = np.zeros(image.shape, bool)
    options = {"sigclip": sigclip, "sigfrac": sigfrac, "objlim": objlim, "niter": niter}
    for where in cell.positions(image.shape):
        pixels = _without_holes(np.ascontiguousarray(cleaned[where]), missing[where])
        variance = None
        if extra is not None:
            variance = pixels / egain + (read_noise / egain) ** 2
            variance += extra[where]
        plane = Plane(
            image=pixels,
            ignored=np.ascontiguousarray(ignored[where]),
            variance=variance,
            gain=egain,
            readnoise=read_noise,
            satlevel=np.inf if saturation_adu is None else saturation_adu * egain,
        )
        y, x, values = find(plane, options)
        cleaned[where][y, x] = values
        hit[where][y, x] = True
    return cleaned, hit


def unexplained_variance(
    image: Reals, *, egain: float, read_noise: float, cell: Cell = MONO
) -> Floats:
    """Return how much noisier the background is than its level and the reading explain.

    What was subtracted leaves its noise behind: with a faint sky, dark current and the glow of an
    amplifier are the greater part.  Flat division raises the noise of dim corners.  Without this
    part L.A.Cosmic takes noise for cosmic rays.

    Parameters
    ----------
    image, egain, read_noise, cell
        As :func:`clean`.

    Returns
    -------
    (H, W) float32 array
        ADU**2, nowhere below zero.
    """
    extra = np.empty(image.shape, np.float32)
    for where in cell.positions(image.shape):
        residual, variance = local_background(image[where])
        explained = np.subtract(image[where], residual, out=residual)
        explained /= egain
        explained += (read_noise / egain) ** 2
        variance *= variance
        variance -= explained
        np.fmax(variance, 0.0, out=extra[where])
    return extra


def _without_holes(image: Floats, missing: Bools) -> Floats:
    """Fill missing pixels smoothly: a hole would make its rim look like a cosmic ray."""
    if not missing.any():
        return image
    filled = replace(image, missing)
    left = ~np.isfinite(filled)
    if left.any():
        filled[left] = 0.0 if missing.all() else median(image)
    return filled
