"""What killed processes left: temporary files and folders that nobody holds any more.

Whoever writes one holds it (:func:`plateworks.locks.hold`), and the kernel lets go of it when the
writer ends.  So what can be held is nobody's, whatever its age; where the file system knows no
locks nothing is removed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from plateworks.files import PART
from plateworks.locks import unheld
from plateworks.scratch import remove_abandoned_folders


class Removed(NamedTuple):
    """How many temporary files and folders were removed, and the bytes of the files."""

    things: int
    size: int

    def __bool__(self) -> bool:
        return self.things > 0

    def __str__(self) -> str:
        things = "1 unfinished file" if self.things == 1 else f"{self.things} unfinished files"
        return f"{things} ({self.size / 1e6:.1f} MB)"


def remove_abandoned(folders: Iterable[str]) -> Removed:
    """Remove the temporary files below some folders, and our folders for temporary files.

    Parameters
    ----------
    folders : iterable of str
        They need not be there.
    """
    sizes = [size for one in _parts(folders) if (size := _remove(one)) is not None]
    return Removed(len(sizes) + remove_abandoned_folders(), sum(sizes))


def _parts(folders: Iterable[str]) -> Iterator[str]:
    for top in folders:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names if PART.fullmatch(name))


def _remove(path: str) -> int | None:
    """Remove a file that nobody holds, and return its size; None if it stays."""
    with suppress(OSError), unheld(path, os.O_RDWR | os.O_NONBLOCK) as told:
        if told is not None and stat.S_ISREG(told.st_mode):
            os.unlink(path)
            return told.st_size
    return None
