"""What SharpCap writes into a text beside its frames, as the cards that their headers lack.

Its headers say neither kind nor gain, and that a dark or a flat was applied stands in the text
alone.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from plateworks.metadata.header import Header
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards
from plateworks.printable import printable

_ENDING = "CameraSettings.txt"
#: No such text is longer.
_LONGEST = 1 << 16
#: The name of a setting, in small letters, to the card that says the same.  What was applied to a
#: frame comes last; ``None`` stands there where nothing was.
_CARDS = {
    "frametype": "IMAGETYP",
    "binning": "BINNING",
    "exposure": "EXPTIME",
    "analogue gain": "GAIN",
    "gain": "GAIN",
    "offset": "OFFSET",
    "black level": "OFFSET",
    "brightness": "OFFSET",
    "temperature": "CCD-TEMP",
    "target temperature": "SET-TEMP",
    "subtract dark": "INCAMDRK",
    "apply flat": "FLATDIV",
}
#: Cards of one thing.
_ALIKE = {"BINNING": ("XBINNING", "YBINNING"), "EXPTIME": ("EXPOSURE",)}
_NOTHING = ("none", "off", "auto")
_NUMBERED = re.compile(r"[_-]\d+$")


def with_sidecar(path: str, header: Header) -> Header:
    """Give a header of SharpCap the cards that the text beside the frame tells, with a note.

    Parameters
    ----------
    path : str
        The frame.
    header : Header
        Changed in place.
    """
    if not str(header.cards.get("SWCREATE") or "").startswith("SharpCap"):
        return header
    for text in _texts(path):
        with suppress(OSError):
            told = _read(text, os.stat(text).st_mtime_ns)
            new = {key: value for key, value in told.items() if _is_new(key, header.cards)}
            if new:
                header.cards.update(new)
                header.notes.append(f"{', '.join(new)} told by {os.path.basename(text)} beside it")
            break
    return header


def _texts(path: str) -> Iterator[str]:
    """Yield where the text of a frame may lie: by its name, its folder's, or in its folder."""
    folder, name = os.path.split(path)
    stem = name.partition(".")[0]
    for one in dict.fromkeys((stem, _NUMBERED.sub("", stem))):
        yield os.path.join(folder, f"{one}.{_ENDING}")
    yield os.path.join(folder, _ENDING)
    yield f"{folder}.{_ENDING}"


@lru_cache(maxsize=64)
def _read(text: str, stamp: int) -> Cards:
    """Return the cards of a text that was written at some time.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(text, "rb") as stream:
        lines = _decoded(stream.read(_LONGEST)).splitlines()
    found: Cards = {}
    for line in lines:
        name, _, value = line.partition("=")
        key = _CARDS.get(name.strip().lower())
        if key is not None and known_text(value) and value.strip().lower() not in _NOTHING:
            found.setdefault(key, printable(value.strip()))
    return found


def _decoded(content: bytes) -> str:
    """Return a text of UTF-8 or, as Windows programs write it too, of UTF-16, marked or not."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if marked or b"\0" in content:  # no text of UTF-8 holds one
        first = content.find(b"\0")
        encoding = "utf-16" if marked else "utf-16-le" if first % 2 else "utf-16-be"
        return content.decode(encoding, "replace")
    return content.decode("utf-8-sig", "replace")


def _is_new(key: str, cards: Cards) -> bool:
    return not any(cards.get(one) is not None for one in (key, *_ALIKE.get(key, ())))
