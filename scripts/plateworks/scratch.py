"""Temporary files and folders: where the system wants them, and files elsewhere where it is full.

Files have no names where the system can do so, and lose them at once elsewhere: their room is given
back when they are closed, and when their process ends in whatever way.  Folders are for programs
that want names; those that killed processes left are removed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from plateworks.errors import TroubleError
from plateworks.locks import hold, unheld
from plateworks.troubles import in_words

#: Names of our folders: hidden, with digits of chance, so that no folder which a person made and
#: named after the program is ever taken for one.
_PREFIX = ".plateworks-"
_NAME = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")

#: Errors of a file system that cannot take up room before it is written to.
_UNABLE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)

#: Folders for what finds no room where the system wants temporary files, the last one first.
_beside: list[Path] = []


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Let temporary files lie in a folder where there is no room for them elsewhere."""
    _beside.append(folder)
    try:
        yield
    finally:
        _beside.pop()


def room_for(path: str, size: int) -> IO[bytes]:
    """Return an empty temporary file for what is in the file `path`, with room for so many bytes.

    The room is taken before anything is written, so that none of the jobs that run side by side is
    promised that of another.

    Raises
    ------
    TroubleError
        If there is no such room anywhere; it names all places that were tried.
    """
    tried: list[str] = []
    for folder in _folders():
        try:
            return _taken(folder, size)
        except OSError as error:
            tried.append(f"{folder} ({in_words(error)})")
    places = " or ".join(tried)
    raise TroubleError(
        path,
        f"there is no room to unpack it, {size:,} bytes, in {places}; TMPDIR names another folder",
    )


def _folders() -> Iterator[str]:
    with suppress(OSError):  # where none can be written to, Python finds none
        yield tempfile.gettempdir()
    yield from map(str, reversed(_beside))


def _taken(folder: str, size: int) -> IO[bytes]:
    stream = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by whoever reads it)
    try:
        if size:
            os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as error:
        if error.errno not in _UNABLE:
            stream.close()
            raise
    return stream


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder for temporary files, which is removed in the end.

    Those that killed processes left on this computer are removed first.
    """
    remove_abandoned_folders()
    folder, descriptor = _new_folder()
    try:
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_folders() -> int:
    """Remove the folders that killed processes left on this computer; return how many."""
    return sum(map(_remove, _ours()))


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


def _ours() -> list[Path]:
    """Return our folders; another user's are not ours, nor is any link."""
    found = []
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            told = path.lstat()
            ours = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid()
            if ours and _NAME.fullmatch(path.name):
                found.append(path)
    return found


def _remove(folder: Path) -> bool:
    with suppress(OSError), unheld(folder, os.O_RDONLY | os.O_DIRECTORY) as told:
        if told is not None:
            shutil.rmtree(folder)
            return True
    return False
