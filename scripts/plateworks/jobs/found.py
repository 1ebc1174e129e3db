"""The files of a job: those that other jobs make, and those that were found.

What is found, raw frames above all, is no input of a rule.  Snakemake makes sure that inputs are
there before it begins a job, and older than its products when it is done: one light that is moved
away would cost its batch, and a camera whose clock is wrong would stop the run.  A digest of their
stamps is a parameter instead, so that a job runs again where one of them changes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from functools import cached_property

from plateworks.digests import digest_of
from plateworks.lost import lost_before, note_on

#: Times are told to so many nanoseconds, as FAT keeps them: a copy of an archive has the same.
_TICK_NS = 2_000_000_000


class Files:
    """Tells what is made from what is found.

    Parameters
    ----------
    made : collection of str
        Every product of a rule that another rule may read.
    found : collection of str
        Files that are known to have been there when the run was planned.
    lost : str
        The folder of notes on files that were lost since (:mod:`plateworks.lost`).
    """

    def __init__(self, made: Collection[str], found: Collection[str], lost: str):
        self._made, self._found, self._lost = made, found, lost
        self._known: dict[str, tuple[object, ...]] = {}

    def with_made(self, more: Iterable[str]) -> Files:
        """Return the same, where more is made."""
        return Files({*self._made, *more}, self._found, self._lost)

    def made(self, paths: Iterable[str]) -> list[str]:
        """Return the inputs of a rule: what others make, and what is nowhere to be found."""
        return [path for path in paths if not self._is_found(path)]

    def stamps(self, paths: Iterable[str]) -> str:
        """Return a digest of the stamps of those that are found, taken once in a run."""
        return digest_of(
            files=[(path, *self._stamp(path)) for path in paths if self._is_found(path)]
        )

    def _is_found(self, path: str) -> bool:
        if path in self._made:
            return False
        return path in self._found or os.path.exists(path)

    def _stamp(self, path: str) -> tuple[object, ...]:
        if path not in self._known:
            self._known[path] = self._look(path)
        return self._known[path]

    def _look(self, path: str) -> tuple[object, ...]:
        note = note_on(self._lost, path) if self._any_lost else ""
        try:
            stat = os.stat(path)
        except OSError:  # its job says what is wrong
            return "absent", note
        readable = os.access(path, os.R_OK)
        return stat.st_size, stat.st_mtime_ns // _TICK_NS, readable, note

    @cached_property
    def _any_lost(self) -> bool:
        return lost_before(self._lost)
