"""Work shared out among processes that see the same arrays.

Threads would wait for each other: between two of numpy's calls, which take microseconds on arrays
that fit the processor's cache, only one thread at a time runs Python.  A forked process sees all
that its parent has, and what it writes to :func:`shared` memory the parent sees.
"""

from __future__ import annotations

import math
import mmap
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Number

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

#: All at once, where the system can do so: page by page takes it longer.
_SHARED = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def shared(shape: int | tuple[int, ...], dtype: type[Number]) -> NDArray[Number]:
    """Return an array of zeros which processes forked from this one fill together."""
    shape = (shape,) if isinstance(shape, int) else shape
    size = max(math.prod(shape) * np.dtype(dtype).itemsize, 1)
    memory = mmap.mmap(-1, size, _SHARED)
    return np.frombuffer(memory, dtype, math.prod(shape)).reshape(shape)


def in_processes(
    work: Callable[[_Part], _Result], parts: Sequence[_Part], processes: int
) -> list[_Result]:
    """Return what `work` makes of each part, done by so many processes, of which this is one.

    Parameters
    ----------
    work : function
        Need not be picklable; its results must be, unless there is one process.
    parts : sequence
        Process k of P takes the parts k, k + P, ..., so they should be alike.
    processes : int

    Raises
    ------
    Exception
        The first that `work` raises.
    ChildProcessError
        If a process dies.
    """
    processes = min(processes, len(parts))
    if processes < 2:
        return [work(part) for part in parts]
    import multiprocessing  # takes 20 ms, and most jobs have one process

    context = multiprocessing.get_context("fork")
    results: list[Any] = [None] * len(parts)
    children = []
    try:
        for first in range(1, processes):
            here, there = context.Pipe(duplex=False)
            child = context.Process(target=_run, args=(work, parts[first::processes], there))
            child.start()
            there.close()  # so that the pipe ends when the child does
            children.append((child, here))
        results[::processes] = [work(part) for part in parts[::processes]]
        for first, (child, pipe) in enumerate(children, 1):
            results[first::processes] = _outcome(child, pipe)
    except BaseException:
        for child, _ in children:
            child.terminate()
        raise
    finally:
        for child, pipe in children:
            child.join()
            pipe.close()
    return results


def _outcome(child: BaseProcess, pipe: Connection) -> list[Any]:
    try:
        outcome = pipe.recv()
    except EOFError:
        child.join()
        raise ChildProcessError(
            f"a process that shared the work died (exit code {child.exitcode})"
        ) from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _run(work: Callable[[_Part], Any], parts: Sequence[_Part], pipe: Connection) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent's handlers are for the parent
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        outcome: list[Any] | Exception = [work(part) for part in parts]
    except Exception as error:  # raised again by the parent
        outcome = error
    pipe.send(outcome)
    pipe.close()
