"""Which flat suits a session best: each is tried on the session's lights (PULSAR's best flat).

Reduced by eight, so cheap and low in noise, the lights of a session become one picture of sky,
vignette and dust, without stars.  Divided by the flat that belongs to it, nothing is left but noise
and gradients of the sky; divided by another, dust that moved leaves a dark and a bright spot.

A block of 8x8 pixels holds each colour of a 2x2 filter array sixteen times, so a mosaic becomes the
mean of its colours, in lights and flats alike, and needs no treatment of its own.

Two things are added to PULSAR's recipe, since each hides the dust by itself.  Where the window of
the median filter leaves the frame, the preview is missing: a median of mirrored pixels is wrong by
as much as the vignette changes over a quarter of a window, up to 1 % in the corners.  And a surface
of second degree is taken out of the quotient before the high-pass, since a Gaussian that meets the
edge of the frame leaves a tenth of any gradient of the sky there.  With a gradient of 10 % over the
frame and dust 0.5 % deep, 100 of 100 choices are right with both, three in four with neither.

The median filter takes away what stands out of the noise and fills less than half of its window:
dark dust with a shadow of less than 100 pixels diameter does not count.  Such dust lies upon the
sensor; the shadows of dust on windows and filters are larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import bottleneck
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from plateworks.pixels.arrays import Doubles, Floats, Reals
from plateworks.pixels.statistics import median

#: Pixels of a frame on a side of one of a preview.  Even, for the sake of colour filter arrays.
FACTOR = 8
#: Side of the median filter that takes stars away, pixels of the preview.
STARS = 16
#: Level of a flat's preview.
LEVEL = 5000.0
#: Degree of the surface that is taken for a gradient of the sky.
DEGREE = 2
#: Standard deviation of the Gaussian that is taken for background, over the mean side of a preview.
BACKGROUND = 0.3
#: Standard deviation of the Gaussian against noise, pixels of the preview.
BLUR = 5.0
#: Where a Gaussian is cut off, standard deviations, as in scipy.
TRUNCATE = 4.0


class Trial(NamedTuple):
    """A flat tried on a session.

    ``image`` is float32 (h, w): what is left of dust and vignette, as a fraction of the sky; NaN
    where light or flat is missing.  ``score`` is its standard deviation; the lowest is the best.
    """

    image: Floats
    score: float


def shrink(image: Reals, factor: int = FACTOR) -> Floats:
    """Return the means of blocks of `factor` x `factor` pixels.

    Parameters
    ----------
    image : (H, W) array
        Any real type.  What is not finite takes no part.

    Returns
    -------
    (H // factor, W // factor) float32 array
        Incomplete blocks at the right and lower edges are cut off; NaN where nothing is finite.

    Raises
    ------
    ValueError
        If the image is smaller than a block.
    """
    height, width = (n // factor for n in image.shape)
    if not (height and width):
        raise ValueError(f"an image of {image.shape} pixels has no block of {factor} x {factor}")
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor)
    with np.errstate(invalid="ignore"):
        rows = blocks.reshape(height, factor, -1).sum(axis=1, dtype=np.float64)
        means = rows.reshape(height, width, factor).sum(axis=2) / factor**2
    broken = ~np.isfinite(means)
    if broken.any():
        y, x = np.nonzero(broken)
        values = blocks[y, :, x, :].astype(np.float64)
        there = np.isfinite(values)
        count = there.sum(axis=(1, 2))
        total = np.where(there, values, 0).sum(axis=(1, 2))
        means[y, x] = np.where(count, total / np.maximum(count, 1), np.nan)
    return means.astype(np.float32)


def light_preview(image: Reals) -> Floats:
    """Return what a light shows of sky, vignette and dust: reduced by eight, without stars.

    Parameters
    ----------
    image : (H, W) array
        Light without dark, hot pixels replaced, not divided by a flat.

    Returns
    -------
    (H // 8, W // 8) float32 array
        Median of 16 x 16, from 8 rows and columns before a pixel to 7 after, the upper of the two
        middle values (as scipy's ``median_filter`` has it).  NaN where the window is not whole, and
        where nothing finite was given; for its neighbours that counts as sky of the median level.
    """
    small = shrink(image)
    out = np.full_like(small, np.nan)
    if min(small.shape) < STARS:
        return out
    missing = np.isnan(small)
    if missing.any():
        small[missing] = median(small)
    windows = sliding_window_view(small, (STARS, STARS))
    first, rank = STARS // 2, STARS**2 // 2
    inner = out[first:, first:]
    # Row by row, for the windows of the whole preview would take 256 times its memory.
    for row, across in zip(inner, windows, strict=False):
        values = across.reshape(len(across), -1)  # a copy, since the windows overlap
        # numpy sorts 256 values faster than it selects one of them.
        values.sort(axis=1)
        row[: len(across)] = values[:, rank]
    out[missing] = np.nan
    return out


def session_preview(previews: Sequence[Floats]) -> Floats:
    """Return the median of a session's light previews at each pixel: (h, w) float32.

    Raises
    ------
    ValueError
        If there is no preview, or they differ in shape.
    """
    if len({preview.shape for preview in previews}) != 1:
        raise ValueError("a session needs at least one preview, and all of one shape")
    return bottleneck.nanmedian(np.stack(previews), axis=0).astype(np.float32)


def flat_preview(flat: Reals) -> Floats:
    """Return a flat reduced by eight with a median of 5000: (H // 8, W // 8) float32.

    It is not filtered, since its dust is what is judged.

    Raises
    ------
    ValueError
        If the median of the flat is not above zero.
    """
    small = shrink(flat)
    level = median(small)
    if not level > 0:
        raise ValueError(f"the level of a flat must be above zero, here it is {level}")
    return small * np.float32(LEVEL / level)


def trial(light: Floats, flat: Floats) -> Trial:
    """Divide a session by a flat, and measure how uneven the result is at middle scales.

    Parameters
    ----------
    light : (h, w) array
        Preview of a session.
    flat : (h, w) array
        Preview of a flat.  Where it is not above zero it counts as missing.

    Raises
    ------
    ValueError
        If the two differ in shape, or the sky is not above zero, so that nothing can be seen in it.

    Notes
    -----
    A surface of second degree is subtracted, then a Gaussian of 0.3 times the mean side; one of 5
    pixels follows against noise.  The Gaussians see the image mirrored at its edges, the edge
    included (scipy's mode ``reflect``), and share the weight of what is missing among the rest.
    """
    if light.shape != flat.shape:
        raise ValueError(f"the flat has the shape {flat.shape}, the light {light.shape}")
    quotient = light * LEVEL / np.where(flat > 0, flat, np.nan)
    sky = median(quotient)
    if not sky > 0:
        raise ValueError(f"the sky of a session must be above zero to try flats, here it is {sky}")
    even = _without_surface(quotient / sky)
    middle = even - _gaussian(even, BACKGROUND * sum(even.shape) / 2)
    image = _gaussian(middle, BLUR)
    image[~np.isfinite(quotient)] = np.nan
    return Trial(image.astype(np.float32), float(np.nanstd(image)))


def _without_surface(image: Reals) -> Doubles:
    """Subtract the polynomial of x and y that fits the finite pixels best: (h, w) float64."""
    there = np.isfinite(image)
    y, x = (np.linspace(-1, 1, n) for n in image.shape)
    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    terms = np.stack([np.outer(y**i, x**j)[there] for i, j in powers])
    values = image[there].astype(np.float64)
    # Sums by einsum, for those of the BLAS may depend on its number of threads.
    moments = np.einsum("ip,jp->ij", terms, terms)
    factors = np.linalg.lstsq(moments, np.einsum("ip,p->i", terms, values), rcond=None)[0]
    out = np.full(image.shape, np.nan)
    out[there] = values - np.einsum("i,ip->p", factors, terms)
    return out


def _gaussian(image: Doubles, sigma: float) -> Doubles:
    """Convolve with a Gaussian that leaves out what is not finite: (h, w) float64."""
    there = np.isfinite(image)
    if there.all():
        return _convolve(image, sigma)
    weight = _convolve(there.astype(np.float64), sigma)
    total = _convolve(np.where(there, image, 0.0), sigma)
    return total / np.where(weight > 1e-6, weight, np.nan)


def _convolve(image: Doubles, sigma: float) -> Doubles:
    """Convolve with a Gaussian, the image mirrored at its edges.

    With its mirror image, a line is a period, and the Fourier transform turns this into a product,
    at a cost that does not grow with sigma.
    """
    for _ in range(2):
        period = np.concatenate([image, image[:, ::-1]], axis=1)
        n = image.shape[1]
        waves = np.fft.rfft(period, axis=1) * _transfer(n, sigma)
        # The other axis is next; the second time the first axis is back in its place.
        image = np.ascontiguousarray(np.fft.irfft(waves, 2 * n, axis=1)[:, :n].T)
    return image


@lru_cache(maxsize=8)  # The flats of a session are all of one size.
def _transfer(n: int, sigma: float) -> Doubles:
    """Return what a Gaussian leaves of each of the waves in a period of 2n pixels: (n + 1,)."""
    reach = int(TRUNCATE * sigma + 0.5)
    steps = np.arange(1, reach + 1)
    kernel = np.exp(-0.5 * (steps / sigma) ** 2)
    kernel /= 1 + 2 * kernel.sum()
    return 1 - 2 * kernel.sum() + 2 * np.cos(np.pi / n * np.outer(np.arange(n + 1), steps)) @ kernel
