"""What is looked at of master darks before a model is fitted: levels, hot pixels, cells, noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.pixels.arrays import Bools, Doubles
from plateworks.pixels.darkfit import Law, Noise, Terms, terms_of, weighted
from plateworks.pixels.darkglow import CELL, cell_means, cell_sums
from plateworks.pixels.darkheld import Samples
from plateworks.pixels.defects import UNPREDICTED
from plateworks.pixels.statistics import median, robust_sigma
from plateworks.products.inputs import Inputs
from plateworks.products.pixeltable import read_pixels, read_scatter
from plateworks.products.reading import FrameReader
from plateworks.products.screened import read_sample

#: A pixel is hot from so many times the noise of rates on.
_HOT = 8.0
#: So many hot pixels tell enough; where there are more, every second, third and so on is taken.
_MOST_HOT = 1 << 16
#: Rows that are read at a time, of all darks together: a multiple of a cell.
_PIXELS = 1 << 21


class Looked(NamedTuple):
    """What was seen of N darks.

    Attributes
    ----------
    samples : Samples
    cells : (N, Y, X) float64 array
        Means of ordinary pixels, ADU.
    """

    samples: Samples
    cells: Doubles


def blocks_of_rows(shape: tuple[int, int], darks: int) -> Iterator[slice]:
    """Divide rows into blocks, so that all darks together fit into little memory."""
    step = max(1, _PIXELS // (darks * shape[1] * CELL)) * CELL
    return (slice(row, min(row + step, shape[0])) for row in range(0, shape[0], step))


def noise_of(order: DarkModelOrder, readers: Sequence[FrameReader], inputs: Inputs) -> Noise:
    """Return how well darks are known.

    Of one that does not tell its noise, such as another program's, it is what it and the next
    differ by.  What a hot pixel has more of noise is told by the shot noise that darks show
    themselves, else by their gain; where nothing tells it, it counts as none.
    """
    variances, growths = [], []
    for n, dark in enumerate(order.darks):
        noise, frames = inputs.noise(dark.path), inputs.frames(dark.path)
        if not noise:
            other = readers[n - 1 if n else 1]
            apart = read_sample(readers[n]).astype(np.float64) - read_sample(other)
            noise = robust_sigma(apart) / 2**0.5 or 1e-6
        single, shot = read_scatter(dark.path)
        egain = inputs.facts(dark.path).egain
        shot = shot or (1 / egain if egain else 0.0)
        share = (noise / single) ** 2 if single else 1 / frames if frames else 0.0
        variances.append(noise**2)
        growths.append(shot * share)
    return Noise(np.array(variances), np.array(growths))


def unpredicted(order: DarkModelOrder, shape: tuple[int, int]) -> Bools:
    """Return the pixels of which one of the darks says that no dark predicts them, (H, W)."""
    found = np.zeros(shape, bool)
    for dark in order.darks:
        rows = read_pixels(dark.path)
        if rows is not None:
            some = rows.kinds & UNPREDICTED != 0
            found[rows.y[some], rows.x[some]] = True
    return found


def look(
    readers: Sequence[FrameReader], bias: FrameReader | None, law: Law, flagged: Bools
) -> Looked:
    """Read all darks once.

    Parameters
    ----------
    readers : sequence of N FrameReader
    bias : FrameReader or None
    law : Law
        By the usual doubling: it tells which pixels are hot.
    flagged : (H, W) bool array
        Pixels that no dark predicts.
    """
    shape, every = readers[0].shape, [*readers, *([bias] if bias is not None else [])]
    limit = _limit(readers, law)
    sums, count = np.zeros(len(every)), 0
    hot: list[Doubles] = []
    cells: list[Doubles] = []
    for rows in blocks_of_rows(shape, len(every)):
        darks = np.stack([one.rows(rows.start, rows.stop) for one in every]).astype(np.float64)
        good = np.isfinite(darks).all(axis=0) & ~flagged[rows]
        stands = good & (weighted(list(darks[: len(readers)]), law.line.rate) > limit)
        sums += np.where(good, darks, 0.0).sum(axis=(1, 2))
        count += int(np.count_nonzero(good))
        hot.append(darks[:, stands])
        plain = good & ~stands
        counts = cell_sums(np.ones(plain.shape), plain)
        cells.append(
            np.stack([cell_means(cell_sums(d, plain), counts) for d in darks[: len(readers)]])
        )
    levels, columns = sums / max(count, 1), np.concatenate(hot, axis=1)
    columns = columns[:, :: max(1, -(-columns.shape[1] // _MOST_HOT))]
    number = len(readers)
    of_bias = None if bias is None else (float(levels[number]), columns[number])
    samples = Samples(levels[:number], columns[:number], of_bias)
    return Looked(samples, np.concatenate(cells, axis=1))


def ordinary_terms(readers: Sequence[FrameReader], law: Law) -> Terms[float]:
    """Return the terms of an ordinary pixel, by some rows of all darks."""
    return Terms(*map(median, terms_of(_some_rows(readers), law.line)))


def _limit(readers: Sequence[FrameReader], law: Law) -> float:
    """Return the rate from which on a pixel is hot."""
    rates = weighted(_some_rows(readers), law.line.rate)
    middle = median(rates)
    return middle + _HOT * robust_sigma(rates, middle)


def _some_rows(readers: Sequence[FrameReader]) -> list[Doubles]:
    height = readers[0].shape[0]
    rows = range(0, height, max(1, height // 64))
    sample = (np.concatenate([one.rows(row, row + 1) for row in rows]) for one in readers)
    return [one.astype(np.float64) for one in sample]
