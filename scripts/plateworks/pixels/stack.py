"""A stack of frames of one size, handed out block by block, so that it need not be in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from plateworks.pixels.arrays import Reals

#: What a stack may be made of.
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")

#: Pixels of one frame in a block: so few that tens of frames of it stay in the processor's cache,
#: so many that numpy's calls do not count.
BLOCK_PIXELS = 1 << 15


class Stack(Protocol):
    """What :func:`plateworks.pixels.combine.combine` needs to know of a stack.

    Attributes
    ----------
    count : int
        Number of frames, N.
    shape : (int, int)
        Height and width of each.
    dtype : numpy.dtype
        One of :data:`TYPES`, in the machine's byte order.
    """

    count: int
    shape: tuple[int, int]
    dtype: np.dtype

    def fill(self, out: Reals, rows: slice) -> None:
        """Put `rows` (h of them) of every frame into `out`, an array (N, h, W) of :attr:`dtype`.

        May be called from several forked processes at once.
        """


class ArrayStack:
    """A stack that lies in arrays.

    Parameters
    ----------
    frames : (N, H, W) array, or sequence of N (H, W) arrays
        Of any mixture of :data:`TYPES`, in any byte order.

    Raises
    ------
    ValueError
        If there are none, or they differ in shape, or their common type is not one of
        :data:`TYPES`.
    """

    def __init__(self, frames: Reals | Sequence[Reals]):
        self._frames = [np.asarray(frame) for frame in frames]
        if not self._frames:
            raise ValueError("cannot combine an empty stack")
        shapes = {frame.shape for frame in self._frames}
        if len(shapes) > 1:
            raise ValueError(f"cannot combine frames of different shapes: {sorted(shapes)}")
        self.count, self.shape = len(self._frames), self._frames[0].shape
        self.dtype = np.result_type(*self._frames).newbyteorder("=")
        if self.dtype.name not in TYPES:
            raise ValueError(
                f"cannot combine values of type {self.dtype}: choose among {', '.join(TYPES)}"
            )

    def fill(self, out: Reals, rows: slice) -> None:
        for row, frame in zip(out, self._frames, strict=True):
            row[:] = frame[rows]


def row_blocks(shape: tuple[int, int], itemsize: int, room: float = math.inf) -> Iterator[slice]:
    """Divide the rows of an image into blocks of one row at least.

    A block has about :data:`BLOCK_PIXELS`, or `room` bytes if that is less.
    """
    height, width = shape
    step = max(1, int(min(BLOCK_PIXELS, room / itemsize)) // max(width, 1))
    return (slice(start, min(start + step, height)) for start in range(0, height, step))
