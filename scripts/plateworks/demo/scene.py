"""The sky as the telescope gives it: stars at their places, and the glow between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.wcs import WCS

#: The star table that comes with the project.
STARS = Path(__file__).parents[3] / "config" / "demo" / "stars.csv"
#: Astrometry.net index of the same stars.
INDEX = STARS.with_name("index-demo.fits")


@dataclass(frozen=True)
class Psf:
    """A star's image as two round Gaussians: a core and a faint wide halo (sigmas in pixels)."""

    core: float = 0.8
    halo: float = 2.2
    halo_share: float = 0.12


def read_stars(path: str | Path = STARS) -> np.ndarray:
    """Read a table with the columns ``ra, dec`` (degrees, ICRS) and ``vt`` (magnitudes)."""
    return np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")


def make_wcs(ra: float, dec: float, scale: float, rotation: float, shape: tuple[int, int]) -> WCS:
    """Gnomonic projection about the middle of a frame stored top row first.

    Parameters
    ----------
    ra, dec : float
        Degrees, of the middle of the frame.
    scale : float
        Arcseconds a pixel.
    rotation : float
        Degrees; 0 has north towards the first row and east towards the first column.
    shape : (H, W)
    """
    height, width = shape
    cos, sin = np.cos(np.radians(rotation)), np.sin(np.radians(rotation))
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(width + 1) / 2, (height + 1) / 2]
    wcs.wcs.cd = np.array([[-cos, -sin], [sin, -cos]]) * scale / 3600
    wcs.wcs.set()
    return wcs


def draw_stars(
    shape: tuple[int, int], x: np.ndarray, y: np.ndarray, flux: np.ndarray, psf: Psf
) -> np.ndarray:
    """Draw stars, each integrated exactly over every pixel.

    Stars this narrow are undersampled; the value in a pixel's middle would be wrong by tens of
    percent, so the integral (a difference of error functions) is taken.

    Parameters
    ----------
    shape : (H, W)
    x, y : (N,) float arrays
        Places in pixels; 0 is the middle of the first pixel.
    flux : (N,) float array
        Electrons of the whole star.
    psf : Psf

    Returns
    -------
    (H, W) float32 array
        Expected electrons.
    """
    from scipy.special import erf

    height, width = shape
    image = np.zeros(shape, np.float32)
    reach = int(np.ceil(8 * psf.halo))  # what a star loses beyond is less than 1e-14 of it
    for x0, y0, electrons in zip(x, y, flux, strict=True):
        column, row = round(float(x0)), round(float(y0))
        left, right = max(column - reach, 0), min(column + reach + 1, width)
        low, high = max(row - reach, 0), min(row + reach + 1, height)
        if left >= right or low >= high:
            continue
        share = np.zeros((high - low, right - left))
        for sigma, weight in ((psf.core, 1 - psf.halo_share), (psf.halo, psf.halo_share)):
            in_x = np.diff(erf((np.arange(left, right + 1) - 0.5 - x0) / (sigma * 2**0.5))) / 2
            in_y = np.diff(erf((np.arange(low, high + 1) - 0.5 - y0) / (sigma * 2**0.5))) / 2
            share += weight * np.outer(in_y, in_x)
        image[low:high, left:right] += electrons * share
    return image


def draw_sky(shape: tuple[int, int], level: float, slope: tuple[float, float]) -> np.ndarray:
    """Sky background, (H, W): `level` in the middle, changing by `slope` (relative) across."""
    height, width = shape
    y, x = np.ogrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    return (level * (1 + slope[0] * x + slope[1] * y)).astype(np.float32)


def colour_response(shape: tuple[int, int], bayer: str | None) -> np.ndarray | float:
    """Relative response of each pixel's colour filter, (H, W) float32; 1 without such filters."""
    if bayer is None:
        return 1.0
    height, width = shape
    cell = np.array([{"R": 0.55, "G": 0.9, "B": 0.6}[c] for c in bayer], np.float32).reshape(2, 2)
    return np.tile(cell, (-(-height // 2), -(-width // 2)))[:height, :width]
