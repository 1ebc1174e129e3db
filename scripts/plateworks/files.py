"""Files written whole or not at all, and read as far as they go."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

from plateworks.locks import hold

#: Names of files have at most 255 bytes on the usual file systems; so many are left for a name
#: within that of its temporary file.
_ROOM = 255 - len("..12345678.part")

#: FALLOC_FL_KEEP_SIZE of Linux.
_KEEP_SIZE = 1
#: Names of temporary files: hidden, with the name that they are to have, and digits of chance.
PART = re.compile(r"\..*\.[0-9a-f]{8}\.part", re.DOTALL)


class _State:
    """How files are written; a job writes in threads and processes, so it is no matter of one."""

    durable = False


@overload
def atomic(
    path: str | os.PathLike[str],
    mode: Literal["wb"] = "wb",
    *,
    new: bool = False,
    durable: bool = False,
) -> AbstractContextManager[BinaryIO]: ...


@overload
def atomic(
    path: str | os.PathLike[str],
    mode: Literal["w"],
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    newline: str | None = None,
    new: bool = False,
    durable: bool = False,
) -> AbstractContextManager[TextIO]: ...


@contextmanager  # type: ignore[misc]  # typed by what stands above
def atomic(
    path: str | os.PathLike[str],
    mode: str = "wb",
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    newline: str | None = None,
    new: bool = False,
    durable: bool = False,
) -> Iterator[IO[Any]]:
    """Give a stream whose content takes the place of the file `path` when all went well.

    Whatever interrupts the writer, `path` holds either its old bytes or the complete new ones.  The
    stream is that of a hidden file in the same folder, which a failure removes; a process that is
    killed outright leaves it, under a name that no scan reads (see :data:`PART`) and held by nobody
    any more, so that it can be told from those that are being written.  It gets the permissions of
    any new file.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder is made.
    mode : {"wb", "w"}
        Whether bytes or text are written.
    encoding, errors, newline
        Of text, as :func:`open` takes them.
    new : bool
        Whether a file that is there already must stay as it is.
    durable : bool
        Whether the file shall outlast a power cut from the moment that this returns, as all do
        within :func:`durably`.

    Raises
    ------
    FileExistsError
        If `new`, and `path` is there already, or appeared in the meantime; it stays as it is.
    OSError
        If the file or its folder cannot be written.
    """
    path = Path(path)
    how: dict[str, Any] = {}
    if mode == "w":
        how = {"encoding": encoding, "errors": errors, "newline": newline}
    _make(path.parent)
    part = path.with_name(f"{_beginning(path)}{os.urandom(4).hex()}.part")
    durable = durable or _State.durable
    with ExitStack() as held:
        try:
            with open(part, mode, opener=_create, **how) as stream:
                held.callback(os.close, os.dup(stream.fileno()))  # held until it has its name
                yield stream
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            if new:
                _name(part, path)
            else:
                os.replace(part, path)
        except OSError as error:
            if error.errno is not None and error.filename is None:  # of a disk that is full
                error.filename = str(path)
            raise
        finally:
            with suppress(OSError):  # a full or vanished disk has told so already
                part.unlink(missing_ok=True)
    if durable:
        _keep_names(path.parent)


@contextmanager
def durably(wanted: bool = True) -> Iterator[None]:
    """Have every file that is written meanwhile outlast a power cut once it has its name."""
    before, _State.durable = _State.durable, wanted
    try:
        yield
    finally:
        _State.durable = before


def reserve(stream: IO[bytes], size: int) -> None:
    """Have the system find room for the next bytes of a file at once, before they are written.

    That takes it less time than to find it piece by piece.  The file is no longer for it.  Where
    the system cannot do so nothing happens, and where there is no room, writing will tell.

    Parameters
    ----------
    stream : binary stream
    size : int
        Of what follows.
    """
    allocate = _allocate()
    if allocate is not None and size > 0:
        allocate(stream.fileno(), _KEEP_SIZE, stream.tell(), size)


def parts_of(path: str | os.PathLike[str]) -> list[Path]:
    """List what writers of `path` that were killed, or write at this moment, have in its folder."""
    path = Path(path)
    ours = re.compile(re.escape(_beginning(path)) + r"[0-9a-f]{8}\.part")
    return [one for one in path.parent.glob(".*.part") if ours.fullmatch(one.name)]


def name_also(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> None:
    """Give a file a second name: a hard link; where there are no links, that is its only one then.

    Raises
    ------
    FileExistsError
        If a file has that name already.
    OSError
        If it can have no such name.
    """
    try:
        os.link(path, other)
    except FileExistsError:
        raise
    except OSError:
        os.replace(path, other)


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Read `count` bytes from `offset` of an open file: fewer only where the file ends.

    One call of the system may give less: so do network drives, and signals.
    """
    data = os.pread(descriptor, count, offset)
    while len(data) < count and (
        more := os.pread(descriptor, count - len(data), offset + len(data))
    ):
        data += more
    return data


def read_into(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Fill a buffer with what begins at `offset` of an open file; return how many bytes there are.

    Fewer than the buffer of bytes holds only where the file ends, as in :func:`read_at`.
    """
    done, view = 0, buffer.cast("B")
    while done < len(view) and (more := os.preadv(descriptor, [view[done:]], offset + done)):
        done += more
    return done


def read_ahead(path: str | os.PathLike[str]) -> None:
    """Have the system read a file that is wanted soon, while the caller does something else.

    Where it cannot do so nothing happens, and where there is no such file, reading it will tell.
    """
    advise = getattr(os, "posix_fadvise", None)
    if advise is None:
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            advise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(descriptor)


@cache
def _allocate() -> Callable[[int, int, int, int], int] | None:
    """Return fallocate of Linux, which Python knows only as a function that may write zeros."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes  # reading the plan does without it

    found = getattr(ctypes.CDLL(None), "fallocate64", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # as a file: no word on whether the wanted one exists
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def _beginning(path: Path) -> str:
    """Return how names of temporary files for `path` begin; long ones are cut."""
    return f".{os.fsdecode(os.fsencode(path.name)[:_ROOM])}."


def _create(path: str, flags: int) -> int:
    """Open a file that must not be there yet, and hold it.

    Mode ``x`` would do the same; but astropy does not write to streams of that mode.
    """
    while True:
        descriptor = os.open(path, flags | os.O_EXCL, 0o666)
        hold(descriptor)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # it was removed before it was held, as one that a killed writer left


def _name(part: Path, path: Path) -> None:
    """Give a complete file its name, unless that is taken."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # exFAT and many network drives know no links: there the name is taken first, empty.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        os.replace(part, path)


def _keep_names(folder: Path) -> None:
    """Have the system write the names of a folder to the disk, where it can be asked to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
