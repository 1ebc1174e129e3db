"""A frame through several changes, block by block.

A change does something to some pixels of a frame, wherever they lie, and looks at no other.  So
several can be made to one block of rows before the next is touched, which stays in the processor's
cache; and what they make of single pixels can be told without touching the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bits, Floats, Integers, Reals

#: Pixels of a block of rows: it stays in the processor's cache, and threads that work on blocks of
#: their own seldom wait for each other.
BLOCK = 1 << 17

#: Rows of a frame, or the rows and columns of single pixels.
Where = slice | tuple[Integers, Integers]


class Pixels(NamedTuple):
    """Some pixels of a frame on their way.

    Attributes
    ----------
    where : slice or (rows, columns)
        Which they are: whole rows, or M single ones.
    raw : (R, W) or (M,) array
        What the frame was at the beginning.
    image : float32 array of the same shape
        What it is by now, changed in place; the first change fills it.
    mask : uint8 array of the same shape, or None
        Bits of :mod:`plateworks.pixels.masks`, added in place; None where nobody asks for them.
    """

    where: Where
    raw: Reals
    image: Floats
    mask: Bits | None


Change = Callable[[Pixels], None]


def carry_out(
    changes: Sequence[Change], raw: Reals, image: Floats, mask: Bits | None = None, first: int = 0
) -> None:
    """Make changes to some rows of a frame.

    Parameters
    ----------
    changes : sequence of functions
        In their order; the first is a :func:`plateworks.pixels.calibrate.subtraction`.
    raw : (R, W) array
        Any integer or floating type.  It may lie at the end of the memory of `image`, and is
        written over then.
    image : (R, W) float32 array
        Gets the result.
    mask : (R, W) uint8 array, optional
        Gets the bits.
    first : int
        Which row of the frame is the first of these.
    """
    for rows in row_blocks(raw.shape):
        flags = None if mask is None else mask[rows]
        where = slice(first + rows.start, first + rows.stop)
        before = raw[rows]
        if np.may_share_memory(before, image[rows]):
            before = before.copy()
        _change(changes, Pixels(where, before, image[rows], flags))


class Changed:
    """A frame as changes leave it, worked out only at those pixels that are looked at."""

    def __init__(self, raw: Reals, changes: Sequence[Change]):
        self._raw, self._changes = raw, tuple(changes)
        self.shape = raw.shape

    def __getitem__(self, where: tuple[Integers, Integers]) -> Floats:
        raw = self._raw[where]
        image = np.empty(raw.shape, np.float32)
        _change(self._changes, Pixels(where, raw, image, None))
        return image


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Divide the rows of an image into blocks of about :data:`BLOCK` pixels."""
    height, width = shape
    step = max(1, BLOCK // max(width, 1))
    return (slice(start, min(start + step, height)) for start in range(0, height, step))


def _change(changes: Sequence[Change], pixels: Pixels) -> None:
    if pixels.mask is not None:
        pixels.mask[...] = 0
    for change in changes:
        change(pixels)
