"""Many frames into one: the value that a stack of frames has at each pixel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels import averages
from plateworks.pixels.arrays import Doubles, Floats, Integers, Reals
from plateworks.pixels.processes import in_processes, shared
from plateworks.pixels.rejection import LinearFit, Percentile, Rejector, SigmaClip
from plateworks.pixels.stack import ArrayStack, Stack, row_blocks
from plateworks.pixels.unsteady import Looked, Unsteady, Watch, joined, told_by
from plateworks.pixels.varianceclip import KnownNoise, VarianceClip
from plateworks.pixels.winsorizing import Winsorized
from plateworks.pixels.worklist import PENDING_BYTES, Canvas, Reducer, Used, Worklist

METHODS = (
    "median", "mean", "minmax", "sigma_clip", "winsorized", "variance", "percentile", "linear_fit"
)  # fmt: skip

#: A block is held so many times over at the most: sorted, as deviations, in part once more.
_COPIES = 6


@dataclass(frozen=True)
class Combined:
    """A combined frame.

    Attributes
    ----------
    value : (H, W) float32 array
        NaN where every input is missing.
    count : (H, W) uint16 array
        How many inputs the value was made of, that is those neither missing nor rejected; without
        pixels where that was not asked for.
    rejected : (N,) int64 array or None
        How many pixels each input lost: those below or above all that was used.
    unsteady : Unsteady or None
        How the inputs scatter at each pixel.
    """

    value: Floats
    count: NDArray[np.uint16]
    rejected: Integers | None = None
    unsteady: Unsteady | None = None


def automatic(n: int) -> str:
    """Return the method that suits `n` frames.

    Fewer than 5 frames cannot tell noise from outlier, so the median takes what the majority says;
    up to 9 are too few for a standard deviation, so the extremes go; then Winsorized clipping.
    """
    return "median" if n < 5 else "minmax" if n < 10 else "winsorized"


def combine(
    stack: Reals | Sequence[Reals] | Stack,
    method: str = "auto",
    *,
    low: float = 4.0,
    high: float = 3.0,
    cutoff: float = 5.0,
    drop: tuple[int, int] = (1, 1),
    percentile: tuple[float, float] = (0.2, 0.1),
    linear_fit: tuple[float, float] = (5.0, 3.5),
    quantum: float | None = None,
    noise: KnownNoise | None = None,
    weights: Sequence[float] | None = None,
    tell_rejected: bool = False,
    counted: bool = True,
    ordinary: float | None = None,
    threads: int = 1,
    memory: float = math.inf,
) -> Combined:
    """Combine frames pixel by pixel.

    The result depends on the values alone: neither on the order of the frames, nor on blocks and
    threads.

    Parameters
    ----------
    stack : (N, H, W) array, sequence of N (H, W) arrays, or Stack
        Integers of 8, 16 or 32 bits, float32 or float64, in any byte order.  Values that are not
        finite are missing.
    method : str
        ``median``
            The exact median; for an even number the mean of the middle two.
        ``mean``
            Rejects nothing.
        ``minmax``
            The mean without the `drop` lowest and highest values; where that would leave none,
            the median.  Removes one cosmic ray from three frames or more.
        ``sigma_clip``, ``winsorized``, ``variance``, ``percentile``, ``linear_fit``
            The mean of what :class:`~plateworks.pixels.rejection.SigmaClip`,
            :class:`~plateworks.pixels.winsorizing.Winsorized`,
            :class:`~plateworks.pixels.varianceclip.VarianceClip`,
            :class:`~plateworks.pixels.rejection.Percentile` and
            :class:`~plateworks.pixels.rejection.LinearFit` believe; but for ``percentile`` repeated
            with the survivors until nothing changes.
        ``auto``
            What :func:`automatic` says for N.
    low, high, cutoff : float
        In sigmas, for ``sigma_clip``, ``winsorized`` and ``variance``.
    drop : (int, int)
        How many of the lowest and highest values ``minmax`` drops.
    percentile, linear_fit : (float, float)
        The limits below and above of these two methods.
    quantum : float, optional
        Step of the converter for the clipping methods, in units of the stack; by default 1 for
        integers and 0 for floats.  See :func:`plateworks.pixels.statistics.quantum`.
    noise : KnownNoise, optional
        Of the values, in their unit; ``variance`` needs it.
    weights : sequence of N floats, optional
        Above zero: what each frame counts for in a mean.  They have no say in what is rejected.
        Values equal to one that is used are used too.
    tell_rejected : bool
        Whether to count what each frame lost; takes a second look at every value.
    counted : bool
        Whether to tell how many values were used at each pixel.
    ordinary : float, optional
        Standard deviation of the values of an ordinary pixel: asks how those of each scatter.  Next
        to nothing more, where all values are sorted anyway; ``median`` and ``mean`` do not.
    threads : int
        How many processes share the blocks, this one and forks of it.
    memory : float
        Bytes that all blocks may take together; at least one row of each frame is needed.

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
    fewer than half; what is in the middle always stays.  Its sigma, but that of ``variance``, comes
    from the stack of the single pixel and is itself uncertain.  Clean normal noise loses a value at
    this fraction of the pixels, and a cosmic ray of 15 sigmas is found in this one (simulated):

    ==========  ======================  ======================
    frames      3     5     10    20    3     5     10    20
    ==========  ======================  ======================
    sigma_clip  0.29  0.20  0.15  0.13  0.96  1.00  1.00  1.00
    winsorized  0.20  0.12  0.07  0.06  0.81  1.00  1.00  1.00
    ==========  ======================  ======================
    """
    if isinstance(stack, (np.ndarray, Sequence)):
        stack = ArrayStack(stack)
    if method == "auto":
        method = automatic(stack.count)
    if quantum is None:
        quantum = 1.0 if stack.dtype.kind in "iu" else 0.0
    if min(low, high) <= 0 or cutoff < 1 or min(drop) < 0 or min(*percentile, *linear_fit) <= 0:
        raise ValueError(
            f"cannot reject with low={low}, high={high}, cutoff={cutoff}, drop={drop}, "
            f"percentile={percentile}, linear_fit={linear_fit}: cutoff must be at least 1, drop "
            "not negative, all others above 0"
        )
    rejectors: dict[str, Rejector] = {
        "sigma_clip": SigmaClip(low, high, quantum),
        "winsorized": Winsorized(low, high, cutoff, quantum),
        "percentile": Percentile(*percentile),
        "linear_fit": LinearFit(*linear_fit),
    }
    if noise is not None:
        rejectors["variance"] = VarianceClip(low, high, noise, quantum)
    elif method == "variance":
        raise ValueError("the method variance needs to know the noise")
    rejector = rejectors.get(method)
    reducer: Reducer = averages.mean
    used: Used = _all
    ranks: tuple[int, ...] | None = None
    if method == "median":
        reducer, ranks = averages.middle, ((stack.count - 1) // 2, stack.count // 2)
    elif method == "minmax":
        reducer = partial(averages.trimmed_mean, low=drop[0], high=drop[1])
        used = partial(averages.trimmed, low=drop[0], high=drop[1])
    elif method == "mean":
        if stack.dtype.kind in "iu" and ordinary is None and weights is None:
            reducer, ranks = averages.mean_in_any_order, ()
    elif rejector is None:
        raise ValueError(f"unknown method {method!r}: choose among {', '.join(METHODS)}")
    if method in ("median", "mean"):
        tell_rejected = False  # they reject nothing
    checked = averages.checked_weights(weights, stack.count, method)
    job = _Job(stack, reducer, used, rejector, ranks, checked, tell_rejected, counted, ordinary)
    return job.run(max(threads, 1), memory)


class _Job:
    """One combination: the settings all processes share, and the images they fill."""

    def __init__(
        self,
        stack: Stack,
        reducer: Reducer,
        used: Used,
        rejector: Rejector | None,
        ranks: tuple[int, ...] | None,
        weights: Doubles | None,
        tell_rejected: bool,
        counted: bool,
        ordinary: float | None,
    ):
        self._stack = stack
        self._how = (reducer, used, rejector)
        self._ranks = None if weights is not None or tell_rejected else ranks
        self._weights, self._tell_rejected = weights, tell_rejected
        self._ordinary, self._counted = ordinary, counted

    def run(self, threads: int, memory: float) -> Combined:
        """Combine everything."""
        stack = self._stack
        size, new = stack.shape[0] * stack.shape[1], np.empty if threads == 1 else shared
        self._value = new(size, np.float32)
        self._count = new(size, np.uint16) if self._counted else None
        kind, unit = told_by(stack.dtype, stack.count)
        self._distance = None if self._ordinary is None else new(size, kind)
        room = memory / (threads * stack.count * _COPIES)
        blocks = list(row_blocks(stack.shape, stack.dtype.itemsize, room))
        # Stretches of blocks, so that each process reads its files in order.
        bounds = np.linspace(0, len(blocks), 4 * threads + 1).astype(int)
        parts = [blocks[a:b] for a, b in pairwise(bounds)]
        told = in_processes(self._combine, parts, threads)
        self._value += 0.0  # minus zero, which sorts as it comes, becomes zero
        rejected = np.sum([lost for lost, _ in told], axis=0) if self._tell_rejected else None
        unsteady = None
        if self._distance is not None:
            looked = joined(seen for _, seen in told if seen is not None)
            unsteady = Unsteady(self._distance.reshape(stack.shape), unit, looked)
        count = np.empty((0, 0), np.uint16)
        if self._count is not None:
            count = self._count.reshape(stack.shape)
        return Combined(self._value.reshape(stack.shape), count, rejected, unsteady)

    def _combine(self, blocks: Iterable[slice]) -> tuple[Integers, Looked | None]:
        """Combine some blocks; return how much each frame lost, and which pixels are unsteady."""
        stack, width = self._stack, self._stack.shape[1]
        closely = self._weights is not None or self._tell_rejected
        work = Worklist(Canvas(self._value, self._count), *self._how)
        losses, buffer = np.zeros(stack.count, np.int64), np.empty(0, stack.dtype)
        watch = see = None
        if self._distance is not None and self._ordinary is not None:
            watch = Watch(self._distance, self._ordinary)
            see = watch.see
        for rows in blocks:
            height = rows.stop - rows.start
            if buffer.size < stack.count * height * width:
                buffer = np.empty(stack.count * height * width, stack.dtype)
            values = buffer[: stack.count * height * width].reshape(stack.count, -1)
            stack.fill(values.reshape(stack.count, height, width), rows)
            where = slice(rows.start * width, rows.stop * width)
            if closely:
                losses += self._look_closely(where, values, watch)
            else:
                work.add(where, values, self._ranks, see)
                work.go_on(PENDING_BYTES)
        work.go_on()
        return losses, None if watch is None else watch.seen()

    def _look_closely(self, where: slice, values: Reals, watch: Watch | None) -> Integers:
        """Combine one block, and see which value of which frame was used."""
        size = where.stop - where.start
        ends = np.zeros((2, size), values.dtype)
        count = None if self._count is None else self._count[where]
        canvas = Canvas(self._value[where], count, *ends)
        work = Worklist(canvas, *self._how)
        see = None if watch is None else partial(watch.see, first=where.start)
        work.add(slice(0, size), values.copy(), self._ranks, see)
        work.go_on()
        used = (values >= canvas.lowest) & (values <= canvas.highest)
        if values.dtype.kind == "f":
            used &= np.isfinite(values)
            lost = np.count_nonzero(np.isfinite(values) & ~used, axis=1)
        else:
            lost = size - np.count_nonzero(used, axis=1)
        if self._weights is not None:
            total, weight = np.zeros(size), np.zeros(size)
            for one, taken, row in zip(self._weights, used, values, strict=True):
                np.add(total, one * row, out=total, where=taken)
                np.add(weight, one, out=weight, where=taken)
            with np.errstate(invalid="ignore"):
                canvas.value[:] = total / weight
        return lost


def _all(n: int) -> tuple[int, int]:
    return 0, n
