"""Room for temporary files: where the system wants them, and beside the results where that is full.

They have no names where the system can do so, and lose them at once elsewhere: their room is given
back when they are closed, and when their process ends in whatever way.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from plateworks.errors import TroubleError
from plateworks.troubles import in_words

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
