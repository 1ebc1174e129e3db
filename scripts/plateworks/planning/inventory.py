"""All frames there are: the scan of the raw folders, its cache, and the files set aside.

The cache spares reading headers again; it is keyed by path, size and time of change.  Only the
main process of a run scans; processes started for single jobs read the cache and nothing else.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from plateworks.errors import ConfigError, FrameError
from plateworks.metadata.cards import is_image_name
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.planning.inputs import Source

#: Raise it whenever the reading of headers changes what it finds.
CACHE_VERSION = 2

_FIELDS = [field.name for field in fields(Frame) if field.name != "path"]


class Reject(NamedTuple):
    """A file that is not used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Inventory:
    """Every frame, every file set aside and every cosmetic list, sorted by path."""

    frames: tuple[Frame, ...]
    rejects: tuple[Reject, ...]
    lists: tuple[str, ...] = ()  # cosmetic lists


class _Entry(NamedTuple):
    """What the cache keeps of a file: its stamp, and a frame's values, or a reason, or neither."""

    size: int
    mtime_ns: int
    values: list | None
    reason: str | None


def scan(
    sources: Iterable[Source],
    cache_path: str | Path,
    skip: Iterable[str] = (),
    is_product: Callable[[str], bool] = lambda path: False,
) -> Inventory:
    """Find and read all frames that `sources` mean.

    Parameters
    ----------
    sources : iterable of Source
        Folders are searched with all their sub-folders, hidden ones excepted.
    cache_path : path
        Where the cache lies; it is rewritten only if something changed.
    skip : iterable of str
        Folders not entered, such as the results folder when it lies below a raw folder.
    is_product : function
        Whether a path is that of a product; such files are passed over where files are searched.

    Raises
    ------
    ConfigError
        If a folder does not exist or is not a folder.
    """
    cache_path = Path(cache_path)
    known = _load(cache_path)
    sources = list(sources)
    folders = {os.path.realpath(source.folder) for source in sources if source.files is None}
    entered = {os.path.realpath(folder) for folder in skip} - folders
    entries: dict[str, _Entry] = {}
    for source in sources:
        for path, size, mtime_ns in _files(source, entered):
            if (source.files is None or source.found) and is_product(path):
                continue
            old = known.get(path)
            if old is not None and (old.size, old.mtime_ns) == (size, mtime_ns):
                entries[path] = old
            else:
                entries[path] = _read(path, size, mtime_ns)
    if entries != known:
        _store(cache_path, entries)
    return _inventory(entries)


def recall(cache_path: str | Path) -> Inventory:
    """Return what the last scan found, without looking at any raw folder."""
    return _inventory(_load(Path(cache_path)))


def _files(source: Source, entered: set[str]) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of change of every file that a source means."""
    if source.files is None:
        folder = source.folder
        if not os.path.isdir(folder):
            what = "is not a folder" if os.path.exists(folder) else "does not exist"
            raise ConfigError(f"The folder {folder} {what}; it is named in the config key raw.")
        yield from _walk(folder, entered)
        return
    for path in source.files:
        yield path, *_stamp(path)
    for folder in sorted({os.path.dirname(path) for path in source.files}):
        # The cosmetic lists beside masters that are named one by one.
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*.[lL][sS][tT]"))):
            yield path, *_stamp(path)


def _stamp(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)
        return stat.st_size, stat.st_mtime_ns
    except OSError:  # reading it as a frame will say what is wrong
        return -1, -1


def _walk(folder: str, entered: set[str]) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of change of every file below `folder` that matters.

    No folder is entered twice, by whatever links it can be reached; `entered` holds the real paths
    of those that were.  Links come last and in a fixed order, so that a file is named by the folder
    it lies in, on every computer.
    """
    pending, links = [folder], []
    while pending or links:
        here = pending.pop() if pending else links.pop(0)
        real = os.path.realpath(here)
        if real in entered:
            continue
        entered.add(real)
        try:
            listing = sorted(os.scandir(here), key=lambda item: item.name)
        except OSError:
            yield here, -1, -1  # reading it as a frame will say why it cannot be entered
            continue
        for item in listing:
            if item.name.startswith("."):
                continue
            if os.path.isdir(item.path) if item.is_symlink() else item.is_dir():
                (links if item.is_symlink() else pending).append(item.path)
            elif is_image_name(item.name) or _is_list(item.name):
                yield item.path, *_stamp(item.path)


def _read(path: str, size: int, mtime_ns: int) -> _Entry:
    if _is_list(path):
        return _Entry(size, mtime_ns, None, None)
    try:
        if "{" in path or "}" in path:
            # Snakemake reads braces in a file name as a wildcard, and knows no way to escape them.
            raise FrameError(path, "the path holds a brace, { or }; rename the file or folder")
        frame = read_frame(path)
    except FrameError as error:
        return _Entry(size, mtime_ns, None, error.reason)
    return _Entry(size, mtime_ns, [getattr(frame, name) for name in _FIELDS], None)


def _is_list(name: str) -> bool:
    return name.lower().endswith(".lst")


def _inventory(entries: dict[str, _Entry]) -> Inventory:
    frames, rejects, lists = [], [], []
    for path in sorted(entries):
        entry = entries[path]
        if entry.reason is not None:
            rejects.append(Reject(path, entry.reason))
        elif entry.values is None:
            lists.append(path)
        else:
            frame = dict(zip(_FIELDS, entry.values, strict=True))
            frame["notes"] = tuple(frame["notes"])
            frames.append(Frame(path=path, **frame))
    return Inventory(tuple(frames), tuple(rejects), tuple(lists))


def _load(cache_path: Path) -> dict[str, _Entry]:
    """Read the cache; one that is absent, damaged or of another version counts as empty."""
    try:
        stored = json.loads(cache_path.read_bytes())
        if stored["version"] != [CACHE_VERSION, _FIELDS]:
            return {}
        return {path: _Entry(*entry) for path, entry in stored["files"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _store(cache_path: Path, entries: dict[str, _Entry]) -> None:
    cache_path.parent.mkdir(parents=True, exist_ok=True)
    part = cache_path.with_name(f".{cache_path.name}.{os.getpid()}.part")
    text = json.dumps({"version": [CACHE_VERSION, _FIELDS], "files": entries})
    part.write_text(text, encoding="utf-8", errors="surrogateescape")
    os.replace(part, cache_path)
