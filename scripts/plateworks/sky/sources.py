"""Stars of an image, taken once to solve and to measure: where, how bright, how wide, how round."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from plateworks.pixels.masks import BAD, LOW_FLAT, SATURATED
from plateworks.pixels.statistics import median
from plateworks.sky.detection import (
    LEAST_NOISE,
    MESH,
    NO_SKY,
    Sky,
    beside_marks,
    detect,
    ignored,
    is_starlike,
    measure_sky,
    noise_at,
    pixel_noise,
    subtract,
    superpixels,
    to_search,
    windows,
)
from plateworks.sky.moffat import Moffat, Spread
from plateworks.sky.moments import find_centres
from plateworks.sky.photometry import total_flux
from plateworks.sky.rings import Stars
from plateworks.sky.shapes import alike, lonely, measure_shapes

#: What is measured at most of a crowded frame.
MOST = 20_000
#: Bits of the flags of a source, and what they mean.
BLENDED, AT_EDGE, IS_SATURATED, HAS_HOLES, SHAPELESS = 1, 2, 4, 8, 16
FLAGS = {
    BLENDED: "parted from a neighbour",
    AT_EDGE: "cut by the edge of the frame",
    IS_SATURATED: "has saturated pixels",
    HAS_HOLES: "has bad pixels, which count as sky",
    SHAPELESS: "its width could not be told",
}
#: Stars whose light is so many times its error show what the stars of a frame look like.
_SURE = 20.0
#: Fewer than so many do not; then the brighter half of all is taken.
_FEW = 5
#: Their width is guessed from so many at most.
_ENOUGH = 200
#: Wider ones, in pixels, are no stars, but what made the frame useless.
_WIDEST = 60.0
#: The mesh of the background is so many times as wide as they are, or more.
_OF_MESH = 12
#: A saturated pixel within so many FWHM of its centre belongs to a star; and what is farther than
#: so many from any other leaves it its shape.
REACH, _APART = 1.0, 4.0


@dataclass(frozen=True, slots=True)
class SourceList:
    """Sources sorted brightest first; every array is (N,) float64 except ``flags`` (int64).

    Attributes
    ----------
    x, y : array
        Pixels of the full frame counted from 0, with whole numbers at the centres of pixels.
    flux, flux_err : array
        All the light of a star in the unit of the image, see
        :func:`plateworks.sky.photometry.total_flux`, and its standard error.
    peak : array
        Of the brightest pixel above the sky; of a mosaic, of the mean of four pixels.
    fwhm : array
        Full width at half maximum in pixels of the full frame, as the light fell on the sensor, of
        a round star of the same area.  NaN where it could not be told.
    ellipticity : array
        1 - b/a, without the pixel's own width.
    theta : array
        Degrees from -90 to 90: the angle of the longer axis from +x towards +y.
    flags : array
        Bits of :data:`FLAGS`.
    sky : Sky
    noise : float
        Of a pixel of the sky, without what stars too faint to be seen add to it.
    spread : Spread
        How light is spread that falls in a point, as pixels (of a mosaic, windows of four) show it.
    """

    x: np.ndarray
    y: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    peak: np.ndarray
    fwhm: np.ndarray
    ellipticity: np.ndarray
    theta: np.ndarray
    flags: np.ndarray
    sky: Sky
    noise: float
    spread: Spread

    def __len__(self) -> int:
        return len(self.x)

    @property
    def fits_xy(self) -> np.ndarray:
        """Positions as FITS counts them, from 1: (N, 2) float64."""
        return np.column_stack([self.x, self.y]) + 1.0

    def brightest(self, count: int) -> SourceList:
        """Return the brightest of them, at most `count`."""
        parts = {one.name: getattr(self, one.name) for one in fields(self)}
        of_all = {name: parts.pop(name) for name in ("sky", "noise", "spread")}
        return SourceList(**{name: part[:count] for name, part in parts.items()}, **of_all)

    @property
    def typical(self) -> np.ndarray:
        """Those that show what the stars look like: (M,) int64, the brightest first.

        They are neither flagged nor faint; where that leaves too few, the brighter half of those
        that have a width at all.
        """
        clear = np.flatnonzero((self.flags == 0) & (self.flux > _SURE * self.flux_err))
        if clear.size >= _FEW:
            return clear
        known = np.flatnonzero(np.isfinite(self.fwhm))
        return known[: (known.size + 1) // 2]

    @property
    def median_fwhm(self) -> float:
        """Median FWHM in pixels of typical sources; NaN if there are none."""
        return median(self.fwhm[self.typical])

    @property
    def median_ellipticity(self) -> float:
        """Median of 1 - b/a of typical sources; NaN if there are none."""
        return median(self.ellipticity[self.typical])


def extract(
    image: np.ndarray,
    mask: np.ndarray | None = None,
    *,
    threshold: float = 5.0,
    bayer: str | None = None,
    egain: float | None = None,
    max_sources: int = MOST,
    min_pixels: int = 5,
) -> SourceList:
    """Find the stars of an image, and measure them.

    Parameters
    ----------
    image : (H, W) array
        Any real type; pixels that are not finite are ignored.
    mask : (H, W) uint8 array, optional
        Bits of :mod:`plateworks.pixels.masks`.  Bad pixels and those of a low flat are ignored; hot
        pixels and cosmic rays were repaired; saturated stars are still stars, and flagged.
    threshold : float
        Significance of a detection, in units of the local noise after matched filtering.
    bayer : str, optional
        Any pattern means a colour mosaic: sources are found on the means of 2x2 pixels, and given
        in pixels of the full frame.
    egain : float, optional
        Electrons in a unit of the image; without it, errors know the noise of the sky alone.
    max_sources : int
        Keep so many of the brightest.
    min_pixels : int
        Pixels above the threshold that make a source.

    Returns
    -------
    SourceList

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, or `mask` has another shape.
    """
    if image.ndim != 2 or (mask is not None and mask.shape != image.shape):
        raise ValueError(f"an image of shape {image.shape} cannot be searched for sources")
    ignore = ignored(image, None if mask is None else mask & (BAD | LOW_FLAT))
    data = to_search(image, ignore, own=not bayer)  # the sky is subtracted in place
    cell, fine, fine_ignore = 1, data, ignore
    if bayer:
        cell, (fine, fine_ignore) = 2, windows(data, ignore)
        data, ignore = superpixels(fine, fine_ignore)
    if min(data.shape) < 3 or (ignore is not None and ignore.all()):
        return _nothing(NO_SKY)

    level, noise, sky = measure_sky(data, ignore)
    if not sky.rms > 0:
        return _nothing(sky)
    subtract(fine, level, fine_ignore, cell)
    if bayer:
        subtract(data, level, ignore)
    np.maximum(noise, LEAST_NOISE * sky.rms, out=noise)
    found = detect(data, noise, ignore, threshold, min_pixels)
    # It was divided by its noise, and is put together as it was.
    if bayer:
        data[...] = fine[::cell, ::cell]
    else:
        data[...] = image
        subtract(data, level, ignore)
    found = found[is_starlike(data, found)]
    found = found[np.lexsort((found["x"], found["y"], -found["flux"]))][:max_sources]
    local = noise_at(noise, found)
    for key in ("x", "y", "a", "b"):
        found[key] *= cell
    found["flux"] *= cell**2
    if not len(found):
        return _nothing(sky)
    plane = _Plane(fine, fine_ignore, cell, mask, egain)
    guess = _guess(plane, found)
    mesh = int(_OF_MESH * guess / cell)
    if mesh > MESH:  # wide stars are in the background: it is taken from more of the sky
        subtract(data, -level, None)
        wider, _, sky = measure_sky(data, ignore, mesh)
        subtract(fine, wider - level if bayer else wider, fine_ignore, cell)
    return _measured(plane, found, guess, local, sky)


class _Plane(NamedTuple):
    """What stars are measured on: every pixel, or every window of 2x2 of a mosaic."""

    data: np.ndarray
    ignore: np.ndarray | None
    pixel: int  # side of a window, in pixels
    mask: np.ndarray | None
    egain: float | None


def _measured(
    plane: _Plane, found: np.ndarray, guess: float, noise: np.ndarray, sky: Sky
) -> SourceList:
    """Measure what was detected; `noise` is that of a pixel of the detection, at each."""
    import sep

    x, y = find_centres(
        plane.data, found["x"].astype(np.float64), found["y"].astype(np.float64), guess
    )
    height, width = plane.data.shape
    inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    found, noise, x, y = found[inside], noise[inside], x[inside], y[inside]
    saturated = None if plane.mask is None else plane.mask & SATURATED
    flags = np.where(found["flag"] & sep.OBJ_MERGED, BLENDED, 0)
    flags |= np.where(found["flag"] & sep.OBJ_TRUNC, AT_EDGE, 0)
    flags |= np.where(beside_marks(saturated, x, y, REACH * guess), IS_SATURATED, 0)
    sure = found["peak"] > _SURE * noise
    bright = (flags == 0) & sure
    typical = np.flatnonzero(bright if bright.sum() >= _FEW else np.isfinite(x))
    alone = lonely(x, y, typical, _APART * guess)
    shapes = measure_shapes(plane.data, x, y, typical, alone, guess, plane.pixel)
    # Light is parted: those with neighbours serve, and have fewer of which nobody knows.
    typical = np.union1d(typical, np.flatnonzero((flags & ~BLENDED == 0) & sure))
    typical = typical[alike(shapes.fwhm[typical], shapes.usual, (found["peak"] / noise)[typical])]
    # A circle takes parts of values as if each were as even as its pixel, which blurs once more.
    profile = Moffat.seen(shapes.usual, shapes.beta, float(np.hypot(plane.pixel, 1)))
    stars = Stars(plane.data, plane.ignore, plane.pixel, np.column_stack([x, y]), noise)
    flux, error, holes, cut, spread = total_flux(stars, typical, profile, plane.egain)
    flags |= np.where(holes, HAS_HOLES, 0) | np.where(cut, AT_EDGE, 0)
    flags |= np.where(np.isfinite(shapes.fwhm), 0, SHAPELESS)
    middle = (plane.pixel - 1) / 2  # of a window, from its first pixel
    order = np.argsort(-flux, kind="stable")
    return SourceList(
        x=(x + middle)[order],
        y=(y + middle)[order],
        flux=flux[order],
        flux_err=error[order],
        peak=found["peak"].astype(np.float64)[order],
        fwhm=shapes.fwhm[order],
        ellipticity=shapes.ellipticity[order],
        theta=shapes.theta[order],
        flags=flags.astype(np.int64)[order],
        sky=sky,
        noise=pixel_noise(plane.data, plane.ignore, plane.pixel),
        spread=spread,
    )


def _guess(plane: _Plane, found: np.ndarray) -> float:
    """Return the FWHM of stars in pixels, roughly: twice the radius of half the light."""
    import sep

    some = found[: min(_ENOUGH, (len(found) + 1) // 2)]
    # Half of the detected light: in a crowded field, a wider aperture counts the neighbours' too.
    half_light, _ = sep.flux_radius(
        plane.data, some["x"], some["y"], 6 * some["a"], 0.5, normflux=some["flux"],
        mask=plane.ignore, subpix=5,
    )  # fmt: skip
    return float(np.clip(2 * np.nan_to_num(median(half_light), nan=1.0), 1.0, _WIDEST))


def _nothing(sky: Sky) -> SourceList:
    none, flags = np.empty(0), np.empty(0, dtype=np.int64)
    spread = Spread(Moffat(np.nan, np.nan), np.nan, np.nan)
    return SourceList(none, none, none, none, none, none, none, none, flags, sky, np.nan, spread)
