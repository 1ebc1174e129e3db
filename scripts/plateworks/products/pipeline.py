"""Frame after frame through three stations, so that reading and writing overlap with arithmetic."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")
_Made = TypeVar("_Made")


def pipeline(
    items: Iterable[_Item],
    read: Callable[[_Item], _Read],
    work: Callable[[_Read], _Made],
    write: Callable[[_Made], None],
    threads: int = 1,
) -> None:
    """Take each item through `read`, `work` and `write`.

    One thread reads ahead, `threads` work, as many write behind.  No more than one item beyond
    those worked on is in memory.

    Raises
    ------
    Exception
        The first that a station raises, by the order of the items; later items are given up.
    """
    stations = [ThreadPoolExecutor(n) for n in (1, threads, threads)]
    reader, workers, writer = stations
    under_way: deque[Future[None]] = deque()
    try:
        for item in items:
            if len(under_way) > threads:
                under_way.popleft().result()
            fetched = reader.submit(read, item)
            made = workers.submit(_after, fetched, work)
            under_way.append(writer.submit(_after, made, write))
        while under_way:
            under_way.popleft().result()
    finally:
        for station in stations:
            station.shutdown(cancel_futures=True)


def _after(before: Future, do: Callable) -> object:
    return do(before.result())
