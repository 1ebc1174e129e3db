"""Errors meant to be read: sentences with the file, the field, the value and the remedy."""

from __future__ import annotations


class PlateworksError(Exception):
    """A mistake or a bad input that the user can mend; its text is a whole sentence."""


class ConfigError(PlateworksError):
    """The configuration cannot be used as it stands."""


class FrameError(PlateworksError):
    """One file cannot be used as a frame; the others go on without it.

    Parameters
    ----------
    path : str
        The file as the user named it.
    reason : str
        Why it is set aside, as a clause that can follow the path and a colon.
    """

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[FrameError], tuple[str, str]]:
        return type(self), (self.path, self.reason)  # so that it passes from process to process


class LostFrameError(FrameError):
    """A file that cannot be opened, and may be there another time: it was moved, or its disk is."""
