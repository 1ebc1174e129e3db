"""What a scan remembers for the next: every file's stamp and frame, every folder's stamp.

A cache is of no use to code that would read other things in the same headers: it is kept together
with a digest of that code, and another code begins anew.

Two runs may share one cache: each replaces what lies below its own folders and keeps the rest.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from plateworks import metadata
from plateworks.digests import digest_of, digest_of_bytes
from plateworks.errors import PlateworksError
from plateworks.locks import locked
from plateworks.metadata.amplifiers import Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.unplaced import Unplaced
from plateworks.records import plain, record_of
from plateworks.sealed import read_sealed, write_sealed
from plateworks.troubles import in_words

#: The path comes first in a frame, and its notes last.
FIELDS = [one.name for one in fields(Frame)][1:]

_values_of = attrgetter(*FIELDS)
#: Places in a frame, in which the path comes first, of what is kept as plain values.
_RECORDS: dict[int, type] = {
    FIELDS.index("readout") + 1: Readout,
    FIELDS.index("unplaced") + 1: Unplaced,
}


@runtime_checkable
class _Reader(Protocol):
    """What Python loads modules with from files and archives alike."""

    def get_data(self, path: str) -> bytes: ...


#: The reason that stands for a file which is none of ours.
NO_IMAGE = ""


class Stamp(NamedTuple):
    """By what it is told that a file was not touched: its size, and when it last changed.

    A copy of an older file may have its time of change; the time of change of its entry in the file
    system is its own.
    """

    size: int
    mtime_ns: int
    ctime_ns: int


class Entry(NamedTuple):
    """What is kept of a file: its stamp, and a frame's values, or a reason, or neither.

    A trouble in reading it is kept for the other processes of the run; the next scan reads it
    again.
    """

    stamp: Stamp
    values: list[Any] | None = None
    reason: str | None = None
    waits_since: float | None = None  # when a file not yet settled was first seen so, Unix time
    digest: str | None = None  # of its array, where it was suspected to be a copy
    content: str | None = None  # what a frame is told by (plateworks.inventory.contents)
    whole: str | None = None  # digest of its array, where that is known
    trouble: str | None = None

    def frame(self, path: str) -> Frame:
        """Return the frame of these values."""
        values = [path, *(self.values or ())]
        values[-1] = tuple(values[-1])
        for place, form in _RECORDS.items():
            if values[place] is not None:
                values[place] = record_of(form, values[place], f"What is kept of {path}")
        return Frame(*values)


def entry_of(stamp: Stamp, frame: Frame) -> Entry:
    """Return what is kept of a file that holds a frame."""
    values = list(_values_of(frame))
    for place in _RECORDS:
        if values[place - 1] is not None:
            values[place - 1] = plain(values[place - 1])
    return Entry(stamp, values)


class Folder(NamedTuple):
    """What is kept of a folder: when its list of names last changed, and what is in it.

    That are its sub-folders, links to others, and how many files it holds of each ending that are
    not looked at.
    """

    mtime_ns: int
    folders: list[str]
    links: list[str]
    others: dict[str, int]


@dataclass
class ScanCache:
    """Files and folders by path."""

    files: dict[str, Entry] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)

    def part(self, holds: Callable[[str], bool]) -> ScanCache:
        """Return the part whose paths `holds` is true of."""
        return ScanCache(
            {path: entry for path, entry in self.files.items() if holds(path)},
            {path: folder for path, folder in self.folders.items() if holds(path)},
        )


def load(path: Path) -> ScanCache:
    """Read a cache; one that is absent, damaged or of other code counts as empty.

    Raises
    ------
    PlateworksError
        If it is there and cannot be read.
    """
    with _in_words(path):
        return read_sealed(path, _understood) or ScanCache()


def _understood(stored: Mapping[str, Any]) -> ScanCache:
    if stored["code"] != _code():
        return ScanCache()
    return ScanCache(
        {path: Entry(Stamp(*entry[0]), *entry[1:]) for path, entry in stored["files"].items()},
        {path: Folder(*folder) for path, folder in stored["folders"].items()},
    )


def store(path: Path, found: ScanCache, covered: Callable[[str], bool]) -> None:
    """Write what a scan found where it looked (`covered`), and keep what others found elsewhere.

    Raises
    ------
    PlateworksError
        If it cannot be written.
    """
    with _in_words(path), locked(path):
        there = load(path)
        other = there.part(lambda path: not covered(path))
        merged = ScanCache(other.files | found.files, other.folders | found.folders)
        if merged == there:
            return
        told = {"code": _code(), "files": merged.files, "folders": merged.folders}
        write_sealed(path, told)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say of a cache that cannot be read or written where it lies, and by whose wish."""
    try:
        yield
    except OSError as error:
        raise PlateworksError(
            f"{path}: what the scan finds is kept there, below the folder of the config key "
            f"results, and it cannot be read or written ({in_words(error)})."
        ) from error


def change(path: Path, files: dict[str, Entry]) -> None:
    """Write what is kept of some files, and keep what there is of others."""
    store(path, ScanCache(files), files.__contains__)


def sources() -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every module that reads headers, wherever Python found it.

    They are those of the room ``metadata``, as files or in an archive.
    """
    yield from _below(metadata.__name__, metadata.__path__)


def _below(package: str, places: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for module in pkgutil.iter_modules(places):
        name = f"{package}.{module.name}"
        spec = module.module_finder.find_spec(name, None)
        if spec is None or spec.origin is None or not isinstance(spec.loader, _Reader):
            raise ImportError(f"the code of {name} cannot be read", name=name)
        yield name.removeprefix(f"{metadata.__name__}."), spec.loader.get_data(spec.origin)
        yield from _below(name, spec.submodule_search_locations or ())


@cache
def _code() -> str:
    """Return a digest of the code that reads headers, and of the form of a cache."""
    modules = {name: digest_of_bytes(content) for name, content in sources()}
    forms = {form.__name__: form._fields for form in (Entry, Stamp, Folder)}
    return digest_of(modules=modules, frame=FIELDS, forms=forms)
