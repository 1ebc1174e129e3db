"""Single pixels of a frame, and which of them lie in a block of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plateworks.pixels.arrays import Integers
from plateworks.pixels.blocks import Where


@dataclass(frozen=True, eq=False)
class Spots:
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

    @cached_property
    def _begins(self) -> list[int]:
        """How many lie above each row, down to the last one that has any."""
        last = int(self.y[-1]) + 1 if self.y.size else 0
        begins: list[int] = np.searchsorted(self.y, np.arange(last + 1)).tolist()
        return begins

    def above(self, row: int) -> int:
        """Return how many of these pixels lie above a row."""
        return self._begins[row] if row < len(self._begins) else self.y.size

    def within(self, where: Where) -> tuple[slice | Integers, tuple[Integers, ...]]:
        """Tell which of these pixels are among some of the frame, and where among those."""
        if isinstance(where, slice):
            here = slice(self.above(where.start), self.above(where.stop))
            return here, (self.y[here] - where.start, self.x[here])
        mine, wanted = self.y * self.width + self.x, where[0] * self.width + where[1]
        at = np.minimum(np.searchsorted(mine, wanted), max(mine.size - 1, 0))
        place = np.flatnonzero(mine[at] == wanted) if mine.size else np.zeros(0, np.int64)
        return at[place], (place,)


def spots_at(flat: Integers, width: int) -> Spots:
    """Return the pixels of some flat indices, upwards, of a frame so wide."""
    y, x = np.divmod(flat, width)
    return Spots(y, x, width)


NOWHERE = spots_at(np.zeros(0, np.int64), 1)
