"""The ledger: what is said of masters, by Plateworks and by people, in a table that both write.

One lies in the results and one at the root of each library.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from plateworks.ledger.entry import Entry, with_words
from plateworks.ledger.table import as_read, read_ledger, write_ledger
from plateworks.locks import locked


class Ledger(NamedTuple):
    """Where a ledger lies, and the folder that its masters are counted from."""

    path: str
    root: str

    @classmethod
    def of_results(cls, results: str) -> Ledger:
        """Return that of a folder of results, which speaks of masters elsewhere too."""
        return cls(f"{results}/masters/ledger.csv", results)

    @classmethod
    def of_library(cls, folder: str) -> Ledger:
        """Return that of a library."""
        return cls(os.path.join(folder, "ledger.csv"), folder)

    @classmethod
    def nearest(cls, path: str, results: str, libraries: Iterable[str]) -> Ledger:
        """Return the ledger to write of a master: of its library, if that can be written."""
        own = (one for one in map(cls.of_library, libraries) if one.holds(path))
        return next((one for one in own if one.is_writable), cls.of_results(results))

    @property
    def is_writable(self) -> bool:
        """Whether it, or its folder where there is none yet, can be written."""
        file = not os.path.exists(self.path) or os.access(self.path, os.W_OK)
        return file and os.access(os.path.dirname(self.path) or ".", os.W_OK)

    def holds(self, path: str) -> bool:
        """Whether a file lies below the folder that its masters are counted from."""
        return os.path.abspath(path).startswith(os.path.join(os.path.abspath(self.root), ""))

    def read(self) -> tuple[Entry, ...]:
        """Return its entries by the full paths of their masters.

        Raises
        ------
        PlateworksError
            As :func:`read_ledger`.
        """
        entries = read_ledger(self.path)
        return tuple(one._replace(master=_whole(self.root, one.master)) for one in entries)

    def record(self, entries: Iterable[Entry]) -> int:
        """Add words on masters, which go by paths of any form here; what is said already stays.

        Of verdicts of ours the new one takes the place of the one before, and a person's word
        follows those before it.  Nothing is written where nothing new is said.

        Returns
        -------
        int
            How many words are new.

        Raises
        ------
        PlateworksError
            As :func:`read_ledger`: what cannot be understood is not written over.
        OSError
            If the file or its folder cannot be written.
        """
        entries = [as_read(one._replace(master=self._named(one.master))) for one in entries]
        if not entries:
            return 0
        path = os.path.realpath(self.path)  # a link leads to a ledger that others read too
        with locked(_lock_of(path)):
            before = read_ledger(path)
            after = with_words(before, entries)
            if after != before:
                write_ledger(path, after)
            return len({*after} - {*before})

    def _named(self, path: str) -> str:
        whole = os.path.abspath(path)
        return os.path.relpath(whole, self.root) if self.holds(path) else whole


def _lock_of(path: str) -> str:
    """Return what stands for a ledger where it is locked: in results, what is nobody's to see."""
    own = os.path.join(os.path.dirname(os.path.dirname(path)), ".plateworks")
    return os.path.join(own, os.path.basename(path)) if os.access(own, os.W_OK) else path


def _whole(root: str, master: str) -> str:
    return os.path.abspath(os.path.join(root, master))
