"""Errors meant to be read: sentences with the file, the field, the value and the remedy."""

from __future__ import annotations


class PlateworksError(Exception):
    """A mistake or a bad input that the user can mend; its text is a whole sentence."""


class ConfigError(PlateworksError):
    """The configuration cannot be used as it stands."""


class _FileError(PlateworksError):
    """Something about one file.

    Parameters
    ----------
    path : str
        The file as the user named it.
    reason : str
        What is said of it, as a clause that can follow the path and a colon.
    """

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[_FileError], tuple[str, str]]:
        return type(self), (self.path, self.reason)  # so that it passes from process to process


class FrameError(_FileError):
    """One file cannot be used as a frame, for what is in it; the others go on without it."""


class TroubleError(_FileError):
    """The system fails to read or write a file, which may pass; nothing is said of what is in it.

    No frame is left out for that.  What needs the file fails, and the next run makes it.
    """
