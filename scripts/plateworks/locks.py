"""Locks between processes, on one computer or, where the file system passes them on, on several.

The kernel releases a lock when its holder ends, in whatever way, so none is ever left behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Hold the lock that stands for `path`, waiting while another process holds it.

    The lock is that of a hidden file beside `path`.  On a file system that knows no locks nobody
    waits: whatever is guarded so must also be written atomically.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.lock"), "a", encoding="utf-8") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold(descriptor: int) -> bool | None:
    """Hold an open file or folder until it is closed, unless another process does.

    Returns
    -------
    bool or None
        Whether this process holds it now; None where the file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def unheld(path: str | Path, flags: int) -> Iterator[os.stat_result | None]:
    """Hold what nobody holds, and give what it is; None if somebody does, or may.

    Parameters
    ----------
    path : path
        No link is followed.
    flags : int
        Whether it is opened to read or to write, as for :func:`os.open`.
    """
    descriptor = os.open(path, os.O_NOFOLLOW | flags)
    try:
        yield os.fstat(descriptor) if hold(descriptor) else None
    finally:
        os.close(descriptor)


def wait_for(descriptor: int) -> None:
    """Hold an open file or folder until it is closed, as soon as no other process does."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
