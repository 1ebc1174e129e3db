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
) -> None:
    """Take each item through `read`, `work` and `write`.

    One thread reads ahead, one works, one writes behind.  No more than two items are in memory.

    Raises
    ------
    Exception
        The first that a station raises, by the order of the items; later items are given up.
    """
    stations = [ThreadPoolExecutor(1) for _ in range(3)]
    reader, worker, writer = stations
    under_way: deque[Future[None]] = deque()
    try:
        for item in items:
            if len(under_way) > 1:
                under_way.popleft().result()
            fetched = reader.submit(read, item)
            made = worker.submit(_after, fetched, work)
            under_way.append(writer.submit(_after, made, write))
        while under_way:
            under_way.popleft().result()
    finally:
        for station in stations:
            station.shutdown(cancel_futures=True)


def _after(before: Future[_Read], do: Callable[[_Read], _Made]) -> _Made:
    return do(before.result())
