"""Stars that are cut off: pixels of one level, or about one, that lie next to each other."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Integers, Reals

#: Pixels lie together if they are no farther apart in rows and columns: those of one colour of a
#: mosaic do.  More than so many, or than this part of a frame, are no hot pixels.
_REACH, _SEVERAL, _SHARE_OF_HOT = 2, 4096, 0.005
#: A scattered pile has so many times as many pixels as an equal width below it, and no more than
#: this part of the frame.
_TIMES, _SHARE = 5, 0.05
_LEAST_WIDTH = 4  # steps
#: It is no wider than a part of the range, has so many pixels at least, and is of so many stars:
#: two alike are seldom so alike as to look cut off at a narrow one.
_KINDS_OF_PILES = ((0.015, 8, 2), (0.05, 12, 3))
#: A star has so many pixels of it at least, and no more than this part of it.
_STAR, _MOST = 3, 0.8
#: It begins so many standard deviations below its middle: less than 1 % of it lies below.
_SIGMAS = 2.7


def common_step(values: Reals, integers: bool) -> float:
    """Return the distance of which those of all values, in order, are multiples."""
    if values.size == 1:
        return np.inf  # nothing tells it
    gaps = np.diff(values)
    return float(np.gcd.reduce(gaps.astype(np.int64)) if integers else gaps.min())


def lie_together(at: Integers, shape: tuple[int, ...]) -> bool:
    """Whether pixels of one value lie next to each other, as those of full stars do.

    Hot pixels that are alike lie alone.

    Parameters
    ----------
    at : (N,) array of int
        Their places in the flattened frame, in order.
    shape : (H, W)
        Of the frame.
    """
    width, size = shape[1], shape[0] * shape[1]
    if at.size > min(_SEVERAL, _SHARE_OF_HOT * size):
        return True
    beside = np.zeros(at.size, bool)
    for row in range(_REACH + 1):
        for column in range(-_REACH if row else 1, _REACH + 1):
            other = np.searchsorted(at, at + row * width + column)
            there = other < at.size
            there[there] = at[other[there]] == at[there] + row * width + column
            beside |= there
            beside[other[there]] = True
    by_chance = at.size**2 * (2 * _REACH + 1) ** 2 / size
    return bool(np.count_nonzero(beside) >= max(2, 3 * by_chance))


def cut_off(values: Reals, at: Integers, middle: float, shape: tuple[int, ...]) -> float | None:
    """Return where the values begin at which several stars alike are cut off; None if none are.

    Parameters
    ----------
    values : (N,) array
        The brightest pixels of a frame.
    at : (N,) array of int
        Their places in the flattened frame, in order.
    middle : float
        The median of the frame.
    shape : (H, W)
        Of the frame.
    """
    sizes = _sizes_of_spots(at, shape)[1]
    of_stars = values[sizes >= _STAR]  # lone pixels are hot
    if not of_stars.size or of_stars.max() <= middle:
        return None
    least = _LEAST_WIDTH * common_step(np.unique(of_stars), values.dtype.kind in "iu")
    ordered = np.sort(of_stars).astype(np.float64)
    for most, pixels, stars in _KINDS_OF_PILES:
        widest = most * (ordered[-1] - middle)
        begin = _begin(ordered, max(widest / 128, least), widest, pixels)
        if begin is None:
            continue
        inside = at[values >= begin]
        spots, _ = _sizes_of_spots(inside, shape)
        several = np.count_nonzero(spots >= _STAR) >= stars and spots.max() < _MOST * inside.size
        few = inside.size <= _SHARE * shape[0] * shape[1]
        if several and few and lie_together(inside, shape):
            return begin
    return None


def _begin(ordered: Reals, least: float, most: float, pixels: int) -> float | None:
    """Return where the greatest of some sorted values pile up; None if they do not."""
    top = ordered[-1]
    for width in np.geomspace(least, most, 22) if least < most else ():
        edges = np.searchsorted(ordered, [top - 3 * width, top - width], side="right")
        inside, below = ordered.size - edges[1], (edges[1] - edges[0]) / 2
        if inside >= pixels and inside >= _TIMES * (below + 1):
            pile = ordered[ordered > top - 2 * width]
            middle, upper = np.quantile(pile, [0.5, 0.84])
            if upper == middle:  # all of one value
                return None
            sigmas = _SIGMAS * (1 + pile.size**-0.5)  # few tell them badly
            return float(middle - sigmas * (upper - middle))
    return None


def _sizes_of_spots(at: Integers, shape: tuple[int, ...]) -> tuple[Integers, Integers]:
    """Return how many pixels each spot has, and how many that of each pixel.

    A spot is made of cells of 4 x 4 pixels that touch, corners included.  (scipy can do it; but to
    import it costs a job more than all of its frames.)
    """
    rows, columns = np.divmod(at, shape[1])
    wide = shape[1] // 4 + 2  # one more, so that the ends of two rows do not touch
    cells, cell = np.unique(rows // 4 * wide + columns // 4, return_inverse=True)
    one, other = _touching(cells, wide)
    labels = np.arange(cells.size)
    while np.any(labels[one] != labels[other]):
        lower = np.minimum(labels[one], labels[other])
        np.minimum.at(labels, labels[one], lower)
        np.minimum.at(labels, labels[other], lower)
        while np.any(labels != labels[labels]):  # each cell of a spot takes its least label
            labels = labels[labels]
    spot = labels[cell]
    sizes: Integers = np.bincount(spot)
    return sizes, sizes[spot]


def _touching(cells: Integers, wide: int) -> tuple[Integers, Integers]:
    """Return the pairs of cells, by their places among sorted ones, that touch."""
    pairs = []
    for step in (1, wide - 1, wide, wide + 1):
        place = np.minimum(np.searchsorted(cells, cells + step), cells.size - 1)
        there = cells[place] == cells + step
        pairs.append((np.flatnonzero(there), place[there]))
    one, other = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    return one, other
