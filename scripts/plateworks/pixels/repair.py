"""Listed pixels replaced by their good neighbours, as a change of a frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bits, Bools, Doubles, Integers
from plateworks.pixels.blocks import Pixels, Where
from plateworks.pixels.cfa import Cell
from plateworks.pixels.cosmetic import Readable, neighbour_values


class Spots(NamedTuple):
    """Single pixels of a frame, in the order in which it is stored.

    Attributes
    ----------
    y, x : (M,) int64 arrays
    width : int
        Of the frame.
    """

    y: Integers
    x: Integers
    width: int

    def within(self, where: Where) -> tuple[slice | Integers, tuple[Integers, ...]]:
        """Tell which of these pixels are among some of the frame, and where among those."""
        if isinstance(where, slice):
            begin, end = np.searchsorted(self.y, (where.start, where.stop))
            here = slice(begin, end)
            return here, (self.y[here] - where.start, self.x[here])
        mine, wanted = self.y * self.width + self.x, where[0] * self.width + where[1]
        at = np.minimum(np.searchsorted(mine, wanted), max(mine.size - 1, 0))
        place = np.flatnonzero(mine[at] == wanted) if mine.size else np.zeros(0, np.int64)
        return at[place], (place,)


NOWHERE = Spots(np.zeros(0, np.int64), np.zeros(0, np.int64), 1)


class Listed(NamedTuple):
    """Pixels that are to be replaced, and why.

    Attributes
    ----------
    mask : (H, W) bool array
    spots : Spots
        The same pixels, M of them.
    bits : (M,) uint8 array
        Bits of :mod:`plateworks.pixels.masks`.
    """

    mask: Bools
    spots: Spots
    bits: Bits


def listed(bits: Bits) -> Listed:
    """Return the pixels whose `bits`, an (H, W) array, are not zero."""
    mask = bits != 0
    y, x = np.divmod(np.flatnonzero(mask), bits.shape[1])
    return Listed(mask, Spots(y, x, bits.shape[1]), bits[y, x])


class Repair:
    """Listed pixels get the value of their good neighbours, and their bits go to the mask.

    Those without good neighbours (see :func:`plateworks.pixels.cosmetic.replace`) stay as they are.

    Parameters
    ----------
    before : image
        The frame as the changes before this one leave it.
    pixels : Listed
    method : str
        ``median`` or ``mean`` of the good neighbours.
    cell : Cell
        How the colours lie: neighbours are those of the same colour.
    there : (M,) bool array, optional
        Which of the listed pixels have a value; the others stay as they are.

    Raises
    ------
    ValueError
        If there is no such method, or the list is of another frame.
    """

    def __init__(
        self,
        before: Readable,
        pixels: Listed,
        method: str,
        cell: Cell,
        there: Bools | None = None,
    ):
        if pixels.mask.shape != before.shape:
            raise ValueError(
                f"the list has the shape {pixels.mask.shape}, the frame {before.shape}"
            )
        self._pixels, self._method, self._cell = pixels, method, cell
        values = self.neighbours(before, pixels.spots)
        self._replaced = ~np.isnan(values) if there is None else there & ~np.isnan(values)
        self._values = values.astype(np.float32)

    def __call__(self, pixels: Pixels) -> None:
        here, place = self._pixels.spots.within(pixels.where)
        if pixels.mask is not None:
            pixels.mask[place] |= self._pixels.bits[here]
        replaced = self._replaced[here]
        pixels.image[tuple(index[replaced] for index in place)] = self._values[here][replaced]

    def neighbours(self, image: Readable, spots: Spots) -> Doubles:
        """Return what the good neighbours of some pixels say in an image, float64; NaN if none."""
        mask, method, cell = self._pixels.mask, self._method, self._cell
        return neighbour_values(image, mask, spots.y, spots.x, method, cell)

    def replaced(self, bit: int) -> Spots:
        """Return the replaced pixels that have a bit."""
        which = self._replaced & (self._pixels.bits & bit != 0)
        y, x, width = self._pixels.spots
        return Spots(y[which], x[which], width)
