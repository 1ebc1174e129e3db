"""An image that is smooth, told by one number a tile, and the medians of tiles that tell it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.statistics import medians_of_rows

#: Side of a tile in pixels: a thousand values give the noise to 4 %, and the glow of an amplifier
#: is nearly straight over such a distance.
TILE = 32
#: Rows of an image that are worked on together: they stay in the cache of the processor.
ROWS = 8

#: From the first row and one past the last to these rows of an image, (h, W), in any real type;
#: they may lie in the memory of those before.
Source = Callable[[int, int], Reals]


class Mesh:
    """An image that is linear between the centres of tiles, and beyond.

    Parameters
    ----------
    tiles : (h, w) float32 array
        Its values at these centres.
    shape : (int, int)
        Of the image.
    """

    def __init__(self, tiles: Floats, shape: tuple[int, ...]):
        (self._top, self._bottom, self._down), (left, right, across) = (
            _between(n, count) for n, count in zip(shape, tiles.shape, strict=True)
        )
        self._lines = tiles[:, left] + (tiles[:, right] - tiles[:, left]) * across
        ends = [0, *(np.flatnonzero(np.diff(self._top)) + 1).tolist(), shape[0]]
        self.stretches = [
            slice(first, min(first + ROWS, end))
            for begin, end in itertools.pairwise(ends)
            for first in range(begin, end, ROWS)
        ]

    def put(self, rows: slice, out: Floats) -> Floats:
        """Put rows that lie between the same tiles into `out`; return it."""
        above, below = self._lines[self._top[rows.start]], self._lines[self._bottom[rows.start]]
        np.multiply(below - above, self._down[rows, None], out=out)
        out += above
        return out

    def parts(self) -> Iterator[tuple[slice, Floats]]:
        """Yield some rows after the other, and which: in memory that the next are put into."""
        room = np.empty((ROWS, self._lines.shape[1]), np.float32)
        for rows in self.stretches:
            yield rows, self.put(rows, room[: rows.stop - rows.start])

    def columns(self, which: slice) -> Floats:
        """Return some of its columns, (H, w)."""
        lines = self._lines[:, which]
        above = lines[self._top]
        out = lines[self._bottom]
        out -= above
        out *= self._down[:, None]
        out += above
        return out

    def at(self, y: Integers, x: Integers) -> Floats:
        """Return its values at K pixels, (K,)."""
        above, below = self._lines[self._top[y], x], self._lines[self._bottom[y], x]
        return (below - above) * self._down[y] + above

    def lowest(self) -> float:
        """Return its least value, to within rounding: where it bends, or at the upper or lower end.

        Along its rows it bends where all of its pixels are known.
        """
        ends = [self.put(slice(row, row + 1), np.empty((1, self._lines.shape[1]), np.float32))
                for row in (0, len(self._top) - 1)]  # fmt: skip
        return float(min(self._lines.min(), *(one.min() for one in ends)))


def rows_of(image: Reals) -> Source:
    """Return what gives the rows of an array."""
    return lambda first, stop: image[first:stop]


def tile_medians(source: Source, shape: tuple[int, ...], absolute: bool = False) -> Floats:
    """Return the medians of the finite values in tiles, or of their absolute values: float32.

    Tiles at the far edges are mirrored full.  One without any finite value has the median of the
    others.  The rows of an image are asked for downwards; the last tiles may ask for some again.
    """
    height, width = shape
    down = np.pad(np.arange(height), (0, -height % TILE), mode="symmetric")
    across = np.pad(np.arange(width), (0, -width % TILE), mode="symmetric")
    whole, bands = width // TILE, []
    tiles = np.empty((across.size // TILE, TILE, TILE), np.float32)
    for top in range(0, down.size, TILE):
        bottom = top + TILE
        if bottom <= height:
            band = source(top, bottom)
        else:
            first = int(down[top:bottom].min())
            band = source(first, height)[down[top:bottom] - first]
        inner = band[:, : whole * TILE].reshape(TILE, whole, TILE)
        tiles[:whole] = inner.swapaxes(0, 1)
        if whole < len(tiles):
            tiles[whole] = band[:, across[whole * TILE :]]
        if absolute:
            np.abs(tiles, out=tiles)
        bands.append(medians_of_rows(tiles.reshape(-1, TILE**2)))
    medians = np.stack(bands)
    empty = np.isnan(medians)
    if empty.any():
        medians[empty] = 0.0 if empty.all() else np.median(medians[~empty])
    return medians


def _between(n: int, tiles: int) -> tuple[Integers, Integers, Floats]:
    """Return for each of `n` pixels the two tiles it lies between and the weight of the second."""
    position = (np.arange(n, dtype=np.float32) + 0.5) / TILE - 0.5
    first = np.clip(np.floor(position).astype(int), 0, max(tiles - 2, 0))
    return first, np.minimum(first + 1, tiles - 1), position - first.astype(np.float32)
