"""Where the packed pixels of a TIFF end, by its directories: raw files of most makers are such.

LibRaw takes a file that breaks off within packed pixels, and says nothing: what lacks is then
whatever memory holds.  Of pixels that are not packed it finds out by itself.

Source: TIFF 6.0, and TIFF/EP for the directories below others.  Olympus calls packed pixels not
packed.  Panasonic tells where pixels begin, and how they are packed: of its form 4, of most RW2
until 2017, sixteen bytes hold fourteen pixels, and whole blocks of 16 KiB are written.  Both agree
with the sizes of 18 ORF and 4 RW2 of github.com/drewnoakes/metadata-extractor-images.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
#: The same of Olympus; of Panasonic.
_OLYMPUS = {b"IIRO": "<", b"IIRS": "<", b"MMOR": ">"}
_PANASONIC = {b"IIU\0": "<"}
#: Types of whole numbers.
_FORMS = {3: "H", 4: "I", 13: "I"}
_PREVIEW, _PACKING, _BELOW = 0x00FE, 0x0103, 0x014A
#: Tags of where pieces of an image lie, and of their bytes: strips, tiles.
_PIECES = ((0x0111, 0x0117), (0x0144, 0x0145))
#: Of Panasonic: columns and rows of the sensor, form of packing, where pixels begin.
_COLUMNS, _ROWS, _FORM, _BEGIN = 0x0002, 0x0003, 0x002D, 0x0118
_FOURTEEN_IN_SIXTEEN, _BLOCK = 4, 1 << 14
_WANTED = {
    _PREVIEW, _PACKING, _BELOW, *_PIECES[0], *_PIECES[1], _COLUMNS, _ROWS, _FORM, _BEGIN,
}  # fmt: skip
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
    start = file.read(4)
    order = (_ORDERS | _OLYMPUS | _PANASONIC).get(start)
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
                ends += _ends_of_panasonic(found) if start in _PANASONIC else _ends(found, start)
    except struct.error:  # a directory lies behind the end: LibRaw says so, if it needs it
        pass
    return max(ends)


def _ends_of_panasonic(found: _Directory) -> list[int]:
    columns, rows, form, begin = (
        found.get(tag, (0,))[0] for tag in (_COLUMNS, _ROWS, _FORM, _BEGIN)
    )
    if form != _FOURTEEN_IN_SIXTEEN or not (columns and rows and begin):
        return []
    size = -(-columns * rows * 16 // 14)
    return [begin + -(-size // _BLOCK) * _BLOCK]


def _ends(found: _Directory, start: bytes) -> list[int]:
    packed = start in _OLYMPUS or found.get(_PACKING, (_NOT_PACKED,))[0] != _NOT_PACKED
    if found.get(_PREVIEW, (0,))[0] & 1 or not packed:
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
