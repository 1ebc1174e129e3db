"""What is measured of one frame of a set: level, noise, structure, banding, hot pixels.

All of it on a sparse sample of the frame's pixels, which costs a hundredth of reading it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import bottleneck
import numpy as np
import numpy.typing as npt

from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.sorting import sort_columns
from plateworks.pixels.statistics import median, robust_sigma

Rows = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

#: Pixels of a frame that are looked at, at most.
SAMPLE = 1 << 16
#: Blocks of the grid in which large-scale structure is looked for: columns, rows.
GRID = (16, 12)
#: Blocks of the grid that may be off.
ODD_BLOCKS = 3
#: Pairs of frames of which the noise of one is known before any is judged.
_PAIRS = 5
#: Values that tell well enough what is far away.
_FEW = 1 << 13
#: A pixel is hot from so many times the noise above the middle of its frame.
_HOT = 10.0
#: A value is an outlier from so many times the noise about the others.
_FAR = 6.0
#: Extremes are drawn in to this many times the noise before means are taken.
_CLIP = 4.0


@dataclass(frozen=True, slots=True)
class FrameMeasure:
    """What was measured of one frame.

    Attributes
    ----------
    level : float
        Median, ADU; of a flat its light.
    noise : float
        Of a pixel, about the other frames of the set: ADU, of a flat a share of its level.
    structure : float
        The fourth largest deviation of a block of the grid from the set, in the unit of `noise`.
    banding : float
        Scatter of the means of rows, or of columns, beyond that of the noise, in units of the
        noise.
    block_error : float
        What chance does to the mean of a block, in the unit of `noise`.
    hot : int
        Hot pixels in the sample.
    outliers : float
        Share of the sample that lies far from the others of the set.
    saturated : float
        Share of the sample that is saturated.
    faults : tuple of str
        Why it is poor, as clauses; empty if it is not.
    """

    level: float
    noise: float
    structure: float
    banding: float
    block_error: float
    hot: int
    outliers: float
    saturated: float
    faults: tuple[str, ...] = ()

    @property
    def poor(self) -> bool:
        """Whether it is to be left out."""
        return bool(self.faults)


class Sample(NamedTuple):
    """The pixels of a frame that are looked at: some of its rows, and of these some columns."""

    rows: list[int]
    columns: npt.NDArray[np.intp]


def sample_of(height: int, width: int, size: int = SAMPLE, cell: Cell = MONO) -> Sample:
    """Return the pixels that are looked at, spread over all of a frame.

    Rows and columns come in pairs, so that all colours of a mosaic are met.  There are about `size`
    of them, or all if these are fewer.  Planes that lie below each other have the same, so that the
    sample of an image is one of as many planes.
    """
    if cell.planes > 1:
        high = cell.height(height)
        one = sample_of(high, width, size // cell.planes)
        tops = [plane * high for plane in range(cell.planes)]
        return Sample([top + row for top in tops for row in one.rows], one.columns)
    lines = max(1, min(height // 2, max(size // (2 * width), 3 * GRID[1])))
    across = max(1, min(width // 2, size // (4 * lines)))
    rows = [row for start in _spread(height // 2, lines) for row in (2 * start, 2 * start + 1)]
    columns = [x for start in _spread(width // 2, across) for x in (2 * start, 2 * start + 1)]
    return Sample(rows if height > 1 else [0], np.asarray(columns if width > 1 else [0], np.intp))


def _spread(size: int, count: int) -> list[int]:
    return [(2 * i + 1) * size // (2 * count) for i in range(count)]


def own_noise(rows: Rows) -> float:
    """Return the noise of a pixel by how it differs from the next of its colour in the row."""
    values = rows.astype(np.float32, copy=False)
    return _sigma(values[:, 2:] - values[:, :-2]) / 2**0.5


def _sigma(residual: Floats, guess: float | None = None) -> float:
    """Return the standard deviation of values about 0, few of which are far away.

    The median absolute deviation of integers comes in steps; it, or a guess, only says here what is
    far away.
    """
    sigma = robust_sigma(residual, 0.0) if guess is None else guess
    for _ in range(3):
        # No product of vectors: how a library of linear algebra adds depends on its threads.
        squares = np.square(_drawn_in(residual, sigma))
        sigma = (float(squares.sum(dtype=np.float64)) / max(squares.size, 1)) ** 0.5
    return sigma


def _drawn_in(residual: Floats, sigma: float) -> Floats:
    """Return values about 0 with the extremes drawn in, and 0 for what is missing."""
    bound = np.float32(_CLIP * sigma)
    drawn_in: Floats = np.clip(residual, -bound, bound)
    if not np.isfinite(drawn_in.sum(dtype=np.float64)):
        np.nan_to_num(drawn_in, copy=False, nan=0.0)
    return drawn_in


def level_of(rows: Rows) -> float:
    """Return the level of a frame between the steps of its converter, ADU."""
    middle = median(rows)
    residual = rows.astype(np.float32) - np.float32(middle)
    sigma = robust_sigma(residual.ravel()[:: max(1, residual.size // _FEW)], 0.0)
    return middle + float(_drawn_in(residual, sigma).mean(dtype=np.float64))


def noise_of_pairs(samples: Sequence[Rows]) -> float:
    """Return the noise of a pixel of one frame, ADU, from the differences of some pairs."""
    step = max(1, (len(samples) - 1) // _PAIRS)
    pairs = [(samples[i], samples[i + 1]) for i in range(0, len(samples) - 1, step)]
    sigmas = [robust_sigma(a.astype(np.float32) - b.astype(np.float32)) / 2**0.5 for a, b in pairs]
    return float(np.median(sigmas)) if sigmas else float("nan")


def middle_of(good: Sequence[Rows]) -> Floats:
    """Return the median of frames, pixel by pixel; of two their mean."""
    stack = np.stack([rows.astype(np.float32, copy=False) for rows in good])
    if not np.isfinite(stack.sum(dtype=np.float64)):
        middle: Floats = bottleneck.nanmedian(stack, axis=0)
        return middle
    low, high = (len(good) - 1) // 2, len(good) // 2
    ranked = sort_columns(stack.reshape(len(good), -1), (low, high))
    middle = np.asarray((ranked[low] + ranked[high]) / 2, np.float32)
    return middle.reshape(stack.shape[1:])


def measure(
    rows: Rows,
    reference: Floats,
    level: float,
    saturated: float,
    *,
    pattern: float,
    guess: float | None = None,
) -> FrameMeasure:
    """Measure a frame about the middle of its set.

    Parameters
    ----------
    rows : (R, W) array
        Its sample.
    reference : (R, W) float32 array
        The middle of the set, from :func:`middle_of`.
    level, saturated : float
        Known of it already.
    pattern : float
        How the pixels of the set differ among themselves: none is hot for that.
    guess : float, optional
        The noise, about.
    """
    values = rows.astype(np.float32, copy=False)
    residual = values - reference
    offset = median(residual)
    residual -= np.float32(offset)
    noise = _sigma(residual, guess)
    threshold = np.float32(median(reference) + _HOT * max(noise, pattern))
    hot = int(np.count_nonzero(values - np.float32(offset) > threshold))
    outliers = np.count_nonzero(np.abs(residual) > np.float32(_FAR * max(noise, guess or 0.0)))
    residual = _drawn_in(residual, noise)
    blocks = np.sort(np.abs(_blocks(residual)).ravel())
    return FrameMeasure(
        level=level,
        noise=noise,
        structure=float(blocks[-1 - min(ODD_BLOCKS, blocks.size - 1)]),
        banding=max(_banding(residual, 0, noise), _banding(residual, 1, noise)),
        block_error=noise / (residual.size / blocks.size) ** 0.5,
        hot=hot,
        outliers=outliers / max(residual.size, 1),
        saturated=saturated,
    )


def _banding(residual: Floats, axis: int, noise: float) -> float:
    """Return how the means along an axis scatter beyond what the noise makes, in its units."""
    if not noise > 0:
        return 0.0
    means = residual.mean(axis=axis, dtype=np.float64)
    means -= _smooth(means)
    expected = noise**2 / residual.shape[axis]
    return max(0.0, float(np.var(means)) - expected) ** 0.5 / noise


def _blocks(residual: Floats) -> npt.NDArray[np.float64]:
    """Return the means of the blocks of the grid."""
    columns, lines = (min(n, size) for n, size in zip(GRID, residual.shape[::-1], strict=True))
    across = np.linspace(0, residual.shape[1], columns + 1).astype(int)
    down = np.linspace(0, residual.shape[0], lines + 1).astype(int)
    sums = np.add.reduceat(residual, across[:-1], axis=1, dtype=np.float64)
    sums = np.add.reduceat(sums, down[:-1], axis=0)
    means: npt.NDArray[np.float64] = sums / np.outer(np.diff(down), np.diff(across))
    return means


def _smooth(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the large-scale course of the means of rows or columns, which is no banding."""
    if means.size < 8:
        return np.full(means.size, means.mean())
    place = np.linspace(-1.0, 1.0, means.size)
    course = np.polynomial.polynomial.polyfit(place, means, 3)
    return np.asarray(np.polynomial.polynomial.polyval(place, course), np.float64)
