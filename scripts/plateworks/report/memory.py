"""What was read of files before, so that a run reads but those that are new or have changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plateworks.inventory.walk import stamp_of
from plateworks.sealed import read_sealed, write_sealed


class Memory:
    """Values that were read of files, kept beside their stamps.

    Parameters
    ----------
    path : path
        Where it is kept.  It may be removed: all is read anew then, and is the same.
    code : object
        What reads files; what another read is of no use.
    """

    def __init__(self, path: str | os.PathLike[str], code: object):
        self._path, self._code = Path(path), code
        self._before: dict[str, Any] = read_sealed(self._path, self._understood) or {}
        self._now: dict[str, Any] = {}

    def _understood(self, stored: Any) -> dict[str, Any]:
        return dict(stored["files"]) if stored["code"] == self._code else {}

    def of(self, path: str, read: Callable[[str], Any], asked: str = "") -> Any:
        """Return what `read` makes of a file, be it now or before.

        Parameters
        ----------
        path : str
        read : function
            Takes the path; what it returns can be written as JSON, and read back as it was.
        asked : str
            What else it depends on.
        """
        name, stamp = f"{path} {asked}".rstrip(), list(stamp_of(path))
        known = self._before.get(name)
        if known is None or known[0] != stamp:
            known = [stamp, read(path)]
        self._now[name] = known
        return known[1]

    def keep(self) -> None:
        """Keep what was asked for, and nothing else.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        if self._now != self._before:
            write_sealed(self._path, {"code": self._code, "files": self._now})
