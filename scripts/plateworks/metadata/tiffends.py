"""Where the packed pixels of a TIFF end, by its directories: raw files of most makers are such.

LibRaw takes a file that breaks off within packed pixels, and says nothing: what lacks is then
whatever memory holds.  Of pixels that are not packed it finds out by itself.

Olympus calls packed pixels not packed.  Panasonic tells where pixels begin, and how they are
packed: of its form 4, of most RW2 until 2017, sixteen bytes hold fourteen pixels, and whole blocks
of 16 KiB are written.  Both agree with the sizes of 18 ORF and 4 RW2 of
github.com/drewnoakes/metadata-extractor-images.
"""

from __future__ import annotations

from typing import BinaryIO

from plateworks.metadata.tiffdirectories import OLYMPUS, PANASONIC, Directory, directories

_PREVIEW, _PACKING = 0x00FE, 0x0103
#: Tags of where pieces of an image lie, and of their bytes: strips, tiles.
_PIECES = ((0x0111, 0x0117), (0x0144, 0x0145))
#: Of Panasonic: columns and rows of the sensor, form of packing, where pixels begin.
_COLUMNS, _ROWS, _FORM, _BEGIN = 0x0002, 0x0003, 0x002D, 0x0118
_FOURTEEN_IN_SIXTEEN, _BLOCK = 4, 1 << 14
_WANTED = {_PREVIEW, _PACKING, *_PIECES[0], *_PIECES[1], _COLUMNS, _ROWS, _FORM, _BEGIN}
_NOT_PACKED = 1


def end_of_packed(file: BinaryIO) -> int:
    """Return the bytes that a file must have to hold its packed pixels; 0 of what tells nothing.

    Parameters
    ----------
    file : file
        Open for reading, at its beginning.
    """
    ends = [0]
    for start, found in directories(file, _WANTED):
        ends += _ends_of_panasonic(found) if start in PANASONIC else _ends(found, start)
    return max(ends)


def _ends_of_panasonic(found: Directory) -> list[int]:
    columns, rows, form, begin = (
        found.get(tag, (0,))[0] for tag in (_COLUMNS, _ROWS, _FORM, _BEGIN)
    )
    if form != _FOURTEEN_IN_SIXTEEN or not (columns and rows and begin):
        return []
    size = -(-columns * rows * 16 // 14)
    return [begin + -(-size // _BLOCK) * _BLOCK]


def _ends(found: Directory, start: bytes) -> list[int]:
    packed = start in OLYMPUS or found.get(_PACKING, (_NOT_PACKED,))[0] != _NOT_PACKED
    if found.get(_PREVIEW, (0,))[0] & 1 or not packed:
        return []
    return [
        begin + count
        for places, counts in _PIECES
        for begin, count in zip(found.get(places, ()), found.get(counts, ()), strict=False)
    ]
