"""The files of a job: those that other jobs make, and those that were found.

What is found, raw frames above all, is no input of a rule.  Snakemake makes sure that inputs are
there before it begins a job, and older than its products when it is done: one light that is moved
away would cost its batch, and a camera whose clock is wrong would stop the run.  Nor are their
paths parameters that Snakemake compares: a raw folder that is moved, or copied with other times,
makes nothing again.  What each frame holds takes the place of its path in a digest of the order
that is a parameter instead, so that a job runs again where one of its frames is another.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from plateworks.digests import digest_of, digest_of_bytes
from plateworks.inventory.pathrules import below

#: Of files that are no frames, such as lists, those of fewer bytes are told by what they hold.
_SHORT = 1 << 20
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
    contents : mapping
        Path of a frame to what it is told by (:mod:`plateworks.inventory.contents`).
    results : str
        The folder of results, below which products are named.
    """

    def __init__(
        self,
        made: Collection[str],
        found: Collection[str],
        contents: Mapping[str, str] = {},
        results: str = "",
    ):
        self._made, self._found = made, found
        self._contents, self._results = contents, results
        self._known: dict[str, str] = {}

    def with_made(self, more: Iterable[str]) -> Files:
        """Return the same, where more is made."""
        made = {*self._made, *more}
        return Files(made, self._found, self._contents, self._results)

    def made(self, paths: Iterable[str]) -> list[str]:
        """Return the inputs of a rule: what others make, and what is nowhere to be found."""
        return [path for path in paths if not self._is_found(path)]

    def told(self, order: object, paths: Iterable[str]) -> str:
        """Return a digest of an order in which what is found is told by what it holds.

        Parameters
        ----------
        order : plain value
            Of its frames the places do not count, since names tell them.
        paths : iterable of str
            The files that it names.  What is found is looked at once in a run.
        """
        names = {path: self._name(path) for path in paths}
        return digest_of(order=_renamed(order, names))

    def _is_found(self, path: str) -> bool:
        if path in self._made:
            return False
        return path in self._found or os.path.exists(path)

    def _name(self, path: str) -> str:
        if self._is_found(path):
            return self._told_by(path)
        return below(path, [self._results] if self._results else [])

    def _told_by(self, path: str) -> str:
        if path not in self._known:
            self._known[path] = digest_of(held=self._held(path))
        return self._known[path]

    def _held(self, path: str) -> object:
        """Return what a file holds; whether it can be read is no matter of that."""
        try:
            stat = os.stat(path)
            if path in self._contents:
                return self._contents[path]
            if stat.st_size > _SHORT:
                return stat.st_size, stat.st_mtime_ns // _TICK_NS
            with open(path, "rb") as stream:
                return digest_of_bytes(stream.read())
        except OSError:  # its job says what is wrong
            return "absent"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a plain value with other names for paths, and frames in the order of these."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    # What products call a raw frame tells where it lies, too.
    known = {key: one for key, one in value.items() if key != "name" or "raw" not in value}
    renamed = {key: _renamed(one, names) for key, one in known.items()}
    if "frames" in renamed:
        renamed["frames"] = sorted(renamed["frames"], key=repr)
    return renamed
