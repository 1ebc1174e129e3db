"""Troubles of the system: full disks, bad ones, permissions, and what else may pass.

A frame is set aside for what is *in* its file: it is short, its header makes no sense, its codec
fails.  Whatever else keeps it from being read says nothing of the frame, and may be gone tomorrow:
then a master of fewer frames, or a light marked for good, would be wrong.  All readers tell the one
from the other here.
"""

from __future__ import annotations

import errno
import os

from plateworks.errors import FrameError, PlateworksError, TroubleError

#: Errors that a name or a kind of file gives again each time: what is there is no frame.
_LASTING = frozenset(
    (
        errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL,
        errno.ENXIO, errno.EOVERFLOW, errno.EFBIG,
    )
)  # fmt: skip

_ROOM = "make room on its disk"
_MOUNTED = "see to its disk, cable or network"
_PERMIT = "permit it"

#: What helps, by the number of the error.
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: "make room, or have your quota raised",
    errno.EROFS: "its disk can only be read; mount it otherwise, or name another folder",
    errno.EACCES: _PERMIT,
    errno.EPERM: _PERMIT,
    errno.ENOENT: "put it back, or mount its disk",
    errno.EMFILE: "let a process open more files (ulimit -n)",
    errno.ENFILE: "let the system open more files (sysctl fs.file-max)",
    errno.ENOTDIR: "a file stands where a folder should be; move it, or name another folder",
    errno.EEXIST: "move what stands there",
    errno.EISDIR: "a folder stands where a file should be; move it, or name another file",
    errno.ENAMETOOLONG: "take a shorter name",
    errno.ELOOP: "links lead in a circle; mend them",
    errno.ENOMEM: "give the job more memory, or run fewer at a time",
    errno.EIO: _MOUNTED,
    errno.ENODEV: _MOUNTED,
    errno.ESTALE: _MOUNTED,
    errno.ETIMEDOUT: _MOUNTED,
    errno.EREMOTEIO: _MOUNTED,
    errno.ENOTCONN: _MOUNTED,
    errno.EHOSTDOWN: _MOUNTED,
    errno.EHOSTUNREACH: _MOUNTED,
    errno.ENETDOWN: _MOUNTED,
}


def may_pass(error: BaseException) -> bool:
    """Whether an error is the system's and none of what a file holds.

    Libraries raise an :class:`OSError` for damage too, but without a number.
    """
    return is_numbered(error) and getattr(error, "errno", None) not in _LASTING


def is_numbered(error: BaseException) -> bool:
    """Whether an error is the system's; libraries raise an :class:`OSError` without a number."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) is not None


def not_read(
    path: str | os.PathLike[str], error: Exception, what: str
) -> FrameError | TroubleError:
    """Return what to raise where reading a file failed.

    Parameters
    ----------
    path : path
        As the user named it.
    error : Exception
        What reading raised.
    what : str
        What could not be read, as a clause that can follow the path: ``its pixels cannot be read``.
    """
    if isinstance(error, FrameError | TroubleError):
        return error
    if may_pass(error):
        return TroubleError(os.fspath(path), f"{what} ({in_words(error)})")
    return FrameError(os.fspath(path), f"{what} ({_bare(error)})")


def trouble_of(error: Exception) -> PlateworksError:
    """Return a sentence in place of an error that may pass, by whatever call it was raised."""
    path = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if isinstance(path, str | bytes | os.PathLike):
        return TroubleError(os.fsdecode(path), f"cannot be read or written ({in_words(error)})")
    return PlateworksError(f"The system fails: {in_words(error)}")


def in_words(error: BaseException) -> str:
    """Say what the trouble is, and what helps: ``No space left on device; make room …``."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    return f"{_bare(error)}; {_REMEDIES.get(number or 0, 'run again once it has passed')}"


def _bare(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return os.strerror(errno.ENOMEM)
    return str(getattr(error, "strerror", None) or error)
