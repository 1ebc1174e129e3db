"""What is to be kept of one file: that of before where it holds, or what is read of it anew."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from plateworks.errors import FrameError, TroubleError
from plateworks.inventory.contents import recognised
from plateworks.inventory.scancache import NO_IMAGE, Entry, Stamp, entry_of
from plateworks.inventory.walk import NO_STAMP, is_list
from plateworks.metadata.beginnings import beginning_of
from plateworks.metadata.cards import read_cards
from plateworks.metadata.header import CutShortError
from plateworks.metadata.imagenames import is_image_name
from plateworks.metadata.normalise import frame_from_cards
from plateworks.metadata.otherfiles import is_fits
from plateworks.printable import flaw_of_name

#: So many seconds longer than others a file waits that is shorter than its header promises.
_CUT_SHORT_S = 30.0


def kept_of(path: str, stamp: Stamp, old: Entry | None, settle_s: float, searched: bool) -> Entry:
    """Return what is to be kept of a file; it is read only where what is known does not hold."""
    if old is not None and _holds(old, stamp, searched=searched):
        return old
    read = _read_if_fits if searched else _read
    try:
        return _settled(old, stamp, settle_s) or recognised(path, read(path, stamp), old)
    except CutShortError as error:
        longer = settle_s and settle_s + _CUT_SHORT_S  # whoever writes it may be held up
        return _settled(old, stamp, longer) or _entry_of_cut(path, stamp, error)
    except TroubleError as error:
        return _known(old, stamp) or troubled(error.reason)


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
    except CutShortError:
        raise
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


def troubled(reason: str) -> Entry:
    """Return the entry of what could not be read, and may be another time."""
    return Entry(NO_STAMP, trouble=reason)
