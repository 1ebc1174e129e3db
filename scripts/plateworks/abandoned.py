"""What killed processes left: temporary files and folders that nobody holds any more.

Whoever writes one holds it (:func:`plateworks.locks.hold`), and the kernel lets go of it when the
writer ends.  So what can be held is nobody's, whatever its age; where the file system knows no
locks nothing is removed.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from plateworks.files import PART
from plateworks.locks import hold

#: Names of our folders for temporary files: hidden, with digits of chance, so that no folder which
#: a person made and named after the program is ever taken for one.
_PREFIX = ".plateworks-"
_SCRATCH = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")


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
    sizes = [size for one in _parts(folders) if (size := _remove_file(one)) is not None]
    gone = [one for one in _scratches() if _remove_folder(one)]
    return Removed(len(sizes) + len(gone), sum(sizes))


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder for temporary files, which is removed in the end.

    Those that killed processes left on this computer are removed first.
    """
    for one in _scratches():
        _remove_folder(one)
    folder, descriptor = _new_folder()
    try:
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> tuple[Path, int]:
    """Make a folder and hold it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with suppress(FileNotFoundError):  # it was removed before it was held, as a killed one's
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            hold(descriptor)
            if folder.exists():
                return folder, descriptor
            os.close(descriptor)


def _parts(folders: Iterable[str]) -> Iterator[str]:
    for top in folders:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names if PART.fullmatch(name))


def _scratches() -> list[Path]:
    """Return our folders for temporary files; another user's are not ours, nor is any link."""
    found = []
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            told = path.lstat()
            ours = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid()
            if ours and _SCRATCH.fullmatch(path.name):
                found.append(path)
    return found


def _remove_file(path: str) -> int | None:
    """Remove a file that nobody holds, and return its size; None if it stays."""
    with suppress(OSError), _held(path, os.O_RDWR | os.O_NONBLOCK) as told:
        if told is not None and stat.S_ISREG(told.st_mode):
            os.unlink(path)
            return told.st_size
    return None


def _remove_folder(path: Path) -> bool:
    with suppress(OSError), _held(path, os.O_RDONLY | os.O_DIRECTORY) as told:
        if told is not None:
            shutil.rmtree(path)
            return True
    return False


@contextmanager
def _held(path: str | Path, flags: int) -> Iterator[os.stat_result | None]:
    """Hold what nobody else holds, and give what it is; None if somebody does, or may."""
    descriptor = os.open(path, os.O_NOFOLLOW | flags)
    try:
        yield os.fstat(descriptor) if hold(descriptor) else None
    finally:
        os.close(descriptor)
