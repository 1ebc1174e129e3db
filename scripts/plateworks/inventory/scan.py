"""All frames there are: the scan of the raw folders, and the files set aside.

A cache (:mod:`plateworks.inventory.scancache`) spares reading headers again.  Only the main process
of a run scans; processes started for single jobs read the cache and nothing else.
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plateworks.errors import ConfigError, FrameError
from plateworks.inventory.scancache import FIELDS, Entry, Folder, ScanCache, load, store
from plateworks.inventory.sources import Source
from plateworks.metadata.cards import is_image_name
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame

#: A folder that changed so lately may change again with the same stamp; its stamp is not believed.
_FRESH_NS = 2_000_000_000


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
    waiting: tuple[str, ...] = ()  # files that may still be written


def scan(
    sources: Iterable[Source],
    cache_path: str | Path,
    skip: Iterable[str] = (),
    is_product: Callable[[str], bool] = lambda path: False,
    *,
    settle_s: float = 0.0,
    pass_over: Callable[[Frame], bool] | None = None,
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
    settle_s : float
        A file that changed less than these seconds ago is not read: it waits for the next scan.  It
        is read also when its stamp stood still for so long between two scans, which does not
        depend on how the clocks of two computers agree.
    pass_over : function, optional
        Whether a frame need not be looked at again.  A folder that holds no others and whose list
        of names did not change is not read: its files are those of the cache.

    Raises
    ------
    ConfigError
        If a folder does not exist or is not a folder.
    """
    cache_path, sources = Path(cache_path), list(sources)
    covered = _covered(sources)
    known = load(cache_path).part(covered)
    folders = {os.path.realpath(source.folder) for source in sources if source.files is None}
    walk = _Walk(known, {os.path.realpath(folder) for folder in skip} - folders, pass_over)
    files: dict[str, Entry] = {}
    for source in sources:
        for path, size, mtime_ns in _files(source, walk):
            if (source.files is None or source.found) and is_product(path):
                continue
            old = known.files.get(path)
            if old is not None and old[:2] == (size, mtime_ns) and old.waits_since is None:
                files[path] = old
            else:
                files[path] = _settled(old, size, mtime_ns, settle_s) or _read(path, size, mtime_ns)
    found = ScanCache(files, walk.folders)
    if found != known:
        store(cache_path, found, covered)
    return _inventory(found)


def recall(cache_path: str | Path, sources: Iterable[Source]) -> Inventory:
    """Return what the last scan of `sources` found, without looking at any of them."""
    return _inventory(load(Path(cache_path)).part(_covered(list(sources))))


def _covered(sources: Iterable[Source]) -> Callable[[str], bool]:
    """Return a function that says whether a file or folder is among what a scan looks at."""
    searched = {source.folder.rstrip(os.sep) for source in sources if source.files is None}
    roots = tuple(folder + os.sep for folder in searched)
    named = {path for source in sources for path in source.files or ()}
    beside = {os.path.dirname(path) for path in named}

    def covered(path: str) -> bool:
        if path in named or path.startswith(roots) or path in searched:
            return True
        return _is_list(path) and os.path.dirname(path) in beside

    return covered


def _files(source: Source, walk: _Walk) -> Iterator[tuple[str, int, int]]:
    """Yield path, size and time of change of every file that a source means."""
    if source.files is None:
        folder = source.folder
        if not os.path.isdir(folder):
            what = "is not a folder" if os.path.exists(folder) else "does not exist"
            raise ConfigError(f"The folder {folder} {what}; it is named in the config key raw.")
        yield from walk.files(folder)
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


class _Walk:
    """A walk through folders that enters none twice, by whatever links it can be reached.

    Links come last and in a fixed order, so that a file is named by the folder it lies in, on every
    computer.
    """

    def __init__(
        self, known: ScanCache, entered: set[str], pass_over: Callable[[Frame], bool] | None
    ):
        self.folders: dict[str, Folder] = {}
        self._entered = entered  # real paths
        self._known = known.folders
        self._unread: dict[str, list[tuple[str, Entry]]] = {}  # folders to pass over
        if pass_over is not None:
            self._unread = _folders_of(known, pass_over)

    def files(self, folder: str) -> Iterator[tuple[str, int, int]]:
        """Yield path, size and time of change of every file below `folder` that matters."""
        pending = [folder]
        links: list[str] = []
        while pending or links:
            here = pending.pop() if pending else links.pop(0)
            real = os.path.realpath(here)
            if real in self._entered:
                continue
            self._entered.add(real)
            try:
                mtime_ns = os.stat(here).st_mtime_ns
                old = self._known.get(here)
                if old is not None and old.mtime_ns == mtime_ns and here in self._unread:
                    yield from ((path, *entry[:2]) for path, entry in self._unread[here])
                    names = old
                else:
                    names = Folder(mtime_ns, [], [])
                    yield from _listed(here, names)
            except OSError:
                yield here, -1, -1  # reading it as a frame will say why it cannot be entered
                continue
            if time.time_ns() - mtime_ns > _FRESH_NS:
                self.folders[here] = names
            pending += names.folders
            links += names.links


def _folders_of(
    known: ScanCache, pass_over: Callable[[Frame], bool]
) -> dict[str, list[tuple[str, Entry]]]:
    """Return the folders all of whose frames may be passed over, with their files."""
    files: dict[str, list[tuple[str, Entry]]] = {folder: [] for folder in known.folders}
    wanted = set()
    for path, entry in known.files.items():
        folder = os.path.dirname(path)
        files.setdefault(folder, []).append((path, entry))
        if entry.waits_since is not None or (entry.values and not pass_over(entry.frame(path))):
            wanted.add(folder)
    return {folder: found for folder, found in files.items() if folder not in wanted}


def _listed(here: str, names: Folder) -> Iterator[tuple[str, int, int]]:
    """Yield the files of one folder that matter; add its sub-folders to `names`."""
    for item in sorted(os.scandir(here), key=lambda item: item.name):
        if item.name.startswith("."):
            continue
        if os.path.isdir(item.path) if item.is_symlink() else item.is_dir():
            (names.links if item.is_symlink() else names.folders).append(item.path)
        elif is_image_name(item.name) or _is_list(item.name):
            yield item.path, *_stamp(item.path)


def _settled(old: Entry | None, size: int, mtime_ns: int, settle_s: float) -> Entry | None:
    """Return the entry of a file that waits, or None if it has settled."""
    now = time.time()
    if size < 0 or settle_s <= 0 or now - mtime_ns / 1e9 >= settle_s:
        return None
    since = now
    if old is not None and old[:2] == (size, mtime_ns) and old.waits_since is not None:
        since = old.waits_since
    return None if now - since >= settle_s else Entry(size, mtime_ns, waits_since=since)


def _read(path: str, size: int, mtime_ns: int) -> Entry:
    if _is_list(path):
        return Entry(size, mtime_ns)
    try:
        if "{" in path or "}" in path:
            # Snakemake reads braces in a file name as a wildcard, and knows no way to escape them.
            raise FrameError(path, "the path holds a brace, { or }; rename the file or folder")
        frame = read_frame(path)
    except FrameError as error:
        return Entry(size, mtime_ns, reason=error.reason)
    return Entry(size, mtime_ns, [getattr(frame, name) for name in FIELDS])


def _is_list(name: str) -> bool:
    return name.lower().endswith(".lst")


def _inventory(found: ScanCache) -> Inventory:
    frames, rejects, lists, waiting = [], [], [], []
    for path in sorted(found.files):
        entry = found.files[path]
        if entry.waits_since is not None:
            waiting.append(path)
        elif entry.reason is not None:
            rejects.append(Reject(path, entry.reason))
        elif entry.values is None:
            lists.append(path)
        else:
            frames.append(entry.frame(path))
    return Inventory(tuple(frames), tuple(rejects), tuple(lists), tuple(waiting))
