"""Files of the user's own that no other user of the computer can put in the way, or read.

They lie in the user's cache, and only where there is none in the folder of the login
(``XDG_RUNTIME_DIR``): that is another one, or none, for who comes by another way.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from plateworks.errors import PlateworksError

_FOLDER = "plateworks"


@contextmanager
def private_folder() -> Iterator[int]:
    """Give the user's private folder, open; it is made where there is none.

    Raises
    ------
    PlateworksError
        If there is no place for one, or what is there is not the user's own.
    """
    problems = []
    for home in _homes():
        try:
            descriptor = _open_folder(home / _FOLDER)
        except OSError as error:
            problems.append(f"{home / _FOLDER} ({error.strerror or error})")
            continue
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        return
    raise PlateworksError(
        f"There is no private folder for this user: {', '.join(problems)}. Let XDG_CACHE_HOME name "
        "one that exists and belongs to you alone."
    )


def open_private(folder: int, name: str) -> int:
    """Open a file in the private folder for reading and writing; it is made where there is none.

    Parameters
    ----------
    folder : int
        As :func:`private_folder` gives it.
    name : str

    Raises
    ------
    PlateworksError
        If what has that name is a link, no file, or another user's.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o600, dir_fd=folder)
    except OSError as error:
        problem = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise PlateworksError(_refused(name, problem)) from error
    told = os.fstat(descriptor)
    if stat.S_ISREG(told.st_mode) and told.st_uid == os.getuid() and told.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    raise PlateworksError(_refused(name, "it is no file of this user's alone"))


def _refused(name: str, problem: str | None) -> str:
    return (
        f"The file {name} in the private folder of this user ({_FOLDER} in ~/.cache) cannot be "
        f"used: {problem}. Remove it."
    )


def _homes() -> Iterator[Path]:
    """Yield the folders that the private one may lie in."""
    cache, login = (os.environ.get(f"XDG_{what}", "") for what in ("CACHE_HOME", "RUNTIME_DIR"))
    if os.path.isabs(cache):
        yield Path(cache)
    else:
        with suppress(RuntimeError):  # a user without a home
            yield Path.home() / ".cache"
    if os.path.isabs(login):
        yield Path(login)


def _open_folder(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        told = os.fstat(descriptor)
        if told.st_uid != os.getuid():
            raise PermissionError(errno.EPERM, "it is another user's")
        if stat.S_IMODE(told.st_mode) != 0o700:
            os.fchmod(descriptor, 0o700)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
