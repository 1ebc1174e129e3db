"""What was read or reckoned, remembered for those who ask again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from typing import Any


class Remembered:
    """A function that remembers its last results.

    Threads may share it: what one of them reads, the others wait for.

    Parameters
    ----------
    read : function
        Of arguments that can be hashed.
    keep : int
        How many results are remembered.
    lock : RLock
        Held meanwhile; functions that ask each other share one.
    """

    def __init__(self, read: Callable, keep: int, lock: RLock):
        self._read, self._lock = lru_cache(maxsize=keep)(read), lock

    def __call__(self, *arguments: Any) -> Any:
        with self._lock:
            return self._read(*arguments)

    def forget(self) -> None:
        """Let go of all that is remembered."""
        with self._lock:
            self._read.cache_clear()
