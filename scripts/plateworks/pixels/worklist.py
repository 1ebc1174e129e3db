"""The combined image in the making, and the columns of which values were rejected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Floats, Integers, Reals, Rows
from plateworks.pixels.averages import middle
from plateworks.pixels.rejection import Rejector
from plateworks.pixels.sorting import sort_columns

#: Columns with rejected values wait until there are so many bytes of them, then go on together.
PENDING_BYTES = 1 << 24
#: Columns that go on in one step: more would leave the cache, of fewer the calls would count.
_STEP = 1 << 15

#: From sorted rows of M values to their (M,) combination.
Reducer = Callable[[Rows], Reals]
#: From a number of values to the first rank used, and one past the last.
Used = Callable[[int], tuple[int, int]]
#: Which pixels: a stretch of them, or their indices.
Where = slice | Integers
#: Looks at sorted rows of these pixels.
See = Callable[[Where, Rows], None]


@dataclass(frozen=True)
class Canvas:
    """The flat images that are filled: ``value`` float32 and ``count`` uint16.

    ``count`` is None if nobody asks for it.  ``lowest`` and ``highest``, if wanted, are the ends of
    what was used at each pixel, of the stack's own type.
    """

    value: Floats
    count: NDArray[np.uint16] | None
    lowest: Reals | None = None
    highest: Reals | None = None


class Worklist:
    """Gives pixels their values, and keeps those back that lose some of them.

    The survivors of a sorted column are a shorter sorted column.  Columns of one length wait for
    each other, so that each step works on many at once, without masks.
    """

    def __init__(self, canvas: Canvas, reducer: Reducer, used: Used, rejector: Rejector | None):
        self._canvas = canvas
        self._reduce = reducer
        self._used = used
        self._rejector = rejector
        self._waiting: dict[tuple[int, str], list] = defaultdict(list)
        self._bytes = self._uncertain = 0
        self._room = np.empty(0)

    def add(
        self,
        where: slice,
        values: Reals,
        ranks: tuple[int, ...] | None,
        see: See | None = None,
    ) -> None:
        """Sort the values (N, M) of a stretch of pixels, which are used up, and settle them.

        Parameters
        ----------
        where : slice
        values : (N, M) array
            Those that are not finite are missing.
        ranks : tuple of int or None
            The ranks that are needed, where nothing is missing; None: all.
        see : function, optional
            Is shown all values, sorted.
        """
        present = None
        if values.dtype.kind == "f":
            # Missing values become infinite, so that sorting puts them last.
            good = np.isfinite(values)
            if not good.all():
                values[~good] = np.inf
                present = np.count_nonzero(good, axis=0)
        if present is None:
            rows = sort_columns(values, ranks if see is None else None)
            if see is not None:
                see(where, rows)
            self.settle(where, rows)
            return
        sorted_rows = np.stack(sort_columns(values))
        self.leave_empty(where)
        for n in np.unique(present):
            chosen = np.flatnonzero(present == n)
            pixels, columns = where.start + chosen, sorted_rows[:n].take(chosen, axis=1)
            if see is not None:
                see(pixels, columns)
            self.postpone(pixels, columns)

    def settle(self, where: Where, rows: Rows, judge: bool = True) -> None:
        """Give these M pixels their values; keep back those where something may be rejected.

        Parameters
        ----------
        where : slice or (M,) int array
        rows : N (M,) arrays
            Sorted; or in any order, if all that is asked for is a mean of integers.
        judge : bool
            Whether anything may be rejected.
        """
        canvas, n = self._canvas, len(rows)
        first, last = self._used(n)
        canvas.value[where] = self._reduce(rows)
        if canvas.count is not None:
            canvas.count[where] = last - first
        if canvas.lowest is not None and canvas.highest is not None:
            canvas.lowest[where], canvas.highest[where] = rows[first], rows[last - 1]
        if judge and self._rejector is not None and n >= 3:
            centre = middle(rows)
            suspects = np.flatnonzero(self._rejector.suspects(rows, centre))
            pixels = suspects + where.start if isinstance(where, slice) else where[suspects]
            self._wait("judge", pixels, [row.take(suspects) for row in rows])

    def leave_empty(self, where: Where) -> None:
        """Say that nothing is known of these pixels, until they get a value."""
        self._canvas.value[where] = np.nan
        if self._canvas.count is not None:
            self._canvas.count[where] = 0

    def postpone(self, pixels: Integers, rows: Reals) -> None:
        """Settle sorted columns (N, M) of these M pixels when there are more of their length."""
        self._wait("settle", pixels, rows)

    def go_on(self, allowed: int = 0) -> None:
        """Finish all that waits, if it is more than `allowed` bytes."""
        if self._bytes <= allowed:
            return
        rejector = self._rejector
        repeated = rejector is not None and rejector.repeated
        closely = self._uncertain >= allowed // 2
        for n in range(max(n for n, _ in self._waiting), 0, -1):
            for stage, judge in (("settle", True), ("survivors", repeated)):
                pixels, rows = self._taken(n, stage)
                for piece in _pieces(pixels.size):
                    self.settle(pixels[piece], rows[:, piece], judge)
            if rejector is not None:
                # The survivors wait at a lower n; what is uncertain, until there is much of it.
                self._judge(rejector, *self._taken(n, "judge"), closely=False)
                if closely:
                    self._judge(rejector, *self._taken(n, "closely"), closely=True)
        self._uncertain *= not closely
        self._bytes = self._uncertain

    def _judge(self, rejector: Rejector, pixels: Integers, rows: Reals, closely: bool) -> None:
        """Reject what is to be rejected of these columns (N, M); the survivors wait."""
        n, kinds = len(rows), np.empty(pixels.size, np.int64)
        for piece in _pieces(pixels.size):
            some = rows[:, piece]
            centre = middle(some)
            run = rejector.survivors(self._less(some, centre), centre, closely)
            if run.certain is not None:
                open_ = np.flatnonzero(~run.certain)
                self._wait("closely", pixels[piece][open_], some.take(open_, axis=1))
            # Whatever the method says, the one or two values in the middle stay.
            lowest = np.minimum(run.first, (n - 1) // 2)
            kinds[piece] = lowest * (n + 1) + np.maximum(run.last, n // 2 + 1)
            if run.certain is not None:
                kinds[piece][open_] = n  # all of them, for now
        for kind in np.unique(kinds):
            first, last = divmod(int(kind), n + 1)
            if last - first < n:
                chosen = np.flatnonzero(kinds == kind)
                kept = rows[first:last].take(chosen, axis=1)
                self._wait("survivors", pixels[chosen], kept)

    def _less(self, rows: Rows, centre: Reals) -> Reals:
        """Return rows minus their `centre`, (N, M), in memory that is used again."""
        size = len(rows) * centre.size
        if self._room.size < size or self._room.dtype != centre.dtype:
            self._room = np.empty(size, centre.dtype)
        out = self._room[:size].reshape(len(rows), -1)
        for one, row in zip(out, rows, strict=True):
            one[:] = row  # converted first: numpy subtracts two types from each other slowly
            one -= centre
        return out

    def _wait(self, stage: str, pixels: Integers, rows: Rows) -> None:
        if len(rows) and pixels.size:
            self._waiting[len(rows), stage].append((pixels, rows))
            self._bytes += len(rows) * rows[0].nbytes
            self._uncertain += (stage == "closely") * len(rows) * rows[0].nbytes

    def _taken(self, n: int, stage: str) -> tuple[Integers, Reals]:
        """Return all that waits: the pixels (M,) and their columns (n, M)."""
        waiting = self._waiting.pop((n, stage), None)
        if waiting is None:
            return np.empty(0, np.int64), np.empty((n, 0))
        pixels = np.concatenate([pixels for pixels, _ in waiting])
        columns = np.empty((n, pixels.size), waiting[0][1][0].dtype)
        for rank, out in enumerate(columns):
            np.concatenate([rows[rank] for _, rows in waiting], out=out)
        return pixels, columns


def _pieces(size: int) -> Iterator[slice]:
    """Divide so many columns into pieces that fit the processor's cache."""
    return (slice(start, start + _STEP) for start in range(0, size, _STEP))
