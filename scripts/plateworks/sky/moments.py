"""Moments of stars under a Gaussian weight, which keeps noise and neighbours out.

What the weight takes off is given back as if both were Gaussians (Kaiser, Squires & Broadhurst
1995; Bernstein & Jarvis 2002).
"""

from __future__ import annotations

import numpy as np

FWHM_OF_SIGMA = 2.0 * float(np.sqrt(2.0 * np.log(2.0)))
#: The least width of a weight (sigma), below which pixels would not sample it; and it is cut at so
#: many sigmas.
LEAST, CUT = 1.0, 3.5
#: Pixels taken at a time, few enough for the cache of the processor.
_AT_ONCE = 1 << 17
#: A centre is looked for in so many steps at most, until it moves by fewer pixels.
_STEPS, _STILL = 8, 1e-3


def find_centres(
    data: np.ndarray, x: np.ndarray, y: np.ndarray, fwhm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return windowed centroids (XWIN_IMAGE of SExtractor) of stars that are roughly at `x`, `y`.

    Where the window wanders off to a neighbour, the first place stays.
    """
    sigma = max(LEAST, fwhm / FWHM_OF_SIGMA)
    at = np.column_stack([x, y])
    moving = np.arange(len(at))
    for _ in range(_STEPS):
        sums = moments(data, at[moving, 0], at[moving, 1], sigma)
        with np.errstate(invalid="ignore", divide="ignore"):
            # Weight and star are equally wide, so half of the way is seen.
            step = 2 * np.column_stack([sums[:, 0, 1], sums[:, 1, 0]]) / sums[:, :1, 0]
        step[~(np.abs(step).max(axis=1) < fwhm)] = np.nan
        at[moving] += step
        moving = moving[np.abs(step).max(axis=1) > _STILL]
        if not moving.size:
            break
    lost = ~(np.hypot(at[:, 0] - x, at[:, 1] - y) < max(1.0, fwhm / 2))
    return np.where(lost, x, at[:, 0]), np.where(lost, y, at[:, 1])


def moments(data: np.ndarray, x: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    """Return the sums of light · weight · dx^i · dy^j: (N, 3, 3) for j and i."""
    reach = int(np.ceil(CUT * sigma))
    sums = np.empty((len(x), 3, 3))
    count = max(1, _AT_ONCE // (2 * reach + 1) ** 2)
    for start in range(0, len(x), count):
        some = np.s_[start : start + count]
        columns, across = _weights(x[some], reach, sigma, data.shape[1])
        rows, down = _weights(y[some], reach, sigma, data.shape[0])
        light = data[rows[:, :, None], columns[:, None, :]]
        # Plain sums: those of a library of linear algebra depend on its threads.
        lines = np.einsum("nyx,nxi->nyi", light, across)
        sums[some] = np.einsum("nyi,nyj->nji", lines, down)
    return sums


def _weights(
    centre: np.ndarray, reach: int, sigma: float, side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels along one axis, (N, K), and weight · d^i of each: (N, K, 3) float32."""
    pixels = np.rint(centre).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
    d = pixels - centre[:, None]
    weight = np.exp(-0.5 * (d / sigma) ** 2)
    weight[(pixels < 0) | (pixels >= side)] = 0.0
    weights = np.stack([weight, weight * d, weight * d * d], axis=-1).astype(np.float32)
    return np.clip(pixels, 0, side - 1), weights


def deweighted(
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
