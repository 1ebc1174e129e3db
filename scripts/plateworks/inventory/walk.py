"""A walk through folders: every file that may matter, and how many others there are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache

from plateworks.inventory.scancache import Entry, Folder, ScanCache, Stamp
from plateworks.metadata.frame import Frame
from plateworks.metadata.imagenames import is_image_name
from plateworks.metadata.otherfiles import ending_of, may_be_fits, worth_a_word
from plateworks.troubles import in_words

#: A folder that changed so lately may change again with the same stamp; its stamp is not believed.
_FRESH_NS = 2_000_000_000
#: A stamp that no folder has.
_NEVER = -1


#: The stamp of a file that has none: reading it as a frame will say what is wrong.
NO_STAMP = Stamp(-1, -1, -1)


def stamp_of(path: str) -> Stamp:
    """Return the stamp of a file; -1 where there is none."""
    try:
        stat = os.stat(path)
        return Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    except OSError:
        return NO_STAMP


def is_list(name: str) -> bool:
    """Whether a file is a cosmetic list, by its name."""
    return name.lower().endswith(".lst")


class Walk:
    """A walk through folders that enters none twice, by whatever links it can be reached.

    Links come last and in a fixed order, so that a file is named by the folder it lies in, on every
    computer.

    Parameters
    ----------
    known : ScanCache
        What is known from earlier scans.
    entered : set of str
        Real paths of folders that are not to be entered.
    pass_over : function, optional
        Whether a frame need not be looked at again.
    products : iterable of str
        Real paths of folders of products: there none but images matter.

    Attributes
    ----------
    folders : dict
        Path of each folder to what is to be kept of it.
    troubles : dict
        Path of each folder that could not be read to the reason.
    barred : dict
        Path of each folder that is never entered to the reason.
    """

    def __init__(
        self,
        known: ScanCache,
        entered: set[str],
        pass_over: Callable[[Frame], bool] | None = None,
        products: Iterable[str] = (),
    ):
        self.folders: dict[str, Folder] = {}
        self.troubles: dict[str, str] = {}
        self.barred: dict[str, str] = {}
        self._entered = entered
        self._products = tuple(os.path.join(folder, "") for folder in products)
        self._known = known.folders
        self._unread: dict[str, list[tuple[str, Entry]]] = {}  # folders to pass over
        if pass_over is not None:
            self._unread = _folders_of(known, pass_over)

    def files(self, folder: str) -> Iterator[tuple[str, Stamp]]:
        """Yield path and stamp of every file below `folder` that may matter."""
        pending = [folder]
        links: list[str] = []
        top = os.path.realpath(folder)
        while pending or links:
            here = pending.pop() if pending else links.pop(0)
            real = os.path.realpath(here)
            if real in self._entered:
                continue
            if reason := flaw_of_folder(real, top):
                self.barred[here] = reason
                continue
            self._entered.add(real)
            try:
                mtime_ns = os.stat(here).st_mtime_ns
                old = self._known.get(here)
                if old is not None and old.mtime_ns == mtime_ns and here in self._unread:
                    yield from ((path, entry.stamp) for path, entry in self._unread[here])
                    names = old
                else:
                    names = Folder(mtime_ns, [], [], {})
                    images_alone = os.path.join(real, "").startswith(self._products)
                    yield from _listed(here, names, images_alone=images_alone)
            except OSError as error:
                self.troubles[here] = f"the folder cannot be read ({in_words(error)})"
                continue
            fresh = time.time_ns() - mtime_ns <= _FRESH_NS
            self.folders[here] = names._replace(mtime_ns=_NEVER) if fresh else names
            pending += names.folders
            links += names.links


def folders_below(top: str) -> Iterator[str]:
    """Yield a folder and those below it, hidden ones excepted; none twice, links last."""
    pending, links = [top], list[str]()
    entered, real_top = set(), os.path.realpath(top)
    while pending or links:
        here = pending.pop() if pending else links.pop(0)
        real = os.path.realpath(here)
        if real in entered or flaw_of_folder(real, real_top):
            continue
        entered.add(real)
        yield here
        with suppress(OSError):
            for item in sorted(os.scandir(here), key=lambda item: item.name):
                if not item.name.startswith(".") and item.is_dir():
                    (links if item.is_symlink() else pending).append(item.path)


def flaw_of_folder(real: str, top: str) -> str:
    """Say why a folder is not to be searched; an empty text if it may be.

    Parameters
    ----------
    real, top : str
        Real paths of the folder, and of that which is searched.
    """
    if real != top and _is_below(top, real):
        return (
            f"the link leads to {real}, which holds the folder that is searched; it is not followed"
        )
    try:
        device = os.stat(real).st_dev
    except OSError:
        return ""  # reading it says why not
    if device in _devices_of_the_system():
        return "it is a view of the system itself, and no folder on a disk; it is not entered"
    return ""


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


@cache
def _devices_of_the_system() -> frozenset[int]:
    """Return the devices of file systems whose files are made up by the system as one looks."""
    told = [os.stat(path).st_dev for path in ("/proc", "/sys", "/dev") if os.path.isdir(path)]
    return frozenset(told) - {os.stat("/").st_dev}


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


def _listed(here: str, names: Folder, *, images_alone: bool) -> Iterator[tuple[str, Stamp]]:
    """Yield the files of one folder that may matter; add its sub-folders and others to `names`."""
    for item in sorted(os.scandir(here), key=lambda item: item.name):
        if item.name.startswith("."):
            continue
        if os.path.isdir(item.path) if item.is_symlink() else item.is_dir():
            (names.links if item.is_symlink() else names.folders).append(item.path)
        elif is_image_name(item.name) or is_list(item.name):
            yield item.path, stamp_of(item.path)
        elif not images_alone:
            ending = ending_of(item.name)
            if may_be_fits(ending):
                yield item.path, stamp_of(item.path)
            elif worth_a_word(ending):
                names.others[ending] = names.others.get(ending, 0) + 1
