"""Files that a job reads part by part, and that must be the same files all the while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from plateworks.errors import TroubleError


class Unchanged:
    """Files as they were when a job began to read them.

    A file is known by its size and its time: the numbers by which a system tells files apart are
    not lasting on all disks of a network.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    @contextmanager
    def reading(self, path: str) -> Iterator[None]:
        """Let a file be read.

        Raises
        ------
        TroubleError
            If it is not as it was when it was first read, or changes meanwhile: what was found
            wrong with it then says nothing of either.
        """
        self._see(path)
        try:
            yield
        finally:
            self._see(path)

    def _see(self, path: str) -> None:
        try:
            status = os.stat(path)
        except OSError:  # whoever reads it says so
            return
        now = status.st_size, status.st_mtime_ns
        if self._seen.setdefault(path, now) != now:
            why = "was changed or replaced while it was read; leave it as it is, and run again"
            raise TroubleError(path, why)
