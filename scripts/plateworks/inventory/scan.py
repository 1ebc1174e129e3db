"""All frames there are: the scan of the raw folders, and the files set aside.

A cache (:mod:`plateworks.inventory.scancache`) spares reading headers again.  Only the main process
of a run scans; processes started for single jobs read the cache and nothing else.
"""

from __future__ import annotations

import glob
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from plateworks.errors import ConfigError, FrameError, TroubleError
from plateworks.inventory.contents import recognised
from plateworks.inventory.duplicates import settle, suspects
from plateworks.inventory.scancache import (
    NO_IMAGE,
    Entry,
    ScanCache,
    Stamp,
    entry_of,
    load,
    store,
)
from plateworks.inventory.sources import LIBRARY_KEYS, Source
from plateworks.inventory.walk import NO_STAMP, Walk, flaw_of_folder, is_list, stamp_of
from plateworks.metadata.beginnings import beginning_of
from plateworks.metadata.cards import read_cards
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import CutShortError
from plateworks.metadata.imagenames import is_image_name
from plateworks.metadata.normalise import frame_from_cards
from plateworks.metadata.otherfiles import ending_of, is_fits
from plateworks.printable import flaw_of_name


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

    Raises
    ------
    ConfigError
        If a folder does not exist or is not a folder.
    """
    cache_path, sources = Path(cache_path), list(sources)
    covered = _covered(sources)
    known = load(cache_path).part(covered)
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
            old = known.files.get(path)
            if old is not None and _holds(old, stamp, searched=searched):
                files[path] = old
            else:
                read = _read_if_fits if searched else _read
                waiting = _settled(old, stamp, settle_s)
                try:
                    files[path] = waiting or recognised(path, read(path, stamp), old)
                except TroubleError as error:
                    files[path] = _known(old, stamp) or _troubled(error.reason)
    files |= {folder: _troubled(trouble) for folder, trouble in walk.troubles.items()}
    files |= {folder: Entry(NO_STAMP, reason=reason) for folder, reason in walk.barred.items()}
    found = ScanCache(files, walk.folders)
    _look_for_copies(_inventory(found, sources).frames, files)
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
            files[error.path] = _troubled(error.reason)


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


def _settled(old: Entry | None, stamp: Stamp, settle_s: float) -> Entry | None:
    """Return the entry of a file that waits, or None if it has settled."""
    now = time.time()
    if stamp.size < 0 or settle_s <= 0 or now - stamp.mtime_ns / 1e9 >= settle_s:
        return None
    since = now
    if old is not None and old.stamp == stamp and old.waits_since is not None:
        since = old.waits_since
    return None if now - since >= settle_s else Entry(stamp, waits_since=since)


def _holds(old: Entry, stamp: Stamp, *, searched: bool) -> bool:
    """Whether what is known of a file still holds; one that is named is read, whatever it is."""
    same = stamp.size >= 0 and old.stamp == stamp and old.waits_since is None
    return same and old.trouble is None and (searched or old.reason != NO_IMAGE)


def _read_if_fits(path: str, stamp: Stamp) -> Entry:
    """Read a file that was found; its first bytes decide where its name does not."""
    named = is_image_name(os.path.basename(path)) or is_list(path)
    if named or stamp.size < 0 or is_fits(path):
        return _read(path, stamp)
    return Entry(stamp, reason=NO_IMAGE)


def _read(path: str, stamp: Stamp) -> Entry:
    flaw = flaw_of_name(path)
    if stamp.size < 0 and os.path.islink(path):
        flaw = flaw or f"is a link to {os.readlink(path)}, which is not there"
    if flaw or is_list(path):
        return Entry(stamp, reason=flaw or None)
    try:
        header = read_cards(path)
        entry = entry_of(stamp, frame_from_cards(path, header))
    except CutShortError as error:
        return _entry_of_cut(path, stamp, error)
    except FrameError as error:
        return Entry(stamp, reason=error.reason)
    begins = beginning_of(path, header)
    return entry if begins is None else entry._replace(**begins._asdict())


def _entry_of_cut(path: str, stamp: Stamp, error: CutShortError) -> Entry:
    """Return the entry of a file that is cut short: its header may tell what frame it was."""
    entry = Entry(stamp)
    if error.header is not None:
        with suppress(FrameError):
            entry = entry_of(stamp, frame_from_cards(path, error.header))
    return entry._replace(reason=error.reason)


def _known(old: Entry | None, stamp: Stamp) -> Entry | None:
    """Return the entry of a frame that cannot be read any more, and was not written to since.

    It is planned as before: what is there of it stays, and what is to be made of it fails by name.
    """
    known = old is not None and old.values is not None and old.stamp[:2] == stamp[:2]
    return old if known else None


def _troubled(reason: str) -> Entry:
    """Return the entry of what could not be read, and may be another time."""
    return Entry(NO_STAMP, trouble=reason)


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
