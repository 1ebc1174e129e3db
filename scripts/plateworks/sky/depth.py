"""How deep a solved image is: its zero point, the faintest star, and the brightness of the sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.sky.brightness import Field, Fluxes, measure_fluxes
from plateworks.sky.knownstars import KnownStars, usual_error
from plateworks.sky.lens import Lens
from plateworks.sky.moffat import Moffat
from plateworks.sky.pairing import pair, predicted
from plateworks.sky.sources import AT_EDGE, BLENDED, HAS_HOLES, IS_SATURATED, SourceList
from plateworks.sky.zeropoint import ZeroPoint, fit_zero_point

#: How far a source may be from its star: in widths of a star, in times the residual of the lens,
#: and in arcseconds for what stars have moved since they were catalogued, at most a width.
WIDTHS, RESIDUALS, MOVED = 0.5, 3.0, 2.0
#: A star that has others of the catalogue so near, in widths, with more than a part of its light
#: together, cannot be measured.
NEAR, BESIDE = 2.5, 0.02
#: The faintest star has so many times the noise of the sky below it.
SIGMAS = 5.0
#: Radii of apertures in which it may be seen, in parts of where half of the light is.
RADII = np.linspace(0.6, 3.0, 49)
#: What means of 2x2 pixels add to the square of the width of a star: half a pixel's variance.
SMOOTHED = 8 * np.log(2) / 4
#: Sources that cannot be measured.
FLAGGED = BLENDED | AT_EDGE | IS_SATURATED | HAS_HOLES


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep an image is.

    Attributes
    ----------
    zero_point : ZeroPoint
        Of one unit of the image, in whatever time it was gathered.
    limit : float
        Magnitude of a star whose light is five times the noise of the sky below it, in the aperture
        that is best for it.
    scale : float
        Arcseconds a pixel.
    """

    zero_point: ZeroPoint
    limit: float
    scale: float

    def zero_point_of(self, exposure: float) -> float:
        """Return the magnitude of one unit a second, the exposure being in seconds."""
        return self.zero_point.value - 2.5 * float(np.log10(exposure))

    def surface(self, level: float) -> float:
        """Return the magnitudes a square arcsecond of a level in units a pixel, more than 0."""
        return self.zero_point.value - 2.5 * float(np.log10(level / self.scale**2))


def measure_depth(
    image: np.ndarray,
    mask: np.ndarray | None,
    mosaic: bool,
    sources: SourceList,
    lens: Lens,
    residual: float,
    stars: KnownStars,
) -> Depth | str:
    """Find the zero point of an image, and what follows from it.

    Parameters
    ----------
    image : (H, W) array
    mask : (H, W) uint8 array or None
        Of pixels that are not zero no star is measured.
    mosaic : bool
        Whether it is a colour mosaic: then all is of the light of all its colours.
    sources : SourceList
        Of this image.
    lens : Lens
        Where they are in the sky.
    residual : float
        Its residual in pixels.
    stars : KnownStars

    Returns
    -------
    Depth or str
        A clause that says why nothing is known.
    """
    width = sources.median_fwhm
    if not width > 0:
        return "the widths of its stars are not known"
    stars = stars.where(np.isfinite(stars.magnitude))
    radius = max(WIDTHS * width, RESIDUALS * residual, min(MOVED / lens.scale, width))
    rows, matched = pair(lens, sources.fits_xy, stars.radec, radius)
    good = (sources.flags[rows] & FLAGGED == 0) & ~_beset(lens, stars, NEAR * width)[matched]
    rows, matched = rows[good], matched[good]
    field = Field(image, mask, mosaic, sources.fits_xy - 1, sources.flux, width)
    found = measure_fluxes(field, rows)
    outcome = fit_zero_point(*_differences(found, stars.where(matched)))
    if found is None or isinstance(outcome, str):
        return str(outcome)
    # What all stars have in common does not average out.
    error = float(np.hypot(outcome.error, 2.5 / np.log(10) * found.whole_error))
    least = _least_flux(found.profile, SMOOTHED if mosaic else 0.0, found.noise)
    limit = outcome.value - 2.5 * float(np.log10(least))
    return Depth(outcome._replace(error=error), limit, lens.scale)


def _differences(found: Fluxes | None, stars: KnownStars) -> tuple[np.ndarray, ...]:
    """What :func:`fit_zero_point` asks for, of the stars that were measured."""
    if found is None:
        return tuple(np.empty((4, 0)))
    stars = stars.where(found.rows)
    own = np.where(np.isfinite(stars.error), stars.error, usual_error(stars.magnitude, stars.band))
    noise = 2.5 / np.log(10) * found.error / found.flux
    return stars.magnitude + 2.5 * np.log10(found.flux), own, noise, stars.colour


def _beset(lens: Lens, stars: KnownStars, reach: float) -> np.ndarray:
    """Which stars have others of the catalogue within their light, `reach` in pixels: (N,) bool."""
    from scipy.spatial import KDTree

    beside = np.zeros(len(stars.magnitude))
    if not len(beside):
        return beside > 0
    light = 10 ** (-0.4 * stars.magnitude)
    near = KDTree(predicted(lens, stars.radec)).query_pairs(reach, output_type="ndarray")
    np.add.at(beside, near[:, 0], light[near[:, 1]])
    np.add.at(beside, near[:, 1], light[near[:, 0]])
    return beside > BESIDE * light


def _least_flux(profile: Moffat, smoothed: float, noise: float) -> float:
    """The light of a star that is just seen in the aperture that suits it best.

    `smoothed` is what has been added to the square of its width.
    """
    own = np.sqrt(max(1 - smoothed / profile.width**2, 0.25))
    radii = RADII * profile.half_light
    return SIGMAS * noise * float(np.min(own * np.sqrt(np.pi) * radii / profile.within(radii)))
