"""Where the packed pixels of a TIFF end, by its directories: raw files of most makers are such.

LibRaw takes a file that breaks off within packed pixels, and says nothing: what lacks is then
whatever memory holds.  Of pixels that are not packed it finds out by itself.

Source: TIFF 6.0, and TIFF/EP for the directories below others.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
#: Types of whole numbers.
_FORMS = {3: "H", 4: "I", 13: "I"}
_PREVIEW, _PACKING, _BELOW = 0x00FE, 0x0103, 0x014A
#: Tags of where pieces of an image lie, and of their bytes: strips, tiles.
_PIECES = ((0x0111, 0x0117), (0x0144, 0x0145))
_WANTED = {_PREVIEW, _PACKING, _BELOW, *_PIECES[0], *_PIECES[1]}
_NOT_PACKED = 1
#: More directories, entries or pieces than raw files have: what is read is something else.
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_PIECES = 32, 1024, 1 << 16

#: Numbers by their tags.
_Directory = dict[int, tuple[int, ...]]


def end_of_packed(file: BinaryIO) -> int:
    """Return the bytes that a file must have to hold its packed pixels; 0 of what tells nothing.

    Parameters
    ----------
    file : file
        Open for reading, at its beginning.
    """
    order = _ORDERS.get(file.read(4))
    if order is None:
        return 0
    ends = [0]
    try:
        (place,) = struct.unpack(f"{order}I", file.read(4))
        places, known = [place], {0}
        while places and len(known) < _MOST_DIRECTORIES:
            place = places.pop()
            if place not in known:
                known.add(place)
                found, following = _directory(file, order, place)
                places += [following, *found.get(_BELOW, ())]
                ends += _ends(found)
    except struct.error:  # a directory lies behind the end: LibRaw says so, if it needs it
        pass
    return max(ends)


def _ends(found: _Directory) -> list[int]:
    if found.get(_PREVIEW, (0,))[0] & 1 or found.get(_PACKING, (1,))[0] == _NOT_PACKED:
        return []
    return [
        begin + count
        for places, counts in _PIECES
        for begin, count in zip(found.get(places, ()), found.get(counts, ()), strict=False)
    ]


def _directory(file: BinaryIO, order: str, place: int) -> tuple[_Directory, int]:
    """Return what is wanted of a directory, and where the next one lies."""
    file.seek(place)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    if count > _MOST_ENTRIES:
        return {}, 0
    entries = file.read(12 * count)
    (following,) = struct.unpack(f"{order}I", file.read(4))
    found: _Directory = {}
    for tag, kind, length, value in struct.iter_unpack(f"{order}HHI4s", entries):
        if tag in _WANTED and kind in _FORMS and 0 < length <= _MOST_PIECES:
            form = f"{order}{length}{_FORMS[kind]}"
            size = struct.calcsize(form)
            if size > len(value):
                file.seek(*struct.unpack(f"{order}I", value))
                value = file.read(size)
            found[tag] = struct.unpack(form, value[:size])
    return found, following
