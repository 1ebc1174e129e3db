"""Combining many frames without holding them in memory: every file opened once, block by block."""

from __future__ import annotations

import logging
import math
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError, PlateworksError
from plateworks.orders.frames import FrameOrder
from plateworks.pixels.combine import Combined, automatic, combine
from plateworks.pixels.stack import Stack
from plateworks.pixels.varianceclip import KnownNoise
from plateworks.products.headers import lineage, put
from plateworks.products.rawframes import open_raw
from plateworks.products.reading import FrameReader
from plateworks.settings.masters import Rejection

_log = logging.getLogger(__name__)

#: Files that a process has open beside the frames of a set.
_OTHER_FILES = 64

#: Puts rows of one frame, prepared, into an array: (index, rows as read, which rows, out).
Prepare = Callable[[int, np.ndarray, slice, np.ndarray], None]


class Opened(NamedTuple):
    """The frames of a set by their place in it: those that are open, and why others are not."""

    readers: dict[int, FrameReader]
    unreadable: dict[int, str]


@contextmanager
def opened(frames: Sequence[FrameOrder], least: int) -> Iterator[Opened]:
    """Open the frames that can be read; the log names the others.

    Raises
    ------
    PlateworksError
        If fewer than `least` can be read.
    """
    _allow_open_files(len(frames) + _OTHER_FILES)
    with ExitStack() as stack:
        readers: dict[int, FrameReader] = {}
        unreadable: dict[int, str] = {}
        for position, frame in enumerate(frames):
            try:
                readers[position] = stack.enter_context(open_raw(frame))
            except FrameError as error:
                _log.warning("left out: %s", error)
                unreadable[position] = error.reason
        if len(readers) < least:
            raise PlateworksError(
                f"Only {len(readers)} of the {len(frames)} frames of this set can be read, {least} "
                "are needed (masters.min_frames).  The log names the others."
            )
        yield Opened(readers, unreadable)


def resolved(asked: str, count: int) -> str:
    """Return the method of combination, ``auto`` resolved by the number of frames that are left."""
    return automatic(count) if asked == "auto" else asked


class FrameStack:
    """Frames on disk as a :class:`plateworks.pixels.stack.Stack`.

    Parameters
    ----------
    readers : sequence of N FrameReader
        Of one size.
    prepare : function, optional
        What is done to rows of a frame before they are combined; the result is float32.  By
        default they are combined as they are.
    """

    def __init__(self, readers: Sequence[FrameReader], prepare: Prepare | None = None):
        self._readers, self._prepare = readers, prepare
        self.count, self.shape = len(readers), readers[0].shape
        types = [reader.dtype for reader in readers]
        self.dtype = np.result_type(*types) if prepare is None else np.dtype(np.float32)

    def fill(self, out: np.ndarray, rows: slice) -> None:
        for index, (reader, place) in enumerate(zip(self._readers, out, strict=True)):
            if self._prepare is not None:
                self._prepare(index, reader.rows(rows.start, rows.stop), rows, place)
            elif reader.dtype == out.dtype:
                reader.rows(rows.start, rows.stop, place)
            else:
                place[:] = reader.rows(rows.start, rows.stop)


def combine_frames(
    stack: Stack,
    method: str,
    rejection: Rejection | None = None,
    *,
    quantum: float | None = None,
    noise: KnownNoise | None = None,
    weights: Sequence[float] | None = None,
    tell_rejected: bool = False,
    counted: bool = False,
    ordinary: float | None = None,
    threads: int = 1,
    memory: float = math.inf,
) -> Combined:
    """Combine frames.

    Parameters
    ----------
    stack : Stack
    method : str
    rejection : Rejection, optional
        Of no use to a median or a mean.
    quantum, noise, weights, tell_rejected, counted, ordinary, threads
        As for :func:`plateworks.pixels.combine.combine`.
    memory : float
        Bytes that the blocks and the result may take together.
    """
    limits = {} if rejection is None else asdict(rejection)
    return combine(
        stack,
        method,
        **limits,
        quantum=quantum,
        noise=noise,
        weights=weights,
        tell_rejected=tell_rejected,
        counted=counted,
        ordinary=ordinary,
        threads=threads,
        memory=max(memory - _result_bytes(stack.shape, counted), 0.0),
    )


def _result_bytes(shape: tuple[int, int], counted: bool) -> int:
    """Return what the combined frame takes, and its counts if they are asked for."""
    each = np.dtype(np.float32).itemsize + counted * np.dtype(np.uint16).itemsize
    return shape[0] * shape[1] * each


def _allow_open_files(count: int) -> None:
    """Raise the number of files that this process may have open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def tell_losses(header: fits.Header, frames: Sequence[FrameOrder], combined: Combined) -> None:
    """Say in `header` how many pixels of each frame were rejected."""
    lost = np.zeros(len(frames), int) if combined.rejected is None else combined.rejected
    put(header, "NREJECT", int(lost.sum()), "values rejected")
    names = (frame.named for frame in frames)
    lineage(
        header, (f"rejected {count} of {name}" for count, name in zip(lost, names, strict=True))
    )
