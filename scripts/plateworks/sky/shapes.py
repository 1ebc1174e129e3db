"""How wide and how round stars are: their full width at half maximum, as it fell on the pixels.

The moments of a star under a weight are those of a Gaussian star.  For what that leaves wrong of a
star with wings, and for the pixel's own width, there is a table: what a Moffat (1969) star of a
given width would have given.  How strong the wings are, its exponent beta, is the same for all
stars of a frame, and found from the brightest, by how much more a weight of twice the width sees.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA, weighted_median
from plateworks.sky.moments import CUT, LEAST, deweighted, moments

#: The width of the weight (sigma) in a FWHM of the stars; and that by which wings are seen is so
#: many times as wide.
_OF_FWHM, _WIDER = 0.42, 2.0
#: 1/beta of the stars in the table; 0 is a Gaussian.
_INVERSE = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55])
#: Beta from which a Moffat star is a Gaussian.
_GAUSSIAN = 1e3
#: 1/beta of the stars of most telescopes in most nights (Trujillo et al. 2001), and its deviation.
_USUAL, _SPREAD = 1 / 3, 0.1
#: Widths in the table: from so many to so many sigmas of the weight.
_WIDTHS = np.geomspace(0.15, 8.0, 100)
#: Wings are seen from so many stars; more than that are not looked at.
_FEW, _ENOUGH = 5, 300
#: The median of many is that much less certain than their mean.
_OF_MEDIAN = 1.25
#: How far a width may be from that of other stars, beyond its noise: as such, in the scatter of
#: all, and in its own noise, which is so many times that of the light.
_ALIKE, _SCATTERS, _NOISE = 0.02, 4.0, 1.0
#: No star is taken to be longer than that: it is the noise.
_LEAST_RATIO = 0.05


class Shapes(NamedTuple):
    """Shapes of stars: (N,) float64 arrays, NaN where a star has none that could be told.

    ``fwhm`` in pixels is that of a round star of the same area; ``ellipticity`` is 1 - b/a;
    ``theta``, in degrees from -90 to 90, the angle of the longer axis from +x towards +y.
    ``usual`` and ``beta`` are what the stars have in common: a FWHM and Moffat's exponent.
    """

    fwhm: np.ndarray
    ellipticity: np.ndarray
    theta: np.ndarray
    usual: float
    beta: float


def measure_shapes(
    data: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    typical: np.ndarray,
    lonely: np.ndarray,
    guess: float,
    pixel: float,
) -> Shapes:
    """Measure stars.

    Parameters
    ----------
    data : (H, W) float32 array
        The sky is subtracted.
    x, y : (N,) float64 array
        Centres, counted from 0.
    typical, lonely : (M,) int64 array
        Those of them, the brightest first, that show what stars look like, neither saturated nor
        blended; and of these those without any other within four FWHM, which show the wings.
    guess : float
        Their FWHM in pixels, within a factor of two.
    pixel : float
        Side of the square over which each value of `data` is a mean: of a mosaic's windows 2.

    Returns
    -------
    Shapes
    """
    sigma = max(LEAST, _OF_FWHM * guess)
    widths = _WIDTHS * sigma
    sums = moments(data, x, y, sigma)
    size, xx, yy, xy = deweighted(sums, sigma)
    table = _sizes(sigma, pixel, widths)

    some = lonely[np.isfinite(size[lonely])][:_ENOUGH]
    wide, *_ = deweighted(moments(data, x[some], y[some], _WIDER * sigma), _WIDER * sigma)
    wider = _sizes(_WIDER * sigma, pixel, widths)
    inverse = _inverse_beta(size[some], wide, sums[some, 0, 0], table, wider)

    curve = np.array([np.interp(inverse, _INVERSE, column) for column in table.T])
    fwhm = np.interp(size, curve, widths, left=np.nan, right=np.nan)
    ellipticity, theta = _ellipse(xx, yy, xy, pixel**2 / 12)
    unknown = ~np.isfinite(fwhm)
    ellipticity[unknown] = theta[unknown] = np.nan
    typical = typical[~unknown[typical]]
    middle = float(np.median(fwhm[typical])) if typical.size else guess
    return Shapes(fwhm, ellipticity, theta, middle, 1 / max(inverse, 1 / _GAUSSIAN))


def lonely(x: np.ndarray, y: np.ndarray, some: np.ndarray, reach: float) -> np.ndarray:
    """Return those of some stars that have no other one within `reach`: (M,) int64."""
    from scipy.spatial import KDTree

    places = np.column_stack([x, y])
    distance, _ = KDTree(places).query(places[some], k=2)
    return np.asarray(some[distance[:, 1] > reach])


def alike(fwhm: np.ndarray, usual: float, signal: np.ndarray) -> np.ndarray:
    """Return which stars are as wide as most: others are saturated, blended, or no stars.

    Parameters
    ----------
    fwhm, signal : (N,) float64 array
        Of stars; and their light over its error.
    usual : float
        The width of most.

    Returns
    -------
    (N,) bool array
    """
    off = np.abs(fwhm / usual - 1)
    if not off.size:
        return off > 0
    bright = off[signal >= np.median(signal)]
    scatter = MAD_TO_SIGMA * float(np.nanmedian(bright)) if np.isfinite(bright).any() else 0.0
    allowed = np.hypot(max(_ALIKE, _SCATTERS * scatter), _SCATTERS * _NOISE / signal)
    return np.asarray(off < allowed)


def _sizes(sigma: float, pixel: float, widths: np.ndarray) -> np.ndarray:
    """Return the size that round Moffat stars would be given: for each 1/beta and width."""
    radius, light, square = _kernels(sigma, pixel)
    inverse = np.maximum(_INVERSE, 1 / _GAUSSIAN)[:, None, None]
    core = (2 * radius / widths[:, None]) ** 2 * (2**inverse - 1)
    star = (1 + core) ** (-1 / inverse) * radius
    moment = np.trapezoid(star * square, radius) / np.trapezoid(star * light, radius) / 2
    return np.asarray((1 / moment - sigma**-2) ** -0.5)


def _kernels(sigma: float, pixel: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what light at some radius adds to the sums, through pixels of a side, on average.

    Returns
    -------
    radius : (R,) array
    light, square : (R,) arrays
        To the sums of the weight, and of the weight times the square of the distance.
    """
    reach = CUT * sigma
    radius = np.linspace(0, 1, 161) ** 1.5 * (1.5 * reach + pixel)
    angle = (np.arange(8) + 0.5) * np.pi / 32  # of one octant
    node, part = np.polynomial.legendre.leggauss(4)
    node, part = node * pixel / 2, part / 2
    x = radius[:, None, None, None] * np.cos(angle)[:, None, None] + node[:, None]
    y = radius[:, None, None, None] * np.sin(angle)[:, None, None] + node
    weight = np.exp(-0.5 * (x * x + y * y) / sigma**2) * (np.maximum(abs(x), abs(y)) < reach)
    weight *= part[:, None] * part / angle.size
    square = weight * (x * x + y * y)
    return radius, weight.sum(axis=(1, 2, 3)), square.sum(axis=(1, 2, 3))


def _inverse_beta(
    size: np.ndarray, wide: np.ndarray, light: np.ndarray, table: np.ndarray, wider: np.ndarray
) -> float:
    """Return 1/beta of stars from the sizes of some under both weights.

    What they say counts by how well they agree, beside what is usual.
    """
    known = np.isfinite(wide)
    if known.sum() < _FEW:
        return _USUAL
    size, wide, light = size[known], wide[known], light[known]
    # For each 1/beta and star: what the wider weight would have seen.
    rows = zip(table, wider, strict=True)
    expected = np.array([np.interp(size, narrow, broad) for narrow, broad in rows])
    columns = zip(wide, expected.T, strict=True)
    seen = np.array([_where(one, column) for one, column in columns])
    middle = weighted_median(
        seen, light
    )  # noise makes a size uncertain by the inverse of the light
    scatter = MAD_TO_SIGMA * weighted_median(np.abs(seen - middle), light)
    count = light.sum() ** 2 / (light**2).sum()
    error = _OF_MEDIAN * scatter / count**0.5
    inverse = _USUAL + (middle - _USUAL) * _SPREAD**2 / (_SPREAD**2 + error**2)
    return float(np.clip(inverse, _INVERSE[0], _INVERSE[-1]))


def _where(value: float, column: np.ndarray) -> float:
    """Return which 1/beta has a value in a rising column of the table, drawn on beyond its ends."""
    after = int(np.clip(np.searchsorted(column, value), 1, column.size - 1))
    low, high = column[after - 1], column[after]
    part = (value - low) / (high - low) if high > low else 0.0
    return float(_INVERSE[after - 1] + part * (_INVERSE[after] - _INVERSE[after - 1]))


def _ellipse(
    xx: np.ndarray, yy: np.ndarray, xy: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return 1 - b/a and the angle in degrees of moments, without those of the pixel."""
    apart = np.hypot((xx - yy) / 2, xy)
    middle = np.maximum((xx + yy) / 2 - pixel, apart)  # noise alone makes a star sharper than that
    with np.errstate(invalid="ignore"):
        ratio = np.maximum((middle - apart) / (middle + apart), _LEAST_RATIO**2)
    return 1 - np.sqrt(ratio), np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
