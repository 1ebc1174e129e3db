"""What the defects of a master dark mean to the mask of a light that it is taken from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plateworks.orders.frames import Placement
from plateworks.pixels.arrays import Integers
from plateworks.pixels.masks import FLICKERS, NO_DARK, NONLINEAR, SATURATED, UNMODELLED
from plateworks.pixels.mastermask import bits_of_defects
from plateworks.products.lists import lay
from plateworks.products.pixeltable import read_pixels

#: Bit of a dark -> that of the light which it is taken from.
_OF_LIGHT = {
    FLICKERS: FLICKERS,
    NONLINEAR: NONLINEAR,
    SATURATED: NO_DARK,
    UNMODELLED: UNMODELLED,
}


class Flags(NamedTuple):
    """What is known of K pixels of a frame: flat indices, and bits of a mask.

    A pixel of several kinds is told several times.
    """

    pixels: Integers
    bits: NDArray[np.uint16]


def read_flags(path: str, placement: Placement | None, shape: tuple[int, int]) -> Flags:
    """Return what the table of a master dark says of a frame.

    Parameters
    ----------
    path : str
        The master dark; of one without a table nothing is known.
    placement : Placement or None
        How it is laid upon the frame.
    shape : (int, int)
        Of the frame.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    rows = read_pixels(path)
    pixels, bits = [np.zeros(0, np.int64)], [np.zeros(0, np.uint16)]
    if rows is not None:
        own = bits_of_defects(rows.kinds, rows.harm)
        for bit_of_dark, bit in _OF_LIGHT.items():
            some = own & bit_of_dark != 0
            there = np.stack([rows.x[some], rows.y[some]], axis=1)
            if placement is not None:
                there = _laid(there, placement)
            pixels.append(there[:, 1] * shape[1] + there[:, 0])
            bits.append(np.full(len(there), bit, np.uint16))
    return Flags(np.concatenate(pixels), np.concatenate(bits))


def _laid(pixels: Integers, placement: Placement) -> Integers:
    """Lay pixels of a master upon a frame; those of planes go on from one to the next."""
    plane = pixels[:, 1] // placement.rows
    rows = placement.rows if placement.crop is None else placement.crop[3]
    parts = []
    for number in np.unique(plane):
        place = lay(pixels[plane == number] - np.array([0, number * placement.rows]), placement)
        parts.append(place + np.array([0, number * rows]))
    return np.concatenate(parts) if parts else pixels
