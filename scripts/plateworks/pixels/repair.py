"""Listed pixels replaced by their good neighbours, as a change of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plateworks.pixels.arrays import Bits, Bools, Doubles
from plateworks.pixels.blocks import Pixels
from plateworks.pixels.cfa import Cell
from plateworks.pixels.cosmetic import Around, Readable, around, neighbour_values
from plateworks.pixels.spots import Spots, spots_at


@dataclass(frozen=True, eq=False)
class Listed:
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

    @cached_property
    def _around(self) -> dict[Cell, Around]:
        return {}

    def around(self, cell: Cell) -> Around:
        """Return what is next to these pixels in their colours: the same in all frames of a job."""
        if cell not in self._around:
            self._around[cell] = around(self.mask, self.spots.y, self.spots.x, 1, cell)
        return self._around[cell]


def listed(bits: Bits) -> Listed:
    """Return the pixels whose `bits`, an (H, W) array, are not zero."""
    mask = bits != 0
    spots = spots_at(np.flatnonzero(mask), bits.shape[1])
    return Listed(mask, spots, bits[spots.y, spots.x])


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
        listed, of_all = self._pixels, None
        if spots is listed.spots:
            of_all = listed.around(self._cell)
        return neighbour_values(
            image, listed.mask, spots.y, spots.x, self._method, self._cell, of_all
        )

    def replaced(self, bit: int) -> Spots:
        """Return the replaced pixels that have a bit."""
        which = self._replaced & (self._pixels.bits & bit != 0)
        spots = self._pixels.spots
        return Spots(spots.y[which], spots.x[which], spots.width)
