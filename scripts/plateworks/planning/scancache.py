"""What a scan remembers for the next: every file's stamp and frame, every folder's stamp.

Two runs may share one cache: each replaces what lies below its own folders and keeps the rest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

from plateworks.locks import locked
from plateworks.metadata.frame import Frame

#: Raise it whenever the reading of headers changes what it finds.
CACHE_VERSION = 3

FIELDS = [one.name for one in fields(Frame) if one.name != "path"]


class Entry(NamedTuple):
    """What is kept of a file: its stamp, and a frame's values, or a reason, or neither."""

    size: int
    mtime_ns: int
    values: list | None = None
    reason: str | None = None
    waits_since: float | None = None  # when a file not yet settled was first seen so, Unix time

    def frame(self, path: str) -> Frame:
        """Return the frame of these values."""
        values = dict(zip(FIELDS, self.values, strict=True))
        values["notes"] = tuple(values["notes"])
        return Frame(path=path, **values)


class Folder(NamedTuple):
    """What is kept of a folder: when its list of names last changed, and its sub-folders."""

    mtime_ns: int
    folders: list[str]
    links: list[str]


@dataclass
class ScanCache:
    """Files and folders by path."""

    files: dict[str, Entry] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)

    def below(self, folders: Iterable[str]) -> ScanCache:
        """Return what lies in some folders."""
        return ScanCache(*(_divided(part, folders)[0] for part in (self.files, self.folders)))


def load(path: Path) -> ScanCache:
    """Read a cache; one that is absent, damaged or of another version counts as empty."""
    try:
        stored = json.loads(path.read_bytes())
        if stored["version"] != [CACHE_VERSION, FIELDS]:
            return ScanCache()
        return ScanCache(
            {path: Entry(*entry) for path, entry in stored["files"].items()},
            {path: Folder(*folder) for path, folder in stored["folders"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ScanCache()


def store(path: Path, found: ScanCache, folders: Iterable[str]) -> None:
    """Write what a scan of `folders` found, beside what other scans found elsewhere."""
    folders = list(folders)
    with locked(path):
        there = load(path)
        merged = ScanCache(
            _divided(there.files, folders)[1] | found.files,
            _divided(there.folders, folders)[1] | found.folders,
        )
        if merged == there:
            return
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        version = [CACHE_VERSION, FIELDS]
        text = json.dumps({"version": version, "files": merged.files, "folders": merged.folders})
        part.write_text(text, encoding="utf-8", errors="surrogateescape")
        os.replace(part, path)


def _divided(things: Mapping[str, NamedTuple], folders: Iterable[str]) -> tuple[dict, dict]:
    """Divide things by path into those that lie in some folders, and the others."""
    roots = tuple(folder.rstrip(os.sep) + os.sep for folder in folders)
    inside, outside = {}, {}
    for path, thing in things.items():
        lies_in = path.startswith(roots) or path + os.sep in roots
        (inside if lies_in else outside)[path] = thing
    return inside, outside
