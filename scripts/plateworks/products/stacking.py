"""Combining many frames in bounded memory: row by row, every file opened once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np

from plateworks.errors import FrameError, PlateworksError
from plateworks.pixels.combine import combine
from plateworks.products.reading import FrameReader

_log = logging.getLogger(__name__)

#: Bytes that combining needs beside a value of the stack, which is at most a float32.
_BYTES_BESIDE = 2


#: Bytes of the blocks that combining works in, whatever the size of the stack.
_BLOCKS = 60_000_000


@contextmanager
def opened(paths: Sequence[str], least: int) -> Iterator[dict[int, FrameReader]]:
    """Open the frames that can be read, by their position in `paths`; the log names the others.

    Raises
    ------
    PlateworksError
        If fewer than `least` can be read.
    """
    with ExitStack() as stack:
        readers = {}
        for position, path in enumerate(paths):
            try:
                reader = stack.enter_context(FrameReader(path))
                if reader.checks_late:
                    reader.read()
                readers[position] = reader
            except FrameError as error:
                _log.warning("left out: %s", error)
        if len(readers) < least:
            raise PlateworksError(
                f"Only {len(readers)} of the {len(paths)} frames of this set can be read, {least} "
                "are needed (masters.min_frames).  The log names the others."
            )
        yield readers


def combine_rows(
    readers: Sequence[FrameReader],
    prepare: Callable[[int, np.ndarray, slice], np.ndarray],
    method: str,
    rejection: dict,
    mem_gb: float,
    quantum: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Combine frames in slabs of rows.

    Parameters
    ----------
    readers : sequence of FrameReader
        N frames of one size.
    prepare : function (index, rows, slice) -> array
        Turns the native rows of frame `index`, of shape (h, W), into what is combined.
    method : str
        As :func:`plateworks.pixels.combine.combine`.
    rejection : dict
        The section ``masters.rejection`` of the configuration.
    mem_gb : float
        Memory for the slabs, in 10**9 bytes.
    quantum : float, optional
        As :func:`plateworks.pixels.combine.combine`.

    Returns
    -------
    value : (H, W) float32 array
    count : (H, W) uint16 array
        How many frames each value rests on.
    """
    height, width = readers[0].shape
    step = slab_rows(len(readers), width, mem_gb, height)
    value = np.empty((height, width), np.float32)
    count = np.empty((height, width), np.uint16)
    for start in range(0, height, step):
        rows = slice(start, min(start + step, height))
        stack = [
            prepare(i, reader.rows(rows.start, rows.stop), rows) for i, reader in enumerate(readers)
        ]
        combined = combine(
            stack,
            method,
            low=rejection["low"],
            high=rejection["high"],
            cutoff=rejection["cutoff"],
            drop=tuple(rejection["drop"]),
            quantum=quantum,
        )
        value[rows], count[rows] = combined.value, combined.count
    return value, count


def slab_rows(frames: int, width: int, mem_gb: float, height: int) -> int:
    """Return how many rows of `frames` frames fit the memory, at least one."""
    fixed = height * width * 6  # the result and its counts
    room = max(mem_gb * 1e9 - fixed - _BLOCKS, 0.0)
    return int(np.clip(room // (frames * width * (4 + _BYTES_BESIDE)), 1, height))
