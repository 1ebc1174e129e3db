"""How far the pixels of a dark lie above their surroundings, and the noise there."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.background import Smooth, without_background
from plateworks.pixels.cfa import Cell, Where
from plateworks.pixels.mesh import ROWS, TILE, Mesh, rows_of, tile_medians
from plateworks.pixels.statistics import MAD_TO_SIGMA, median, medians_of_rows, robust_sigma

#: Columns whose medians are found together, few enough for the cache of the processor.
_LINES = 32
#: One strip of columns in so many tells about how widely an image scatters.
_FEW = 16
#: Parts of the median absolute deviation, as they tell it, that nearly half of all deviations do
#: not reach, and that more than half do not exceed.
_BELOW, _ABOVE = 0.5, 1.2
#: More than what rounds numbers that are compared.
_SLACK = 1e-5


class Surroundings:
    """What surrounds the pixels of one colour of a dark, and how far they lie above it.

    The pattern of rows and columns that a bias inside the dark brings would count as noise, and
    hide the fainter hot pixels; so the median of each row and column is taken out, unless the
    whole row or column is hot.  What is left has a background and a noise, as
    :func:`plateworks.pixels.background.local_background` tells them.

    All of it is told by few numbers, from which the image is made anew, some rows at a time,
    wherever it is looked at.  That takes less time than to have the system find memory for it.

    Parameters
    ----------
    dark : (H, W) array
        Any real type; what is not finite is ignored.
    sigma : float
        From so many times the noise on a row or column is hot.
    """

    def __init__(self, dark: Reals, sigma: float):
        self._dark, self._sigma = dark, sigma
        self._room = np.empty((2, ROWS, dark.shape[1]), np.float32)
        self._band = np.empty((TILE, dark.shape[1]), np.float32)
        self._columns, self._rows = self._pattern()
        self._level = Mesh(tile_medians(self._without_pattern, dark.shape), dark.shape)
        self._noise = self._find_noise()
        self._far = Mesh(self._noise.mesh, dark.shape)

    def parts(self) -> Iterator[tuple[slice, Floats, Floats]]:
        """Yield how far some rows lie above their surroundings, and the noise there.

        In memory that the next rows are put into.
        """
        noise = np.empty_like(self._room[0])
        for rows in self._level.stretches:
            height = rows.stop - rows.start
            local = self._far.put(rows, noise[:height])
            np.maximum(local, self._noise.least, out=local)
            yield rows, self._above(rows, self._room[1][:height]), local

    def at(self, y: Integers, x: Integers) -> Floats:
        """Return how far K pixels lie above their surroundings, (K,)."""
        out = np.empty(y.size, np.float32)
        np.subtract(self._dark[y, x], self._columns[x] + self._rows[y], out=out)
        return np.subtract(out, self._level.at(y, x), out=out)

    def _above(self, rows: slice, out: Floats) -> Floats:
        """Put what some rows have above their surroundings into `out`."""
        pattern = self._room[0][: len(out)]
        np.add(self._columns, self._rows[rows, None], out=pattern)
        np.subtract(self._dark[rows], pattern, out=out)
        return np.subtract(out, self._level.put(rows, pattern), out=out)

    def _without_pattern(self, first: int, stop: int) -> Floats:
        """Return some rows without the pattern."""
        out = self._band[: stop - first]
        for start in range(first, stop, ROWS):
            rows = slice(start, min(start + ROWS, stop))
            part = self._room[0][: rows.stop - start]
            np.add(self._columns, self._rows[rows, None], out=part)
            np.subtract(self._dark[rows], part, out=out[start - first : rows.stop - first])
        return out

    def _pattern(self) -> tuple[Floats, Floats]:
        """Return the medians of the columns, and of the rows less these; those of hot ones are 0.

        Limit of a hot one is the median of the noise.  To find that takes as long as all the rest,
        and next to never does it matter: so where half of all pixels deviate by more than would do
        for the highest median, nothing is hot.
        """
        dark, width = self._dark, self._dark.shape[1]
        level = Mesh(tile_medians(rows_of(dark), dark.shape), dark.shape)
        medians, widths = [], []
        for index, x in enumerate(range(0, width, _LINES)):
            which = slice(x, min(x + _LINES, width))
            rest = dark[:, which].astype(np.float32, copy=False) - level.columns(which)
            rest = np.ascontiguousarray(rest.T)
            medians.append(medians_of_rows(rest))
            if index % _FEW == 0:
                widths.append(median(np.abs(rest[0])))
        columns = np.concatenate(medians)
        self._about = float(np.nan_to_num(np.median(widths)))  # the median absolute deviation
        surely = self._surely_cold(level)
        self._without_hot(columns, surely)
        medians = []
        for rows in level.stretches:
            rest = self._rest(level, rows)
            rest -= columns
            medians.append(medians_of_rows(rest))
        lines = np.concatenate(medians)
        self._without_hot(lines, surely)
        return columns, lines

    def _rest(self, level: Mesh, rows: slice) -> Floats:
        """Return some rows less their background."""
        out = level.put(rows, self._room[0][: rows.stop - rows.start])
        return np.subtract(self._dark[rows].astype(np.float32, copy=False), out, out=out)

    def _surely_cold(self, level: Mesh) -> float:
        """Return a deviation up to which a row or column is not hot.

        The noise is nowhere less than half of that of the whole image, and so is its median.
        """
        least, far, size = np.float32(_BELOW * self._about), 0, self._dark.size
        for rows in level.stretches:
            rest = self._rest(level, rows)
            np.abs(rest, out=rest)
            far += int(np.count_nonzero(rest >= least) - np.count_nonzero(rest == np.inf))
            if far > size // 2:
                return self._sigma * MAD_TO_SIGMA * float(least) / 2 * (1 - _SLACK)
        return 0.0

    def _without_hot(self, medians: Floats, surely: float) -> None:
        """Set the medians of hot rows or columns to 0, and those that are not known."""
        known = medians[np.isfinite(medians)]
        limit = surely if (np.abs(known) < surely).all() else self._limit
        medians[~(np.abs(medians) < limit)] = 0.0

    @cached_property
    def _limit(self) -> float:
        """From which deviation on a row or column is hot."""
        _, noise = without_background(self._dark)
        return float(self._sigma * np.float32(noise.median()))

    def _find_noise(self) -> Smooth:
        """Return the noise; it is nowhere less than half of that of the whole image.

        What that is need not be known where all tiles have more.
        """
        shape, most, seen = self._dark.shape, np.float32(_ABOVE * self._about), 0
        near = zeros = 0

        def rest(first: int, stop: int) -> Floats:
            nonlocal near, zeros, seen
            out = self._band[: stop - first]
            for rows in self._stretches(first, stop):
                part = self._above(rows, out[rows.start - first : rows.stop - first])
                np.abs(part, out=part)
                new = part[max(seen - rows.start, 0) :]
                near += int(np.count_nonzero(new < most))
                zeros += new.size - int(np.count_nonzero(new))
                seen = max(seen, rows.stop)
            return out

        mesh = MAD_TO_SIGMA * tile_medians(rest, shape)
        enough = MAD_TO_SIGMA * float(most) / 2 * (1 + _SLACK)
        surely = near > self._dark.size // 2 and 2 * zeros < near
        if surely and Mesh(mesh, shape).lowest() > enough:
            return Smooth(mesh, shape, np.float32(0))
        whole = np.empty(shape, np.float32)
        for rows in self._level.stretches:
            self._above(rows, whole[rows])
        return Smooth(mesh, shape, np.float32(robust_sigma(whole, centre=0.0) / 2))

    def _stretches(self, first: int, stop: int) -> Iterator[slice]:
        """Yield the rows that lie between the same tiles."""
        index = bisect.bisect_right(self._level.stretches, first, key=lambda rows: rows.stop)
        while first < stop:
            end = min(self._level.stretches[index].stop, stop)
            yield slice(first, end)
            first, index = end, index + 1


def above_surroundings(dark: Reals, cell: Cell, sigma: float) -> tuple[Floats, Floats]:
    """Return how far each pixel lies above its :class:`Surroundings`, and the noise there."""
    excess, noise = np.empty((2, *dark.shape), np.float32)
    for where in cell.positions(dark.shape):
        above, around = excess[where], noise[where]
        for rows, level, local in Surroundings(dark[where], sigma).parts():
            above[rows], around[rows] = level, local
    return excess, noise


class StandingOut:
    """Pixels that stand out of their surroundings.

    Parameters
    ----------
    dark : (H, W) array
        Any real type.
    cell : Cell
        How the colours lie: each is looked at by itself.
    sigma : float
        As for :class:`Surroundings`.
    times : float
        Those stand out that lie more than so many times the noise above what surrounds them.
    bright : float
        Others are of interest from so much above it on.

    Attributes
    ----------
    size : int
        Of the whole image.
    pixels : (K,) int64 array
        Flat indices, upwards, of those that stand out.
    excess, noise : (K,) float32 arrays
        How far each of these does, and the noise round it.
    bright : (L,) int64 array
        Flat indices, upwards, of those that lie more than `bright` above their surroundings.
    empty : (M,) int64 array
        Of those that are not finite.
    """

    def __init__(self, dark: Reals, cell: Cell, sigma: float, times: float, bright: float = np.inf):
        self.size, self._width = dark.size, dark.shape[1]
        self._planes = [
            (where, Surroundings(dark[where], sigma)) for where in cell.positions(dark.shape)
        ]
        found = [_found(*plane, self._width, times, bright) for plane in self._planes]
        every = _Found(*(np.concatenate(each) for each in zip(*found, strict=True)))
        order = np.argsort(every.pixels, kind="stable")
        self.pixels, self.excess = every.pixels[order], every.excess[order]
        self.noise = every.noise[order]
        self.bright, self.empty = np.sort(every.bright), np.sort(every.empty)

    def of(self, pixels: Integers) -> Floats:
        """Return how far any K pixels lie above their surroundings, (K,) float32."""
        out, (y, x) = np.empty(pixels.size, np.float32), np.divmod(pixels, self._width)
        for (down, across), plane in self._planes:
            own = (y >= down.start) & (y < down.stop) & ((y - down.start) % down.step == 0)
            own &= (x - across.start) % across.step == 0
            out[own] = plane.at((y[own] - down.start) // down.step, x[own] // across.step)
        return out


class _Found(NamedTuple):
    """What :class:`StandingOut` holds of one colour, piece by piece."""

    pixels: Integers
    excess: Floats
    noise: Floats
    bright: Integers
    empty: Integers


def _found(where: Where, plane: Surroundings, width: int, times: float, bright: float) -> _Found:
    found = []
    for rows, level, local in plane.parts():
        part, noise = level.ravel(), local.ravel()
        here, shining = np.flatnonzero(part > times * noise), np.flatnonzero(part > bright)
        good = np.isfinite(part)
        empty = here[:0] if good.all() else np.flatnonzero(~good)
        first, across = rows.start * level.shape[1], level.shape[1]
        found.append(_Found(here + first, part[here], noise[here], shining + first, empty + first))
    every = _Found(*(np.concatenate(each) for each in zip(*found, strict=True)))
    return every._replace(
        pixels=_flat(every.pixels, across, where, width),
        bright=_flat(every.bright, across, where, width),
        empty=_flat(every.empty, across, where, width),
    )


def _flat(some: Integers, across: int, where: Where, width: int) -> Integers:
    """Return the flat indices in the whole image of pixels of one colour."""
    (rows, columns), (y, x) = where, np.divmod(some, across)
    return (y * rows.step + rows.start) * width + x * columns.step + columns.start
