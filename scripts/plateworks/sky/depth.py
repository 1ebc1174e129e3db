"""How deep a solved image is: its zero point, the faintest star, and the brightness of the sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.sky.detection import beside_marks
from plateworks.sky.knownstars import KnownStars, usual_error
from plateworks.sky.lens import Lens
from plateworks.sky.moffat import Moffat
from plateworks.sky.pairing import pair, predicted
from plateworks.sky.shapes import alike
from plateworks.sky.sources import AT_EDGE, BLENDED, HAS_HOLES, IS_SATURATED, REACH, SourceList
from plateworks.sky.zeropoint import ZeroPoint, fit_zero_point

#: How far a source may be from its star: in widths of a star, in times the residual of the lens,
#: and in arcseconds for what stars have moved since they were catalogued, at most a width.
WIDTHS, RESIDUALS, MOVED = 0.5, 3.0, 2.0
#: A star that has others of the catalogue so near, in widths, with more than a part of its light
#: together, cannot be measured.
NEAR, BESIDE = 2.5, 0.02
#: The faintest star has so many times the noise of the sky below it.
SIGMAS = 5.0
#: So many stars are used, the brightest, to which others add the least; and those whose light is so
#: many times its error.
MOST, LEAST_SIGNAL = 100, 10.0
#: Radii of apertures in which it may be seen, in parts of where half of the light is.
RADII = np.linspace(0.6, 3.0, 49)
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
    sources: SourceList, mask: np.ndarray | None, lens: Lens, residual: float, stars: KnownStars
) -> Depth | str:
    """Find the zero point of an image, and what follows from it.

    Parameters
    ----------
    sources : SourceList
        Of this image; of a colour mosaic all is of the light of all its colours.
    mask : (H, W) uint8 array or None
        On pixels that are not zero no star is used.
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
    signal = sources.flux[rows] / sources.flux_err[rows]
    good &= ~beside_marks(mask, sources.x[rows], sources.y[rows], REACH * width)
    good &= alike(sources.fwhm[rows], width, signal) & (signal > LEAST_SIGNAL)
    order = np.flatnonzero(good)[:MOST]
    rows, matched = rows[order], matched[order]
    outcome = fit_zero_point(*_differences(sources, rows, stars.where(matched)))
    if isinstance(outcome, str):
        return outcome
    # What all stars have in common does not average out.
    spread = sources.spread
    error = float(np.hypot(outcome.error, 2.5 / np.log(10) * spread.error / spread.whole))
    shape = Moffat.seen(width, spread.profile.exponent, 1.0)
    least = _least_flux(shape, sources.noise)
    limit = outcome.value - 2.5 * float(np.log10(least))
    return Depth(outcome._replace(error=error), limit, lens.scale)


def _differences(
    sources: SourceList, rows: np.ndarray, stars: KnownStars
) -> tuple[np.ndarray, ...]:
    """What :func:`fit_zero_point` asks for, of sources and their stars."""
    flux, error = sources.flux[rows], sources.flux_err[rows]
    own = np.where(np.isfinite(stars.error), stars.error, usual_error(stars.magnitude, stars.band))
    noise = 2.5 / np.log(10) * error / flux
    return stars.magnitude + 2.5 * np.log10(flux), own, noise, stars.colour


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


def _least_flux(profile: Moffat, noise: float) -> float:
    """The light of a star that is just seen in the aperture that suits it best."""
    radii = RADII * profile.half_light
    return SIGMAS * noise * float(np.min(np.sqrt(np.pi) * radii / profile.within(radii)))
