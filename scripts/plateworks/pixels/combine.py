"""Many frames into one: the value that a stack of frames has at each pixel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from plateworks.pixels import rejection
from plateworks.pixels.sorting import sort_columns

METHODS = ("median", "mean", "minmax", "sigma_clip", "winsorized")

#: Pixels of a block: so few that tens of frames of it stay in the processor's cache, so many that
#: numpy's calls do not count.
BLOCK = 1 << 15
#: Columns with rejected values wait until there are so many bytes of them, then go on together.
PENDING_BYTES = 1 << 25

#: What a stack may be made of.
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")

#: From sorted rows of M values to their (M,) combination and the number of values it is made of.
Reducer = Callable[[Sequence[np.ndarray]], tuple[np.ndarray, int]]
Rejector = Callable[[np.ndarray], rejection.Limits]


class Combined(NamedTuple):
    """A combined frame.

    ``value`` is float32 (H, W), NaN where every input is missing.  ``count`` is uint16 (H, W): how
    many inputs the value was made of, that is those neither missing nor rejected.
    """

    value: np.ndarray
    count: np.ndarray


def automatic(n: int) -> str:
    """Return the method that suits `n` frames.

    Fewer than 5 frames cannot tell noise from outlier, so the median takes what the majority says;
    up to 9 are too few for a standard deviation, so the extremes go; then Winsorized clipping.
    """
    return "median" if n < 5 else "minmax" if n < 10 else "winsorized"


def combine(
    stack: np.ndarray | Sequence[np.ndarray],
    method: str = "auto",
    *,
    low: float = 4.0,
    high: float = 3.0,
    cutoff: float = 5.0,
    drop: tuple[int, int] = (1, 1),
    quantum: float | None = None,
) -> Combined:
    """Combine frames pixel by pixel.

    The result depends on the values alone: neither on the order of the frames, nor on how the image
    is cut into slabs.

    Parameters
    ----------
    stack : (N, H, W) array or sequence of N (H, W) arrays
        Integers of 8, 16 or 32 bits, float32 or float64, in any byte order; memory maps are read
        once.  Values that are not finite are missing.
    method : str
        ``median``
            The exact median; for an even number the mean of the middle two.
        ``mean``
            Rejects nothing.
        ``minmax``
            The mean without the `drop` lowest and highest values; where that would leave none,
            the median.  Removes one cosmic ray from three frames or more.
        ``sigma_clip``
            The mean of what :func:`~plateworks.pixels.rejection.sigma_clip` believes, repeated
            with the survivors until nothing changes.
        ``winsorized``
            The same with :func:`~plateworks.pixels.rejection.winsorized`.
        ``auto``
            What :func:`automatic` says for N.
    low, high, cutoff : float
        In sigmas, for the two clipping methods.
    drop : (int, int)
        How many of the lowest and highest values ``minmax`` drops.
    quantum : float, optional
        Step of the converter for the clipping methods, in units of the stack; by default 1 for
        integers and 0 for floats.  See :func:`plateworks.pixels.statistics.quantum`.

    Returns
    -------
    Combined

    Raises
    ------
    ValueError
        If the stack is empty, its frames differ in shape, or a parameter makes no sense.

    Notes
    -----
    Clipping needs a majority: of two values it rejects none, of three or four at most one, of N
    fewer than half; what is in the middle always stays.  Its sigma comes from the stack of the
    single pixel and is itself uncertain.
    Clean normal noise loses a value at this fraction of the pixels, and one cosmic ray of 15 sigmas
    is found in this fraction of the stacks (simulated):

    ==========  ======================  ======================
    frames      3     5     10    20    3     5     10    20
    ==========  ======================  ======================
    sigma_clip  0.29  0.20  0.15  0.13  0.96  1.00  1.00  1.00
    winsorized  0.20  0.12  0.07  0.06  0.81  1.00  1.00  1.00
    ==========  ======================  ======================
    """
    frames = [np.asarray(frame) for frame in stack]
    dtype = _common_type(frames)
    if method == "auto":
        method = automatic(len(frames))
    if quantum is None:
        quantum = 1.0 if dtype.kind in "iu" else 0.0
    if min(low, high) <= 0 or cutoff < 1 or min(drop) < 0:
        raise ValueError(
            f"cannot reject with low={low}, high={high}, cutoff={cutoff}, drop={drop}: "
            "low and high must be above 0, cutoff at least 1, drop not negative"
        )

    ranks, rejector = None, None
    match method:
        case "median":
            reducer = _median
            ranks = ((len(frames) - 1) // 2, len(frames) // 2)
        case "mean":
            reducer = _mean
            if dtype.kind in "iu":
                ranks = ()  # sums of integers are exact in any order
        case "minmax":
            reducer = partial(_trimmed_mean, low=drop[0], high=drop[1])
        case "sigma_clip":
            reducer = _mean
            rejector = partial(rejection.sigma_clip, low=low, high=high, quantum=quantum)
        case "winsorized":
            reducer = _mean
            rejector = partial(
                rejection.winsorized, low=low, high=high, cutoff=cutoff, quantum=quantum
            )
        case _:
            raise ValueError(f"unknown method {method!r}: choose among {', '.join(METHODS)}")

    work = _Worklist(frames[0].size, reducer, rejector)
    for start, rows, present in _blocks(frames, dtype):
        if present is None:
            work.settle(np.arange(start, start + rows.shape[1]), sort_columns(rows, ranks))
        else:
            sorted_rows = np.stack(sort_columns(rows))
            for n in np.unique(present):
                chosen = np.flatnonzero(present == n)
                work.postpone(start + chosen, sorted_rows[:n].take(chosen, axis=1))
        work.go_on(PENDING_BYTES)
    work.go_on(0)
    work.value += 0.0  # minus zero, which sorts as it comes, becomes zero
    shape = frames[0].shape
    return Combined(work.value.reshape(shape), work.count.reshape(shape))


class _Worklist:
    """The combined image in the making, and the columns of which values were rejected.

    The survivors of a sorted column are a shorter sorted column.  Columns of one length wait for
    each other, so that each step works on many at once, without masks.
    """

    def __init__(self, size: int, reducer: Reducer, rejector: Rejector | None):
        self.value = np.full(size, np.nan, np.float32)
        self.count = np.zeros(size, np.uint16)
        self._reduce = reducer
        self._reject = rejector
        self._pending: dict[int, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
        self._pending_bytes = 0

    def settle(self, pixels: np.ndarray, rows: Sequence[np.ndarray]) -> None:
        """Give these pixels their values; postpone those where something is rejected."""
        self.value[pixels], self.count[pixels] = self._reduce(rows)
        if self._reject is not None and len(rows) >= 3:
            self._examine(pixels, rows)

    def _examine(self, pixels: np.ndarray, rows: Sequence[np.ndarray]) -> None:
        """Postpone those pixels at which something is rejected, with the survivors."""
        centre = _middle(rows)
        deviation = np.empty((len(rows), centre.size), centre.dtype)
        for out, row in zip(deviation, rows, strict=True):
            np.subtract(row, centre, out=out)
        suspect, low, high = self._reject(deviation)
        deviation = deviation.take(suspect, axis=1)
        n = len(rows)
        # Whatever the limits are, the one or two values in the middle stay.
        first = np.minimum(np.count_nonzero(deviation < low, axis=0), (n - 1) // 2)
        length = np.maximum(np.count_nonzero(deviation <= high, axis=0), n // 2 + 1) - first
        if (length == n).all():
            return
        values = np.stack([row[suspect] for row in rows])
        for left in np.unique(length[length < n]):
            chosen = np.flatnonzero(length == left)
            survivors = values[first[chosen] + np.arange(left)[:, None], chosen]
            self.postpone(pixels[suspect[chosen]], survivors)

    def postpone(self, pixels: np.ndarray, rows: np.ndarray) -> None:
        """Keep sorted columns (N, M) of these M pixels until there are more of their length."""
        if len(rows):
            self._pending[len(rows)].append((pixels, rows))
            self._pending_bytes += rows.nbytes

    def go_on(self, allowed: int) -> None:
        """Settle all that was postponed, if it is more than `allowed` bytes."""
        if self._pending_bytes <= allowed:
            return
        for n in range(max(self._pending), 0, -1):  # what is rejected here waits at a lower n
            waiting = self._pending.pop(n, None)
            if waiting is None:
                continue
            pixels = np.concatenate([pixels for pixels, _ in waiting])
            rows = np.concatenate([rows for _, rows in waiting], axis=1)
            for start in range(0, pixels.size, BLOCK):
                piece = slice(start, start + BLOCK)
                self.settle(pixels[piece], rows[:, piece])
        self._pending_bytes = 0


def _middle(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return the median of sorted rows in a floating type that holds it exactly."""
    n, dtype = len(rows), rows[0].dtype
    small = dtype.kind in "iu" and dtype.itemsize <= 2
    out = rows[(n - 1) // 2].astype(np.float32 if small else np.float64)
    if n % 2 == 0:
        out += rows[n // 2]
        out *= 0.5
    return out


def _median(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    return _middle(rows), len(rows)


def _mean(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    total = np.zeros(rows[0].size)
    for row in rows:  # one by one: numpy's own sum adds in another order where M is 1
        total += row
    total /= len(rows)
    return total, len(rows)


def _trimmed_mean(rows: Sequence[np.ndarray], low: int, high: int) -> tuple[np.ndarray, int]:
    kept = rows[low : len(rows) - high]
    return _mean(kept) if len(kept) else _median(rows)


def _common_type(frames: list[np.ndarray]) -> np.dtype:
    """Return the native type that holds the values of all `frames`, which must match in shape."""
    if not frames:
        raise ValueError("cannot combine an empty stack")
    shapes = {frame.shape for frame in frames}
    if len(shapes) > 1:
        raise ValueError(f"cannot combine frames of different shapes: {sorted(shapes)}")
    dtype = np.result_type(*frames).newbyteorder("=")
    if dtype.name not in TYPES:
        raise ValueError(f"cannot combine values of type {dtype}: choose among {', '.join(TYPES)}")
    return dtype


def _blocks(
    frames: list[np.ndarray], dtype: np.dtype
) -> Iterator[tuple[int, np.ndarray, np.ndarray | None]]:
    """Yield blocks of pixels small enough for the cache: (first pixel, (N, M) copy, present).

    ``present`` is the number of values that are not missing at each of the M pixels, or None if
    none is missing.  Missing ones become infinite, so that sorting puts them last.  The memory of a
    block is used again for the next one.
    """
    flat = [frame.reshape(-1) for frame in frames]
    size = flat[0].size
    buffer = np.empty((len(flat), min(BLOCK, size)), dtype)
    for start in range(0, size, BLOCK):
        rows = buffer[:, : min(BLOCK, size - start)]
        for row, frame in zip(rows, flat, strict=True):
            row[:] = frame[start : start + BLOCK]
        present = None
        if dtype.kind == "f":
            good = np.isfinite(rows)
            if not good.all():
                rows[~good] = np.inf
                present = np.count_nonzero(good, axis=0)
        yield start, rows, present
