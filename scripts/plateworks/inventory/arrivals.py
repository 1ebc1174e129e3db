"""Waiting for what is new in folders that a camera writes into: they are looked at again and again.

Looking is what a scan does, and finds as much; so it works on every kind of disk, also on those of
other computers, and what has come is read by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from plateworks.inventory.scancache import ScanCache

#: Seconds between two looks; where a look takes long, so many times what it took.
_BETWEEN_S, _TIMES = 0.2, 10.0


def look_until_news(
    look: Callable[[ScanCache], ScanCache], known: ScanCache, wait_s: float
) -> ScanCache:
    """Look until there is a file that is not as it was known, or the time is over.

    Parameters
    ----------
    look : function
        Returns what there is, by what is known from the look before.
    known : ScanCache
        What was there when this was last made use of.
    wait_s : float
        Seconds after which what there is then is returned in any case.
    """
    end = time.monotonic() + wait_s
    found = known
    while True:
        began = time.monotonic()
        found = look(found)
        now = time.monotonic()
        if has_news(found, known) or now >= end:
            return found
        time.sleep(min(max(_BETWEEN_S, _TIMES * (now - began)), end - now))


def has_news(found: ScanCache, known: ScanCache) -> bool:
    """Whether a file is there that can be read, and is not as it was known.

    One that may still be written is none, nor is one that cannot be read now.
    """
    return any(
        known.files.get(path) != entry
        for path, entry in found.files.items()
        if entry.waits_since is None and entry.trouble is None
    )
