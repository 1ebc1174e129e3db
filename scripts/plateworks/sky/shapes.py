"""How wide and how round stars are: their full width at half maximum, as it fell on the pixels.

The second moments of a star are taken under a Gaussian weight about its centre, which keeps noise
and neighbours out (Kaiser, Squires & Broadhurst 1995; Bernstein & Jarvis 2002).  What the weight
takes off is given back as if both were Gaussians.  For what that leaves wrong of a star with wings,
and for the pixel's own width, there is a table: what a Moffat (1969) star of a given width would
have given.  How strong the wings are, its exponent beta, is the same for all stars of a frame, and
found from the brightest, by how much more a weight of twice the width sees of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: The width of the weight (sigma) in a FWHM of the stars, and its least in pixels, below which
#: the pixels would not sample it; the weight is cut at so many sigmas.
_OF_FWHM, _LEAST, _CUT = 0.6, 1.2, 3.5
#: The weight by which wings are seen is so many times as wide.
_WIDER = 2.0
#: 1/beta of the stars in the table; 0 is a Gaussian.
_INVERSE = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55])
#: Beta from which a Moffat star is a Gaussian.
_GAUSSIAN = 1e3
#: Of the stars of most telescopes in most nights (Trujillo et al. 2001).
_USUAL = 1 / 3
#: Widths in the table: from so many to so many sigmas of the weight.
_WIDTHS = np.geomspace(0.15, 8.0, 100)
#: The exponent is known from so many stars; more than that are not looked at.
_FEW, _ENOUGH = 5, 300
#: Stars taken at a time.
_AT_ONCE = 512
#: No star is taken to be longer than that: it is the noise.
_LEAST_RATIO = 0.05

FWHM_OF_SIGMA = 2.0 * float(np.sqrt(2.0 * np.log(2.0)))


class Profile(NamedTuple):
    """What stars of a frame look like: FWHM in pixels, and Moffat's exponent beta."""

    fwhm: float
    beta: float

    def enclosed(self, radius: float, pixel: float) -> float:
        """Return the part of the light within a radius, of a star seen by pixels of some side."""
        beta = min(self.beta, _GAUSSIAN)
        core = 4 * (2 ** (1 / beta) - 1) / self.fwhm**2
        edge = 1 + core * radius**2
        # The circle, smoothed by the pixel, holds less by how steep the star is at its rim.
        steep = 4 * beta * (beta - 1) * core**2 * radius**2 * edge ** (-beta - 1)
        return float(1 - edge ** (1 - beta) - steep * pixel**2 / 24)


class Shapes(NamedTuple):
    """Shapes of stars: (N,) float64 arrays, NaN where a star has none that could be told.

    ``fwhm`` in pixels is that of a round star of the same area; ``ellipticity`` is 1 - b/a;
    ``theta``, in degrees from -90 to 90, the angle of the longer axis from +x towards +y.
    """

    fwhm: np.ndarray
    ellipticity: np.ndarray
    theta: np.ndarray
    profile: Profile


def measure_shapes(
    data: np.ndarray, x: np.ndarray, y: np.ndarray, typical: np.ndarray, guess: float, pixel: float
) -> Shapes:
    """Measure stars.

    Parameters
    ----------
    data : (H, W) float32 array
        The sky is subtracted.
    x, y : (N,) float64 array
        Centres, counted from 0.
    typical : (M,) int64 array
        Those of them, the brightest first, that show what stars look like: neither saturated nor
        blended.
    guess : float
        Their FWHM in pixels, within a factor of two.
    pixel : float
        Side of the square over which each value of `data` is a mean: of a mosaic's windows 2.

    Returns
    -------
    Shapes
    """
    sigma = max(_LEAST * pixel**0.5, _OF_FWHM * guess)
    widths = _WIDTHS * sigma
    seen = _moments(data, x, y, sigma)
    size, xx, yy, xy = _deweighted(seen, sigma)
    table = _sizes(sigma, pixel, widths)
    typical = typical[np.isfinite(size[typical])][:_ENOUGH]
    inverse = _USUAL
    if typical.size >= _FEW:
        broad = _WIDER * sigma
        wide, *_ = _deweighted(_moments(data, x[typical], y[typical], broad), broad)
        if np.isfinite(wide).sum() >= _FEW:
            wider = _sizes(broad, pixel, widths)
            inverse = _inverse_beta(np.median(size[typical]), np.nanmedian(wide), table, wider)
    curve = np.array([np.interp(inverse, _INVERSE, column) for column in table.T])
    fwhm = np.interp(size, curve, widths, left=np.nan, right=np.nan)
    ellipticity, theta = _ellipse(xx, yy, xy, pixel**2 / 12)
    unknown = ~np.isfinite(fwhm)
    ellipticity[unknown] = theta[unknown] = np.nan
    known = fwhm[typical][np.isfinite(fwhm[typical])]
    middle = float(np.median(known)) if known.size else guess
    return Shapes(fwhm, ellipticity, theta, Profile(middle, 1 / max(inverse, 1 / _GAUSSIAN)))


def _moments(data: np.ndarray, x: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    """Return the sums of light · weight · dx^i · dy^j: (N, 3, 3) for j and i; NaN at the edges."""
    reach = int(np.ceil(_CUT * sigma))
    steps = np.arange(-reach, reach + 1)
    column, row = np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)
    inside = (np.minimum(column, row) >= reach) & (column < data.shape[1] - reach)
    inside &= row < data.shape[0] - reach
    sums = np.full((len(x), 3, 3), np.nan)
    where = np.flatnonzero(inside)
    for start in range(0, where.size, _AT_ONCE):
        some = where[start : start + _AT_ONCE]
        light = data[row[some, None, None] + steps[:, None], column[some, None, None] + steps]
        across = _weights(column[some] - x[some], steps, sigma)
        down = _weights(row[some] - y[some], steps, sigma)
        # Plain sums: those of a library of linear algebra depend on its threads.
        lines = np.einsum("nyx,nxi->nyi", light, across)
        sums[some] = np.einsum("nyi,nyj->nji", lines, down)
    return sums


def _weights(offset: np.ndarray, steps: np.ndarray, sigma: float) -> np.ndarray:
    """Return weight · d^i along one axis: (N, K, 3) float32."""
    d = offset[:, None] + steps
    weight = np.exp(-0.5 * (d / sigma) ** 2)
    return np.stack([weight, weight * d, weight * d * d], axis=-1).astype(np.float32)


def _deweighted(
    sums: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the size of stars, a sigma in pixels, and their moments xx, yy and xy."""
    with np.errstate(invalid="ignore", divide="ignore"):
        light = sums[:, 0, 0]
        xx, yy, xy = sums[:, 0, 2] / light, sums[:, 2, 0] / light, sums[:, 1, 1] / light
        determinant = xx * yy - xy * xy
        # A product of two Gaussians has the sum of their inverse matrices.
        a, b = yy / determinant - sigma**-2, xx / determinant - sigma**-2
        c = -xy / determinant
        inverse = a * b - c * c
        good = (light > 0) & (determinant > 0) & (a > 0) & (b > 0) & (inverse > 0)
        inverse = np.where(good, inverse, np.nan)
        return inverse**-0.25, b / inverse, a / inverse, -c / inverse


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
    reach = _CUT * sigma
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


def _inverse_beta(size: float, wide: float, table: np.ndarray, wider: np.ndarray) -> float:
    """Return 1/beta of stars from their sizes under both weights."""
    expected = []
    for narrow, broad in zip(table, wider, strict=True):
        # At the same width, for each 1/beta: what the wider weight would have seen.
        expected.append(np.interp(size, narrow, broad))
    return float(np.interp(wide, expected, _INVERSE))


def _ellipse(
    xx: np.ndarray, yy: np.ndarray, xy: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return 1 - b/a and the angle in degrees of moments, without those of the pixel."""
    apart = np.hypot((xx - yy) / 2, xy)
    middle = np.maximum((xx + yy) / 2 - pixel, apart)  # noise alone makes a star sharper than that
    with np.errstate(invalid="ignore"):
        ratio = np.maximum((middle - apart) / (middle + apart), _LEAST_RATIO**2)
    return 1 - np.sqrt(ratio), np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
