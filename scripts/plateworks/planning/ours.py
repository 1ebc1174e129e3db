"""Which files are of our own making, by what stands among their first bytes."""

from __future__ import annotations

import os
import re

#: Cards of products; products that were set aside in their jobs have the second.
_MARKS = (b"PWVERS", b"PWFAIL")
#: How a list begins that Plateworks wrote (:mod:`plateworks.products.cosmetics`).
_OUR_LIST = re.compile(rb"# \d+ pixels of .+; X Y count from 0(?:, [^\r]*)?\r\n")
#: The same of one that tells of which dark it is, or that it is of no single one
#: (:mod:`plateworks.report.defecttable`).
_LIST_OF = re.compile(rb"# \d+ pixels (?:of (.+) \([^()]*\)|that last: [^;]*); X Y count from 0")
#: Most headers end within the first number of bytes; no more than the second are looked at.
_FIRST, _MOST = 5 * 2880, 1 << 16
#: The card of products with the digest of what their jobs were told, in FITS and in XISF; and the
#: comment of lists.
_TOLD = re.compile(rb"PWTOLD\W.{0,40}?([0-9a-f]{16})")


def is_ours(path: str) -> bool:
    """Whether a file is a product of Plateworks; one that cannot be read is not."""
    start = _start(path)
    return _marked(start) or _OUR_LIST.match(start) is not None


def is_anothers(path: str) -> bool:
    """Whether a file is there that Plateworks did not write.

    Where an image is to lie it may be none: a program that was interrupted leaves empty and torn
    files.
    """
    return os.path.isfile(path) and not is_ours(path)


def told_of(path: str) -> str | None:
    """Return the digest of what the job of a product was told; None where it does not say so."""
    found = _TOLD.search(_start(path))
    return None if found is None else found[1].decode("ascii")


def dark_of_list(path: str) -> str | None:
    """Return the name of the dark whose pixels a cosmetic list of ours names.

    It is empty of a list of those that last, which is of many darks.  None: another program made
    the list, or a person.
    """
    found = _LIST_OF.match(_start(path))
    return None if found is None else (found[1] or b"").decode("utf-8", "replace")


def _marked(start: bytes) -> bool:
    return any(mark in start for mark in _MARKS)


def _start(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            start = stream.read(_FIRST)
            return start if _marked(start) else start + stream.read(_MOST - _FIRST)
    except OSError:
        return b""
