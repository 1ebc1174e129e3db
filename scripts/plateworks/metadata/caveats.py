"""The cards by which a product warns of itself: read fast, for ten thousand of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.hdus import BLOCK, CARD
from plateworks.metadata.values import Cards, parse_value
from plateworks.metadata.xisf import read_keywords
from plateworks.metadata.xisf_xml import SIGNATURE

#: Holds a sentence, or more than one.
CAVEAT = "PWWARN"
#: Marks a frame that was set aside while it was processed, with the reason.
FAILED = "PWFAIL"
#: Marks what lacks a frame for a reason that says nothing of what is in its file, and may pass.
PASSING = "PWRETRY"

_END = b"END".ljust(CARD)
#: Most headers of products end within so many bytes.
_READ = 5 * BLOCK
_MAX_HEADER = 1000 * BLOCK


def caveat_of(path: str | os.PathLike[str]) -> str:
    """Return what a product warns of; empty where it does not, or is not there."""
    return texts_of(path, CAVEAT)[0]


def is_to_retry(path: str | os.PathLike[str]) -> bool:
    """Whether a product lacks a frame that may be read another time: the next run makes it anew."""
    return texts_of(path, PASSING) != [""]


def texts_of(path: str | os.PathLike[str], *keywords: str) -> list[str]:
    """Return the texts of some cards of a product; empty where it lacks one, or is not there."""
    values = values_of(path, keywords)
    return [str(values.get(keyword) or "") for keyword in keywords]


def values_of(path: str | os.PathLike[str], keywords: Collection[str]) -> Cards:
    """Return some cards of a product, as far as it has them; none where it is not there."""
    try:
        with open(path, "rb") as file:
            start = file.read(_READ)
            if start.startswith(SIGNATURE):
                # The keyword stands in the XML, whose length stands behind the signature.
                length = int.from_bytes(start[8:12], "little")
                whole = start + file.read(max(0, 16 + length - len(start)))
                there = any(keyword.encode() in whole for keyword in keywords)
                return _of_xisf(path, keywords) if there else {}
            if not start.startswith(b"SIMPLE"):
                return {}
            while not _ended(start) and len(start) < _MAX_HEADER and (more := file.read(_READ)):
                start += more
    except (OSError, FrameError, TroubleError):
        return {}
    begin = {f"{keyword:<8}=".encode(): keyword for keyword in keywords}
    return _of_fits(start, begin) if any(key in start for key in begin) else {}


def _ended(header: bytes) -> bool:
    place = header.find(_END)
    while place % CARD and place > 0:
        place = header.find(_END, place + 1)
    return place >= 0


def _of_fits(header: bytes, wanted: Mapping[bytes, str]) -> Cards:
    """Return the cards that begin so, texts with the CONTINUE cards that carry them on."""
    found: Cards = {}
    open_text = None
    for place in range(0, len(header) - CARD + 1, CARD):
        start = header[place : place + 9]
        keyword = wanted.get(start)
        if keyword is None and start[:8] != b"CONTINUE":
            open_text = None
            if start[:3] == b"END" and header[place : place + CARD] == _END:
                break
            continue
        value = parse_value(header[place + 9 : place + CARD].decode("ascii", "replace"))
        if keyword is not None:
            open_text = keyword if keyword not in found else None
            found.setdefault(keyword, value)
        elif open_text is not None:
            found[open_text] = f"{found[open_text] or ''}".removesuffix("&") + str(value or "")
    return {
        key: one.removesuffix("&") if isinstance(one, str) else one for key, one in found.items()
    }


def _of_xisf(path: str | os.PathLike[str], wanted: Collection[str]) -> Cards:
    return {key: value for key, value, _ in reversed(read_keywords(path)) if key in wanted}
