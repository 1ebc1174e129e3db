"""Where cosmic rays may be: a screen that lets through too many pixels rather than one too few.

L.A.Cosmic starts from pixels that pass two tests: their Laplacian stands out of the noise, and it
stands out of the fine structure of the image.  Few pixels do, and which ones can be known without
filtering the whole frame: a bound that costs little rules nearly all pixels out, and what is left
is looked at one by one.

Medians of the same values are the same in any program.  Sums are not: their rounding depends on
the order in which a compiler adds.  So a pixel passes here if it could pass with any order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Floats, Integers, Number
from plateworks.pixels.cosmicplane import Plane
from plateworks.pixels.sorting import sort_columns

#: Sides in pixels of the separable medians: of variance and Laplacian; of the image for its fine
#: structure; and of that.
SMOOTH, FINE, COARSE = 7, 5, 9
#: A separable median leaves half a side at the edges of an image as it is; so no Laplacian there
#: stands out of its own median.
EDGE = SMOOTH // 2
#: How far from a pixel its two tests look.
REACH = 6
#: No variance is taken to be less, electrons**2, and no fine structure, in sigmas.
LEAST_VARIANCE, LEAST_STRUCTURE = np.float32(1e-5), np.float32(0.01)

#: Rows and columns that are screened at a time: what is made of them on the way fits in a cache.
BLOCK = (64, 512)
#: Pixels that are looked at one by one at a time.
BATCH = 2048

#: Two sums of the quarters of one Laplacian, ours and one in any other order, differ by less than
#: this part of the greatest value that enters.  In units of 2**-24 of it, four quarters of four
#: steps up to 8 each and their sum in three steps up to 16 make 176; ours saves some and makes 80.
ROUNDING = np.float32(2.0**-15)
#: Room for the few roundings of roots, quotients and limits.
SLACK = np.float32(1e-5)


def suspects(
    plane: Plane, *, sigclip: float, objlim: float, most: float
) -> tuple[Integers, Integers] | None:
    """Find the pixels from which the first iteration of L.A.Cosmic may start.

    Parameters
    ----------
    plane : Plane
    sigclip, objlim : float
        As in astroscrappy; `sigclip` above zero.
    most : float
        The greatest part of all pixels that may be worth a closer look.

    Returns
    -------
    y, x : (N,) int64 arrays, or None
        In no order; None if too many pixels need a closer look.

    Notes
    -----
    With L the Laplacian, n the noise, S the median of L / 2n, and F the fine structure in sigmas,
    a pixel starts a cosmic ray if L / 2n - S exceeds `sigclip` and F times `objlim`.  Neither L nor
    S is negative.  So, one after the other, fewer and fewer pixels are asked whether L / 2n exceeds
    `sigclip` for a lower bound of n; for n itself; F times `objlim`; and both with S.
    """
    found, left = [np.empty(0, np.int64)], most * plane.image.size
    height, width = plane.image.shape
    for top in range(EDGE, height - EDGE, BLOCK[0]):
        for first in range(EDGE, width - EDGE, BLOCK[1]):
            bottom = min(top + BLOCK[0], height - EDGE)
            last = min(first + BLOCK[1], width - EDGE)
            y, x = _outstanding(plane, slice(top, bottom), slice(first, last), sigclip)
            left -= y.size
            if left < 0:
                return None
            found.append(y * width + x)
    at = np.concatenate(found)
    kept = [at[:0]]
    for i in range(0, at.size, BATCH):
        kept.append(_looked_at(plane, at[i : i + BATCH], sigclip, objlim))
    return np.divmod(np.concatenate(kept), width)


def _outstanding(
    plane: Plane, rows: slice, columns: slice, sigclip: float
) -> tuple[Integers, Integers]:
    """Return the pixels of a block whose Laplacian may stand out of the noise."""
    part = np.s_[rows.start - EDGE : rows.stop + EDGE, columns.start - EDGE : columns.stop + EDGE]
    signal, variance = plane.cut(lambda image: image[part])
    near = signal[EDGE - 1 : 1 - EDGE, EDGE - 1 : 1 - EDGE]
    highest = _laplacian(near)
    highest += _doubt(near)
    noise = np.sqrt(np.maximum(_median_at_least(variance), LEAST_VARIANCE))
    noise *= np.float32(8 * sigclip) * (1 - SLACK)
    y, x = np.nonzero(highest > noise)
    return y + rows.start, x + columns.start


def _looked_at(plane: Plane, at: Integers, sigclip: float, objlim: float) -> Integers:
    """Return those of the flat indices `at` that may start a cosmic ray."""
    height, width = plane.image.shape
    at = at[~around(plane.ignored, at, 1).any(axis=(0, 1))]
    limit = np.float32(sigclip) * (1 - SLACK)
    noise, _, highest = (values[0, 0] for values in _in_sigmas(plane, at, EDGE))
    at, noise, highest = (values[highest > limit] for values in (at, noise, highest))

    # Near the edges medians are other ones.  Few pixels are there, so all of them pass.
    y, x = np.divmod(at, width)
    inside = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)) >= REACH
    edge = at[~inside]
    at, noise, highest = (values[inside] for values in (at, noise, highest))

    signal, _ = plane.cut(lambda image: around(image, at, REACH))
    fine = _smooth(signal, FINE)
    structure = (fine[COARSE // 2, COARSE // 2] - _smooth(fine, COARSE)[0, 0]) / noise
    contrast = np.maximum(structure, LEAST_STRUCTURE) * np.float32(objlim)
    limit = np.maximum(contrast * (1 - SLACK), limit)
    at, highest, limit = (values[highest > limit] for values in (at, highest, limit))

    _, lowest, _ = _in_sigmas(plane, at, REACH)
    at = at[highest - _smooth(lowest, SMOOTH)[0, 0] > limit]
    return np.concatenate([edge, at])


def _in_sigmas(plane: Plane, at: Integers, reach: int) -> tuple[Floats, Floats, Floats]:
    """Return the noise round pixels, and the least and greatest that L / 2n may be there."""
    signal, variance = plane.cut(lambda image: around(image, at, reach))
    noise = np.sqrt(np.maximum(_smooth(variance, SMOOTH), LEAST_VARIANCE))
    near = signal[EDGE - 1 : 1 - EDGE, EDGE - 1 : 1 - EDGE]
    laplacian, doubt = _laplacian(near), _doubt(near)
    lowest = np.maximum(laplacian - doubt, 0) / (8 * noise) * (1 - SLACK)
    return noise, lowest, (laplacian + doubt) / (8 * noise) * (1 + SLACK)


def around(image: NDArray[Number], at: Integers, reach: int) -> NDArray[Number]:
    """Return the squares round N flat indices, (2 reach + 1, 2 reach + 1, N)."""
    steps = np.arange(-reach, reach + 1)
    offsets = steps[:, None] * image.shape[1] + steps
    return image.reshape(-1).take(offsets[:, :, None] + at)


def _laplacian(image: Floats) -> Floats:
    """Return four times the positive Laplacian of the first two axes, two shorter in both.

    L.A.Cosmic splits each pixel into four, so that a quarter sees its own value twice, and two of
    the neighbours; negative quarters count as zero.
    """
    across = image[1:-1, 1:] - image[1:-1, :-1]
    down = image[1:, 1:-1] - image[:-1, 1:-1]
    left, right, upper, lower = across[:, :-1], across[:, 1:], down[:-1], down[1:]
    out = np.maximum(left + upper, 0)
    for quarter in (left - lower, upper - right):
        out += np.maximum(quarter, 0, out=quarter)
    quarter = right + lower
    out -= np.minimum(quarter, 0, out=quarter)
    return out


def _doubt(image: Floats) -> Floats:
    """Return how far two programs may differ in what :func:`_laplacian` gives.

    In a quarter that is not negative, no neighbour exceeds twice the pixel by more than the
    other neighbour is below zero.
    """
    below = max(-float(image.min(initial=0.0)), 0.0)
    doubt = np.abs(image[1:-1, 1:-1])
    doubt *= 2 * ROUNDING
    doubt += ROUNDING * np.float32(below)
    return doubt


def _smooth(image: Floats, side: int) -> Floats:
    """Return the separable median of the first two axes, rows first, shorter by `side` - 1."""
    for axis in (1, 0):
        count = image.shape[axis] - side + 1
        image = np.moveaxis(image, axis, 0)
        rows = sort_columns(np.stack([image[k : k + count] for k in range(side)]), (side // 2,))
        image = np.moveaxis(rows[side // 2], 0, axis)
    return image


def _median_at_least(image: Floats) -> Floats:
    """Return a lower bound of ``_smooth(image, SMOOTH)``.

    A median of seven is at least the least of any four of them: here, the greatest of the minima of
    four in a row.
    """
    for _ in range(2):
        image = image.T
        low = np.minimum(image[:-1], image[1:])
        low = np.minimum(low[:-2], low[2:])
        image = np.maximum(low[:-1], low[1:])
        image = np.maximum(image[:-2], image[2:])
    return image
