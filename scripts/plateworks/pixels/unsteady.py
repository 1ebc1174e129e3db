"""Pixels that differ from frame to frame more than others: watched while a stack is combined.

Where the values of every pixel are sorted anyway, two of them tell how widely it scatters.  Those
that scatter widely are looked at value by value: some have two levels, between which they jump at
random (random telegraph noise), and no dark can predict them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Doubles, Floats, Integers, Reals, Rows
from plateworks.pixels.averages import exact_type
from plateworks.pixels.scatter import less

#: A pixel is looked at closely when its spread is so many times that of an ordinary one: one in a
#: hundred of those that only scatter by chance, and nearly all with two levels 5 sigmas apart.
_WIDE = 1.6
#: One in so many pixels that only scatter is taken for one with two levels.
_RARE = 5e-6
#: A value so many times as far above the next as the others scatter is the work of a cosmic ray.
_STRUCK = 5.0
#: Fewer values than this do not tell a cosmic ray from another level.
_LEAST = 4
#: So many values wait before they are looked at.
_PENDING = 1 << 20
#: Columns of noise that are drawn to learn how wide they are.
_DRAWN = 1 << 16

#: How far two of the values of each pixel lie apart, in one of two types.
Distances = NDArray[np.uint16 | np.float32]


class Looked(NamedTuple):
    """What was seen of K pixels that scatter widely.

    Attributes
    ----------
    pixels : (K,) int64 array
        Flat indices, upwards.
    deviation : (K,) float64 array
        Standard deviation of the values, but for one that a cosmic ray raised.
    jump : (K,) float64 array
        How far two levels lie apart that the values may have, divided by how far apart the two
        parts of so many normal values of deviation 1 lie once in 200,000 times, wherever they
        are parted.  So values of a smaller deviation than this have two levels.
    within : (K,) float64 array
        Standard deviation about these two levels.
    lower : (K,) float64 array
        The lower of them.
    """

    pixels: Integers
    deviation: Doubles
    jump: Doubles
    within: Doubles
    lower: Doubles


class Unsteady(NamedTuple):
    """How the pixels of a stack scatter.

    Attributes
    ----------
    distance : (H, W) uint16 or float32 array
        How far two of the values of each pixel lie apart; NaN where fewer than two are there.
    unit : float32
        Standard deviation of values for each unit of this distance: right in the median of many
        pixels, rough for a single one.
    looked : Looked
        Of those that scatter widely.
    """

    distance: Distances
    unit: np.float32
    looked: Looked

    @property
    def spread(self) -> Floats:
        """Return the standard deviation of the values of each pixel, (H, W) float32."""
        return self.of(slice(None)).reshape(self.distance.shape)

    def of(self, pixels: Integers | slice) -> Floats:
        """Return that of K pixels by their flat indices, (K,) float32."""
        spread = self.distance.reshape(-1)[pixels].astype(np.float32)
        spread *= self.unit
        return spread


def ends(n: int) -> tuple[int, int]:
    """Return the ranks whose distance tells the spread of `n` values.

    Without the highest, which may be the work of a cosmic ray, where few enough are lost by that.
    """
    return (0, n - 1) if n < 5 else (0, n - 2)


def told_by(dtype: np.dtype, count: int) -> tuple[type[np.uint16 | np.float32], np.float32]:
    """Return the type in which distances are held, and their unit, for so many values of a type.

    Differences of 16 bits are held as they are, which takes half of the memory.
    """
    if dtype.kind in "iu" and dtype.itemsize == 2 and count > 1:
        return np.uint16, np.float32(1 / width_of_noise(count))
    return np.float32, np.float32(1)


class Watch:
    """Looks at sorted stacks, before they are used up.

    Parameters
    ----------
    distance : (P,) uint16 or float32 array
        As :class:`Unsteady` has it, of the pixels of the image in order; filled.
    ordinary : float
        Standard deviation of the values of an ordinary pixel.
    """

    def __init__(self, distance: Distances, ordinary: float):
        self._distance, self._ordinary = distance, ordinary
        self._waiting: list[tuple[Integers, Reals]] = []
        self._seen: list[Looked] = []
        self._values = 0

    def see(self, where: slice | Integers, rows: Rows, first: int = 0) -> None:
        """Look at N rows of M sorted values, of these pixels, counted from the `first`."""
        n, distances = len(rows), self._distance[first:]
        if n < 2:
            distances[where] = np.nan
            return
        low, high = ends(n)
        if distances.dtype == np.uint16:
            apart = rows[high].view(np.uint16) - rows[low].view(np.uint16)
            distances[where] = apart
            wide = np.flatnonzero(apart >= _least_wide(n, self._ordinary))
        else:
            spread = less(rows[high], rows[low].astype(exact_type(rows[low].dtype)))
            spread *= spread.dtype.type(1 / width_of_noise(n))
            distances[where] = spread
            wide = np.flatnonzero(spread > _WIDE * self._ordinary)
        if not wide.size or n < _LEAST:
            return
        pixels = wide + where.start if isinstance(where, slice) else where[wide]
        self._waiting.append((pixels + first, np.stack([row[wide] for row in rows])))
        self._values += n * wide.size
        if self._values > _PENDING:
            self._look()

    def seen(self) -> Looked:
        """Return what was seen of the pixels that scatter widely."""
        self._look()
        return joined(self._seen)

    def _look(self) -> None:
        lengths = {len(values) for _, values in self._waiting}
        for n in sorted(lengths):
            some = [one for one in self._waiting if len(one[1]) == n]
            pixels = np.concatenate([pixels for pixels, _ in some])
            values = np.concatenate([values for _, values in some], axis=1).astype(np.float64)
            self._seen.append(look(pixels, values, self._ordinary))
        self._waiting, self._values = [], 0


def joined(parts: Iterable[Looked]) -> Looked:
    """Return what was seen in several parts of an image as one."""
    none = Looked(np.empty(0, np.int64), *(np.empty(0) for _ in range(4)))
    every = [np.concatenate(each) for each in zip(none, *parts, strict=True)]
    order = np.argsort(every[0], kind="stable")
    return Looked(*(each[order] for each in every))


def look(pixels: Integers, values: Doubles, ordinary: float) -> Looked:
    """Look at sorted values (N, K), N >= 4, of these pixels one by one."""
    rest = _deviation(values[:-1])
    struck = values[-1] - values[-2] > _STRUCK * np.maximum(rest, ordinary)
    deviation, jump, within, lower = np.empty((4, pixels.size))
    for which, some in ((~struck, values), (struck, values[:-1])):
        deviation[which] = _deviation(some[:, which])
        jump[which], within[which], lower[which] = _two_levels(some[:, which], ordinary)
    return Looked(pixels, deviation, jump, within, lower)


def _deviation(values: Doubles) -> Doubles:
    return np.sqrt(_squares(values)[1] / (len(values) - 1))


def _squares(values: Doubles) -> tuple[Doubles, Doubles]:
    """Return the mean of each column, and the sum of the squared distances from it.

    Row by row, so that no column depends on how many there are.
    """
    mean = np.zeros(values.shape[1])
    for row in values:
        mean += row
    mean /= len(values)
    squares = np.zeros_like(mean)
    for row in values:
        squares += (row - mean) ** 2
    return mean, squares


def _two_levels(values: Doubles, ordinary: float) -> tuple[Doubles, Doubles, Doubles]:
    """Part sorted values (N, K) into two groups, where they lie apart the clearest.

    The upper group has two values at least, since one alone may be a cosmic ray.
    """
    n = len(values)
    mean, squares = _squares(values)
    best, jump, within, lower = np.full((4, values.shape[1]), 0.0)
    below = np.zeros_like(mean)
    for low in range(1, n - 1):
        below += values[low - 1] - mean
        step = -below * (n / (low * (n - low)))  # of the means of both groups
        left = np.sqrt(np.maximum(squares - step**2 * (low * (n - low) / n), 0) / max(n - 2, 1))
        apart = step / _by_chance(n, low)
        clear = apart / np.maximum(left, ordinary)
        better = clear > best
        best[better], jump[better], within[better] = clear[better], apart[better], left[better]
        lower[better] = (mean + below / low)[better]
    return jump, within, lower


@lru_cache(maxsize=1024)
def _by_chance(n: int, low: int) -> float:
    """Return how far the means of `low` of `n` normal values and of the others lie apart at most.

    However these are chosen, and wherever the values are parted.
    """
    ways = math.lgamma(n + 1) - math.lgamma(low + 1) - math.lgamma(n - low + 1)
    rare = math.exp(max(math.log(_RARE / n) - ways, -690.0))
    return -NormalDist().inv_cdf(rare) * math.sqrt(1 / low + 1 / (n - low))


@lru_cache(maxsize=256)
def _least_wide(n: int, ordinary: float) -> int:
    """Return the least distance in 16 bits of the ends of `n` values that is a wide one."""
    spread = np.arange(1 << 16, dtype=np.float32)
    spread *= np.float32(1 / width_of_noise(n))
    return int(np.searchsorted(spread > _WIDE * ordinary, True))


@lru_cache(maxsize=256)
def width_of_noise(n: int) -> float:
    """Return the median distance of the :func:`ends` of `n` normal values of deviation 1."""
    low, high = ends(n)
    columns = max(_DRAWN // n, 512) | 1
    drawn = np.sort(np.random.default_rng(n).standard_normal((columns, n)), axis=1)
    return float(np.median(drawn[:, high] - drawn[:, low]))
