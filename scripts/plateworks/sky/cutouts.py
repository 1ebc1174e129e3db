"""Stars cut out of an image: each without the sky about it, and with nothing of its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.sky.moffat import Moffat

#: Where the sky about a star is read, in widths of a star; far enough that its own wings are faint.
SKY_RING = (4.5, 7.0)
#: Pixels that all cut-outs may have together: of wide stars, fewer are measured.
MOST_PIXELS = 4_000_000
#: What a neighbour may leave in the light of a star, as a part of it, before it is cut away; how
#: far, in widths, it is cut away at most; and what part of it is left where it was subtracted.
LEFT, FARTHEST, UNSURE = 0.01, 4.0, 0.1
#: From which part of a star on, and how far about them in widths, neighbours are subtracted.
LEAST_NEIGHBOUR, SUBTRACTED = 0.003, 5.0
#: Rounds in which the sky is freed of stars, and from how many times its scatter on they are seen.
ROUNDS, CLIP = 3, 5.0


class Cutouts(NamedTuple):
    """Squares about stars, one below another, as :mod:`sep` measures an image.

    Attributes
    ----------
    data : (N * S, S) float32 array
        The sky about each is taken off.
    bad : (N * S, S) bool array
        Pixels without a value, those that the mask names, and those of neighbours.
    x, y : (N,) float64 arrays
        Where the stars are in it.
    core : (N,) bool array
        Stars with a pixel that is bad within their own width: saturated, blended, at an edge.
    noise : (N,) float64 array
        Of a pixel of the sky.
    unseen : (N,) float64 array
        How much light a pixel of the sky has of stars that are too faint to be seen.
    readings : (N,) int array
        Pixels that the sky was read from.
    """

    data: np.ndarray
    bad: np.ndarray
    x: np.ndarray
    y: np.ndarray
    core: np.ndarray
    noise: np.ndarray
    unseen: np.ndarray
    readings: np.ndarray


class _Sky(NamedTuple):
    """What is known of the sky about each star, as in :class:`Cutouts`."""

    level: np.ndarray
    noise: np.ndarray
    unseen: np.ndarray
    readings: np.ndarray


def how_many(width: float) -> int:
    """Return of how many stars so wide the cut-outs may be made."""
    return MOST_PIXELS // _side(width) ** 2


def cut_out(
    image: np.ndarray,
    mask: np.ndarray | None,
    mosaic: bool,
    xy: np.ndarray,
    flux: np.ndarray,
    chosen: np.ndarray,
    width: float,
    profile: Moffat | None = None,
) -> Cutouts:
    """Cut stars out.

    Parameters
    ----------
    image : (H, W) array
    mask : (H, W) array or None
        Pixels that are not zero count as bad.
    mosaic : bool
        Whether pixels see different colours: then each cut-out is of the means of 2x2 pixels, all
        colours in each, so that the sum of the pixels stays the same.
    xy, flux : (M, 2) and (M,) float64 arrays
        All sources, in pixels counted from 0.
    chosen : (N,) int array
        Those that are cut out; the others are neighbours.
    width : float
        The full width at half maximum of a star, in pixels.
    profile : Moffat, optional
        By which neighbours are subtracted, so that less of them is cut away.

    Returns
    -------
    Cutouts
    """
    half = _side(width) // 2
    shift = 0.5 if mosaic else 0.0
    middle = np.rint(xy[chosen] - shift).astype(int)
    offset = xy[chosen] - shift - middle
    data, bad = _squares(image, mask, middle, half, mosaic)
    steps = np.arange(-half, half + 1)
    away = np.hypot(steps - offset[:, 0, None, None], (steps[:, None] - offset[:, 1, None, None]))
    for square, neighbours in enumerate(_neighbours(xy, flux, chosen, middle + shift, half, width)):
        if profile is not None:
            _subtract(data[square], neighbours, profile, flux[chosen[square]], width)
        _cut_away(bad[square], neighbours, width, 1.0 if profile is None else UNSURE)
    core = (bad & (away < max(width, 1.0))).any(axis=(1, 2))
    ring = (away >= SKY_RING[0] * width) & (away <= SKY_RING[1] * width) & ~bad
    sky = _levels(data, ring)
    data -= sky.level[:, None, None].astype(np.float32)
    data[bad] = 0
    count, side = len(chosen), 2 * half + 1
    return Cutouts(
        data.reshape(count * side, side),
        bad.reshape(count * side, side),
        half + offset[:, 0],
        half + offset[:, 1] + side * np.arange(count),
        core,
        *sky[1:],
    )


def _side(width: float) -> int:
    return 2 * int(np.ceil(SKY_RING[1] * width + 1)) + 1


def _squares(
    image: np.ndarray, mask: np.ndarray | None, middle: np.ndarray, half: int, mosaic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Read the squares; what lies beyond the image is bad: (N, S, S) float32 and bool."""
    steps = np.arange(-half, half + 1 + mosaic)
    columns, rows = (middle[:, axis, None] + steps for axis in (0, 1))
    beyond = [
        (at < 0) | (at >= size) for at, size in zip((rows, columns), image.shape, strict=True)
    ]
    rows, columns = (
        np.clip(at, 0, size - 1)[:, :, None] if axis == 0 else np.clip(at, 0, size - 1)[:, None, :]
        for axis, (at, size) in enumerate(zip((rows, columns), image.shape, strict=True))
    )
    data: np.ndarray = image[rows, columns].astype(np.float32)
    bad = beyond[0][:, :, None] | beyond[1][:, None, :] | ~np.isfinite(data)
    if mask is not None:
        bad |= mask[rows, columns] != 0
    data[bad] = 0
    if mosaic:
        data = (data[:, :-1, :-1] + data[:, :-1, 1:] + data[:, 1:, :-1] + data[:, 1:, 1:]) / 4
        bad = bad[:, :-1, :-1] | bad[:, :-1, 1:] | bad[:, 1:, :-1] | bad[:, 1:, 1:]
    return data, bad


class _Neighbours(NamedTuple):
    """Neighbours of a star: where they are in its square, and how bright beside it."""

    x: np.ndarray
    y: np.ndarray
    ratio: np.ndarray


def _neighbours(
    xy: np.ndarray, flux: np.ndarray, chosen: np.ndarray, middle: np.ndarray, half: int,
    width: float,
) -> Iterator[_Neighbours]:  # fmt: skip
    from scipy.spatial import KDTree

    reach = 1.5 * half + FARTHEST * width
    for own, centre, near in zip(
        chosen, middle, KDTree(xy).query_ball_point(xy[chosen], reach), strict=True
    ):
        others = np.array([other for other in near if other != own], dtype=int)
        ratio = flux[others] / max(flux[own], 1e-9)
        others, ratio = others[ratio > LEAST_NEIGHBOUR], ratio[ratio > LEAST_NEIGHBOUR]
        x, y = (xy[others] - centre + half).T
        yield _Neighbours(x, y, ratio)


def _windows(
    neighbours: _Neighbours, radii: np.ndarray, side: int
) -> Iterator[tuple[int, tuple[slice, slice], np.ndarray]]:
    """Yield each neighbour, the pixels about it, and their squared distances."""
    low = np.maximum(np.floor([neighbours.x - radii, neighbours.y - radii]), 0).astype(int)
    high = np.minimum(np.ceil([neighbours.x + radii, neighbours.y + radii]) + 1, side).astype(int)
    for which in map(int, np.flatnonzero((radii > 0) & (low < high).all(axis=0))):
        columns = np.arange(low[0, which], high[0, which]) - neighbours.x[which]
        rows = np.arange(low[1, which], high[1, which]) - neighbours.y[which]
        where = slice(low[1, which], high[1, which]), slice(low[0, which], high[0, which])
        yield which, where, np.asarray(columns**2 + rows[:, None] ** 2)


def _cut_away(bad: np.ndarray, neighbours: _Neighbours, width: float, left: float) -> None:
    """Mark the pixels of neighbours, the farther about them the brighter they are.

    So far as a profile of Moffat with the exponent 3 has more than a little of a star outside.
    """
    part = np.maximum(left * neighbours.ratio / LEFT, 1.0)
    radii = width * np.minimum(np.sqrt(np.sqrt(part) - 1), FARTHEST)
    for which, where, square in _windows(neighbours, radii, len(bad)):
        bad[where] |= square < radii[which] ** 2


def _subtract(
    data: np.ndarray, neighbours: _Neighbours, profile: Moffat, flux: float, width: float
) -> None:
    radii = np.full(len(neighbours.ratio), SUBTRACTED * width)
    for which, where, square in _windows(neighbours, radii, len(data)):
        data[where] -= flux * neighbours.ratio[which] * profile.at(square)


def _levels(data: np.ndarray, ring: np.ndarray) -> _Sky:
    """The sky of each square, by the pixels of its ring: the mean of all but what is seen as stars.

    The mean, and not the median: those stars that are too faint to be seen are in the aperture too.
    """
    count = ring.sum(axis=(1, 2))
    values = np.full((len(data), max(int(count.max(initial=0)), 1)), np.inf, np.float32)
    for row, square, where in zip(values, data, ring, strict=True):
        some = square[where]
        row[: len(some)] = some
    values.sort(axis=1)
    last = count
    for _ in range(ROUNDS):
        middle, low = _quantile(values, last, 0.5), _quantile(values, last, 0.1587)
        noise = middle - low  # below, where no star is
        last = np.sum(values <= (middle + CLIP * noise)[:, None], axis=1)
    kept = np.arange(values.shape[1]) < last[:, None]
    mean = np.where(kept, values, 0).sum(axis=1, dtype=np.float64) / np.maximum(last, 1)
    return _Sky(mean, noise, mean - middle, last)


def _quantile(values: np.ndarray, last: np.ndarray, part: float) -> np.ndarray:
    """A quantile of the first `last` places of sorted rows, 0 where there are none: (N,)."""
    at = np.maximum(last - 1, 0) * part
    low = at.astype(int)
    high = np.minimum(low + 1, np.maximum(last - 1, 0))
    rows = np.arange(len(values))
    filled = np.where(np.isfinite(values[:, :1]), 1, 0)[:, 0] > 0
    one, other = (np.where(filled, values[rows, which], 0.0) for which in (low, high))
    return one + (at - low) * (other.astype(np.float64) - one)
