"""Arrays that are used again: fresh memory costs the system more time than the arithmetic takes."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


class Buffers:
    """Arrays of finished frames, for frames to come.  Threads may share it."""

    def __init__(self):
        self._free: dict[tuple, list[np.ndarray]] = defaultdict(list)

    def take(self, shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
        """Return an array of that shape and type, whatever it holds."""
        try:
            return self._free[shape, np.dtype(dtype)].pop()
        except IndexError:
            return np.empty(shape, dtype)

    def give(self, array: np.ndarray) -> None:
        """Take an array back that nobody looks at any more."""
        self._free[array.shape, array.dtype].append(array)
