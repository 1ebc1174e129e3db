"""All frames there are: the scan of the raw folders, and the files set aside.

A cache (:mod:`plateworks.inventory.scancache`) spares reading headers again.  Only the main process
of a run scans; processes started for single jobs read the cache and nothing else.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from plateworks.errors import ConfigError, TroubleError
from plateworks.inventory.arrivals import look_until_news
from plateworks.inventory.duplicates import settle, suspects
from plateworks.inventory.entries import kept_of, troubled
from plateworks.inventory.scancache import (
    NO_IMAGE,
    Entry,
    ScanCache,
    Stamp,
    load,
    store,
)
from plateworks.inventory.sources import LIBRARY_KEYS, Source
from plateworks.inventory.walk import NO_STAMP, Walk, flaw_of_folder, is_list, stamp_of
from plateworks.metadata.frame import Frame
from plateworks.metadata.otherfiles import ending_of


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
    others: Mapping[str, int] = field(default_factory=dict)  # ending -> files not looked at
    digests: Mapping[str, str] = field(default_factory=dict)  # of frames suspected to be copies
    contents: Mapping[str, str] = field(default_factory=dict)  # what each frame is told by
    followed: tuple[str, ...] = ()  # links to folders that are not reached without them
    unread: tuple[Reject, ...] = ()  # files and folders that may be read another time
    cut: tuple[Frame, ...] = ()  # what files that are cut short were, by their headers


def scan(
    sources: Iterable[Source],
    cache_path: str | Path,
    skip: Iterable[str] = (),
    is_product: Callable[[str], bool] = lambda path: False,
    *,
    products: Iterable[str] = (),
    is_calibration: Callable[[str], bool] = lambda path: False,
    settle_s: float = 0.0,
    pass_over: Callable[[Frame], bool] | None = None,
    wait_s: float = 0.0,
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
    products : iterable of str
        Folders of products, where other files than images are not worth a word.
    is_calibration : function
        Whether a path is that of a product that serves other frames: in a library, such files are
        not passed over.
    settle_s : float
        A file that changed less than these seconds ago is not read: it waits for the next scan.  It
        is read also when its stamp stood still for so long between two scans, which does not
        depend on how the clocks of two computers agree.
    pass_over : function, optional
        Whether a frame need not be looked at again.  A folder that holds no others and whose list
        of names did not change is not read: its files are those of the cache.
    wait_s : float
        So many seconds it looks again and again, until there is something new.

    Raises
    ------
    ConfigError
        If a folder does not exist or is not a folder.
    """
    cache_path, sources = Path(cache_path), list(sources)
    covered = _covered(sources)
    known = load(cache_path).part(covered)
    skip, products = list(skip), list(products)

    def look(known: ScanCache) -> ScanCache:
        folders = {os.path.realpath(source.folder) for source in sources if source.files is None}
        skipped = {os.path.realpath(folder) for folder in skip} - folders
        walk = Walk(known, skipped, pass_over, map(os.path.realpath, products))
        files: dict[str, Entry] = {}
        for source in sources:
            for path, stamp in _files(source, walk):
                searched = source.searched
                serves = source.key in LIBRARY_KEYS and is_calibration(path)
                if (source.files is None or source.found) and is_product(path) and not serves:
                    continue
                files[path] = kept_of(path, stamp, known.files.get(path), settle_s, searched)
        files |= {folder: troubled(trouble) for folder, trouble in walk.troubles.items()}
        files |= {folder: Entry(NO_STAMP, reason=reason) for folder, reason in walk.barred.items()}
        return ScanCache(files, walk.folders)

    found = look_until_news(look, known, wait_s) if wait_s else look(known)
    _look_for_copies(_inventory(found, sources).frames, found.files)
    if found != known:
        store(cache_path, found, covered)
    return _with_digests(_inventory(found, sources), found)


def recall(cache_path: str | Path, sources: Iterable[Source]) -> Inventory:
    """Return what the last scan of `sources` found, without looking at any of them."""
    sources = list(sources)
    found = load(Path(cache_path)).part(_covered(sources))
    return _with_digests(_inventory(found, sources), found)


def _look_for_copies(frames: Iterable[Frame], files: dict[str, Entry]) -> None:
    """Read, of frames that may be copies of one another, the digests that are not known yet."""
    for paths in suspects(frames, lambda path: files[path].stamp.size):
        known = {path: files[path].digest for path in paths}
        if None not in known.values():
            continue
        try:
            for path, digest in settle(paths, known).items():
                files[path] = files[path]._replace(digest=digest)
        except TroubleError as error:
            files[error.path] = troubled(error.reason)


def _with_digests(inventory: Inventory, found: ScanCache) -> Inventory:
    files = found.files.items()
    return replace(
        inventory,
        digests={path: one.digest for path, one in files if one.digest is not None},
        contents={path: one.content for path, one in files if one.content is not None},
    )


def _covered(sources: Iterable[Source]) -> Callable[[str], bool]:
    """Return a function that says whether a file or folder is among what a scan looks at."""
    searched = {source.folder.rstrip(os.sep) for source in sources if source.files is None}
    roots = tuple(folder + os.sep for folder in searched)
    named = {path for source in sources for path in source.files or ()}
    beside = {os.path.dirname(path) for path in named}

    def covered(path: str) -> bool:
        if path in named or path.startswith(roots) or path in searched:
            return True
        return is_list(path) and os.path.dirname(path) in beside

    return covered


def _files(source: Source, walk: Walk) -> Iterator[tuple[str, Stamp]]:
    """Yield path and stamp of every file that a source means."""
    if source.files is None:
        folder = source.folder
        if not os.path.isdir(folder):
            what = "is not a folder" if os.path.exists(folder) else "does not exist"
            raise ConfigError(
                f"The folder {folder} {what}; it is named in the config key {source.key}."
            )
        real = os.path.realpath(folder)
        if flaw := flaw_of_folder(real, real):
            raise ConfigError(f"Config key {source.key}: {folder} cannot stand there, for {flaw}.")
        yield from walk.files(folder)
        return
    for path in source.files:
        yield path, stamp_of(path)
    for folder in sorted({os.path.dirname(path) for path in source.files}):
        # The cosmetic lists beside masters that are named one by one.
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*.[lL][sS][tT]"))):
            yield path, stamp_of(path)


def _inventory(found: ScanCache, sources: Iterable[Source]) -> Inventory:
    frames, rejects, cut, lists, waiting, unread = [], [], [], [], [], []
    others = Counter(ending_of(path) for source in sources for path in source.others)
    folders = found.folders.values()
    for folder in folders:
        others.update(folder.others)
    for path in sorted(found.files):
        entry = found.files[path]
        if entry.trouble is not None:
            unread.append(Reject(path, entry.trouble))
        elif entry.waits_since is not None:
            waiting.append(path)
        elif entry.reason == NO_IMAGE:
            others[ending_of(os.path.basename(path))] += 1
        elif entry.reason is not None:
            rejects.append(Reject(path, entry.reason))
            cut += [] if entry.values is None else [entry.frame(path)]
        elif entry.values is None:
            lists.append(path)
        else:
            frames.append(entry.frame(path))
    return Inventory(
        tuple(frames),
        tuple(rejects),
        tuple(lists),
        tuple(waiting),
        dict(others),
        unread=tuple(unread),
        cut=tuple(cut),
        followed=tuple(sorted({link for one in folders for link in one.links} & {*found.folders})),
    )
