"""How bright stars are: all their light, and how well it is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.sky.shapes import Profile

#: The aperture's radius in FWHM, and its least in pixels.
_OF_FWHM, _LEAST = 1.5, 2.0


class Fluxes(NamedTuple):
    """Light of stars and its standard error, (N,) float64, and which apertures were not whole.

    ``holes`` are those with pixels that are ignored, ``cut`` those across the frame's edge.
    """

    flux: np.ndarray
    error: np.ndarray
    holes: np.ndarray
    cut: np.ndarray


def total_flux(
    data: np.ndarray,
    ignore: np.ndarray | None,
    x: np.ndarray,
    y: np.ndarray,
    profile: Profile,
    pixel: int,
    noise: np.ndarray,
    egain: float | None,
) -> Fluxes:
    """Measure all the light of stars.

    It is summed in a circle of 1.5 FWHM of the frame, and divided by the part of a star of the
    frame's profile that such a circle holds; so the sum needs no sky about each star, and errors
    stay small for faint ones.

    Parameters
    ----------
    data : (H, W) float32 array
        Without its sky.
    ignore : (H, W) bool array or None
        What does not count; of a circle, the part is made up for by the rest.
    x, y : (N,) float64 arrays
        Centres, counted from 0.
    profile : Profile
        Of the stars of the frame.
    pixel : int
        Side of the square over which each value of `data` is a mean.
    noise : (N,) array
        Of one value of `data`, at each star.
    egain : float or None
        Electrons in a unit of the data; where it is not known, only the sky's noise counts.

    Notes
    -----
    Windows of a mosaic overlap, so that a sum over many has the noise of the pixels below, each of
    which has `pixel` times the noise of a window.
    """
    import sep

    radius = max(_OF_FWHM * profile.fwhm, _LEAST * pixel)
    summed, _, flag = sep.sum_circle(data, x, y, radius, mask=ignore, subpix=0)
    held = profile.enclosed(radius, pixel)
    variance = np.pi * radius**2 * (pixel * noise) ** 2
    if egain:
        variance = variance + np.maximum(summed, 0) / egain
    return Fluxes(
        np.asarray(summed / held, np.float64),
        np.sqrt(variance, dtype=np.float64) / held,
        flag & sep.APER_HASMASKED != 0,
        flag & sep.APER_TRUNC != 0,
    )
