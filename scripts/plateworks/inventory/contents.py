"""What a frame is told by, wherever its file lies: whether what was there is there still.

That is how the file begins (:mod:`plateworks.metadata.beginnings`).  A file that was changed where
it lies may begin as before: of such a one all pixels are read, once, and compared with what is
known of them; if they are others, or nothing is known, their digest becomes part of what the frame
is told by.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plateworks.errors import FrameError
from plateworks.inventory.scancache import Entry, change, load
from plateworks.inventory.walk import stamp_of
from plateworks.metadata.datadigest import digest_of_data

#: Between how a file begins, and the digest of all its pixels.
_PARTS = " "


def recognised(path: str, read: Entry, old: Entry | None) -> Entry:
    """Return what is kept of a file that was read anew, with what it is told by.

    Parameters
    ----------
    path : str
    read : Entry
        What was read of it, with how it begins.
    old : Entry or None
        What was kept of the file of this path before.
    """
    if old is None or not read.content or (old.content or "").split(_PARTS)[0] != read.content:
        return read
    if old.stamp[:2] == read.stamp[:2]:  # its name was changed, or who may read it
        return read._replace(content=old.content, whole=old.whole, digest=old.digest)
    whole = read.whole or _whole(path)
    if whole is None:
        return read
    told = old.content if whole == old.whole else f"{read.content}{_PARTS}{whole}"
    return read._replace(content=told, whole=whole)


def _whole(path: str) -> str | None:
    try:
        return digest_of_data(path, whole=True).whole
    except FrameError:  # whoever reads its pixels will say so
        return None


def remember(cache_path: str | Path, known: Mapping[str, str]) -> None:
    """Keep the digests of all pixels that jobs have read: a file that is touched is known by them.

    Parameters
    ----------
    cache_path : path
        Where the cache of the scan lies.
    known : mapping
        Path of a frame to the digest of its array.  One that was changed since the scan is left
        out: nobody knows whether it was read before.
    """
    files = load(Path(cache_path)).files
    change(
        Path(cache_path),
        {
            path: files[path]._replace(whole=whole)
            for path, whole in known.items()
            if path in files and files[path].stamp == stamp_of(path)
        },
    )
