"""The directories of a TIFF, those below others too: raw files of most makers are made of such.

Source: TIFF 6.0, and TIFF/EP for the directories below others.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import BinaryIO

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
#: How files of Olympus begin; of Panasonic.
OLYMPUS = {b"IIRO": "<", b"IIRS": "<", b"MMOR": ">"}
PANASONIC = {b"IIU\0": "<"}
#: Types of whole numbers, and of fractions, which have two.
_FORMS = {1: "B", 3: "H", 4: "I", 5: "2I", 13: "I"}
#: Where the directories below one lie.
BELOW = 0x014A
#: More directories, entries or numbers than raw files have: what is read is something else.
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_NUMBERS = 32, 1024, 1 << 16

#: Numbers by their tags.
Directory = dict[int, tuple[int, ...]]


def directories(file: BinaryIO, wanted: Collection[int]) -> Iterator[tuple[bytes, Directory]]:
    """Yield what is wanted of each directory, behind the first four bytes of the file.

    Of a file of another form there are none, and none of what lies behind the end.

    Parameters
    ----------
    file : file
        Open for reading, at its beginning.
    wanted : collection of int
        Tags.
    """
    start = file.read(4)
    order = (_ORDERS | OLYMPUS | PANASONIC).get(start)
    if order is None:
        return
    try:
        (place,) = struct.unpack(f"{order}I", file.read(4))
        places, known = [place], {0}
        while places and len(known) < _MOST_DIRECTORIES:
            place = places.pop()
            if place not in known:
                known.add(place)
                found, following = _directory(file, order, place, {BELOW, *wanted})
                places += [following, *found.get(BELOW, ())]
                yield start, found
    except struct.error:  # a directory lies behind the end: LibRaw says so, if it needs it
        pass


def _directory(
    file: BinaryIO, order: str, place: int, wanted: Collection[int]
) -> tuple[Directory, int]:
    """Return what is wanted of a directory, and where the next one lies."""
    file.seek(place)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    if count > _MOST_ENTRIES:
        return {}, 0
    entries = file.read(12 * count)
    (following,) = struct.unpack(f"{order}I", file.read(4))
    found: Directory = {}
    for tag, kind, length, value in struct.iter_unpack(f"{order}HHI4s", entries):
        if tag in wanted and kind in _FORMS and 0 < length <= _MOST_NUMBERS:
            form = order + length * _FORMS[kind]
            size = struct.calcsize(form)
            if size > len(value):
                file.seek(*struct.unpack(f"{order}I", value))
                value = file.read(size)
            found[tag] = struct.unpack(form, value[:size])
    return found, following
