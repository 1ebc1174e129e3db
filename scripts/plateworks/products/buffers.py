"""Arrays that are used again: fresh memory costs the system more time than the arithmetic takes."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from plateworks.pixels.arrays import Floats


class Buffers:
    """Arrays of finished frames, for frames to come.  Threads may share it."""

    def __init__(self) -> None:
        self._free: dict[tuple[tuple[int, ...], np.dtype], list[NDArray[Any]]] = defaultdict(list)

    def take(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of that shape and type, whatever it holds."""
        try:
            return self._free[shape, np.dtype(dtype)].pop()
        except IndexError:
            return np.empty(shape, dtype)

    def give(self, array: NDArray[Any]) -> None:
        """Take an array back that nobody looks at any more."""
        self._free[array.shape, array.dtype].append(array)


class Loan:
    """The arrays that one frame has taken from buffers, all of which come back at its end.

    Parameters
    ----------
    buffers : Buffers, optional
        None: they are for this frame alone.
    """

    def __init__(self, buffers: Buffers | None = None) -> None:
        self._buffers = buffers or Buffers()
        self._lent: dict[int, NDArray[Any]] = {}
        self._nested: dict[int, tuple[NDArray[Any], Floats]] = {}

    def __enter__(self) -> Loan:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()

    def take(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of that shape and type, whatever it holds."""
        array = self._buffers.take(shape, dtype)
        self._lent[id(array)] = array
        return array

    def nested(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array at the end of the memory of one of float32, for what becomes that.

        So a frame takes no more memory than its pixels as floats do.
        """
        size, dtype = math.prod(shape), np.dtype(dtype)
        if dtype.itemsize >= np.dtype(np.float32).itemsize:
            return self.take(shape, dtype)
        outer = self.take(shape, np.float32)
        array = outer.reshape(-1).view(dtype)[-size:].reshape(shape)
        self._nested[id(array)] = array, outer
        return array

    def floats(self, array: NDArray[Any]) -> Floats:
        """Return a float32 array for what another becomes: the one that it lies in, if it does."""
        _, outer = self._nested.pop(id(array), (None, None))
        return self.take(array.shape, np.float32) if outer is None else outer

    def give(self, array: NDArray[Any]) -> None:
        """Give one array back before the end; one that is not of this loan is left alone."""
        if self._lent.pop(id(array), None) is not None:
            self._buffers.give(array)

    def end(self) -> None:
        """Give back all that is left."""
        self._nested.clear()
        for array in list(self._lent.values()):
            self.give(array)
