"""Finished frames of jobs that are not done, kept where Snakemake does not remove them.

A job makes many frames.  Snakemake removes all of them where the job fails, and before it begins
the job anew.  So a frame gets a second name on the shelf as soon as it is whole: a hard link, which
takes no room.  The job that begins anew gives their places back to those frames that are made of
what it would make them of, and that hold what they held when they were put there.

Where a file system knows no links, frames wait on the shelf until their job has made the last one.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from plateworks.digests import digest_of
from plateworks.files import name_also

_PIECE = 1 << 20
#: Stands in place of the digest of a frame whose job was done: it was believed where it lay.
_BELIEVED = "believed"


class _Entry(NamedTuple):
    """A frame on the shelf, as its name tells: its place, what it is made of, what it holds."""

    place: str
    made_of: str
    held: str


class Shelf:
    """The shelf of a folder of results.

    Parameters
    ----------
    folder : str
        Where it is; it need not be there.  It lies below the results, on their file system.
    """

    def __init__(self, folder: str):
        self._folder = Path(folder)

    def keep(self, path: str, made_of: str, *, believed: bool = False) -> None:
        """Put a frame on the shelf that is whole, in place of what was there for it.

        What cannot be put there is not kept, and nothing fails for that.

        Parameters
        ----------
        path : str
            Where the frame lies.
        made_of : str
            A digest of all that its bytes depend on.
        believed : bool
            Whether it shall be taken back without a look at what it holds.
        """
        with suppress(OSError):
            held = _BELIEVED if believed else content_of(path)
            entry = self._folder / ".".join(_Entry(self._place(path), made_of, held))
            self._folder.mkdir(parents=True, exist_ok=True)
            name_also(path, entry)

    def take(self, wanted: Mapping[str, str]) -> set[str]:
        """Give frames on the shelf their places back; return these.

        Parameters
        ----------
        wanted : mapping
            The places, and of each what its frame would be made of.
        """
        taken = set[str]()
        entries = self._entries() if wanted else []
        if not entries:
            return taken
        asked = {(self._place(path), made_of): path for path, made_of in wanted.items()}
        for entry in entries:
            path = asked.get((entry.place, entry.made_of))
            if path is not None and self._lay(self._folder / ".".join(entry), entry.held, path):
                taken.add(path)
        return taken

    def drop(self, paths: Iterable[str]) -> None:
        """Take the frames of some places from the shelf."""
        if entries := self._entries():
            places = set(map(self._place, paths))
            self._remove(entry for entry in entries if entry.place in places)

    def clear(self, stay: Collection[str]) -> None:
        """Take all frames from the shelf but those of some places."""
        if entries := self._entries():
            places = set(map(self._place, stay))
            self._remove(entry for entry in entries if entry.place not in places)
        with suppress(OSError):  # it is not there, or not empty
            self._folder.rmdir()

    def __bool__(self) -> bool:
        """Whether there is anything on it."""
        return bool(self._entries())

    def _place(self, path: str) -> str:
        """Return what stands for a place, from wherever the results are named."""
        return digest_of(place=os.path.relpath(path, self._folder))

    def _entries(self) -> list[_Entry]:
        with suppress(OSError):
            parts = (name.split(".") for name in os.listdir(self._folder))
            return [_Entry(*one) for one in parts if len(one) == len(_Entry._fields)]
        return []

    def _remove(self, entries: Iterable[_Entry]) -> None:
        for entry in entries:
            with suppress(OSError):
                os.unlink(self._folder / ".".join(entry))

    @staticmethod
    def _lay(kept: Path, held: str, path: str) -> bool:
        with suppress(OSError):
            if held != _BELIEVED and content_of(kept) != held:
                return False
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with suppress(FileNotFoundError):
                os.unlink(path)
            name_also(kept, path)
            return True
        return False


class Batch:
    """The frames of one job, and the shelf that keeps them until all are made.

    Parameters
    ----------
    shelf : Shelf or None
        None keeps nothing.
    made_of : mapping
        The paths of frames, and of each a digest of all that its bytes depend on.  Others are not
        kept; nor is the frame of a job that has no other.
    """

    def __init__(self, shelf: Shelf | None, made_of: Mapping[str, str]):
        self._shelf = shelf if len(made_of) > 1 else None
        self._made_of = made_of

    def take(self) -> set[str]:
        """Take the frames that are on the shelf; return their paths."""
        return set() if self._shelf is None else self._shelf.take(self._made_of)

    def keep(self, path: str) -> None:
        """Put a frame on the shelf that is whole."""
        if self._shelf is not None and path in self._made_of:
            self._shelf.keep(path, self._made_of[path])

    def bring_back(self) -> None:
        """Take what waits on the shelf, as all frames are made."""
        if self._shelf is not None:
            gone = {path: one for path, one in self._made_of.items() if not os.path.exists(path)}
            self._shelf.take(gone)


def content_of(path: str | os.PathLike[str]) -> str:
    """Return a digest of what a file holds: XXH3 of 128 bits.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    import xxhash

    digest = xxhash.xxh3_128()
    with open(path, "rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return str(digest.hexdigest())
