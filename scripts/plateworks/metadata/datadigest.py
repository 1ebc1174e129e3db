"""A digest of the array that a file holds, however the file is packed.

Two files with one digest hold one image: a copy, one packed by gzip beside one that is not, one in
tiles (``.fz``).  Headers do not count.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from plateworks.errors import FrameError
from plateworks.metadata.cards import read_cards
from plateworks.metadata.header import Header
from plateworks.metadata.packed import DAMAGED, PACKINGS, unpacking
from plateworks.troubles import not_read

#: Card of a product with the digest of all of its image.
DATA = "PWDATA"
#: Bytes from the beginning of the array by which images that differ are told apart: the noise of a
#: camera does it in a few.
_SAMPLE = 1 << 16
_PIECE = 1 << 20
#: Bytes that are mapped at a time, and how: all at once, where the system can do so.
_WINDOW = 1 << 23
_SHOWN = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)


class DataDigest(NamedTuple):
    """Digests of the beginning of an array, and of all of it where that was read.

    They are XXH3 of 128 bits, 32 hexadecimal digits.
    """

    sample: str
    whole: str | None = None


def digest_of_data(path: str, whole: bool) -> DataDigest:
    """Read the array of a file, or its beginning, for a digest.

    Parameters
    ----------
    path : str
    whole : bool
        Whether all of it is to be read.

    Raises
    ------
    FrameError
        If it is damaged.
    TroubleError
        If it cannot be read for a reason that may pass.
    """
    header = read_cards(path)
    size = abs(header.bitpix) // 8 * header.width * header.height * header.planes
    try:
        if header.compression in PACKINGS:
            with open(path, "rb") as packed, unpacking(path, packed, header.compression) as file:
                return _digest(_pieces(file, _begin(path, header), size, whole), whole)
        if header.compression is None:
            with open(path, "rb") as file:
                return _digest(_pieces(file, _begin(path, header), size, whole), whole)
        return _digest(iter([_unpacked(path, header)]), whole=True)
    except (*DAMAGED, OSError, ValueError) as error:
        raise not_read(path, error, "its pixels cannot be read") from error


def digest_of_pixels(pieces: Iterable[bytes | memoryview]) -> str:
    """Return the digest of an array that comes piece by piece, as plain FITS stores it."""
    import xxhash

    digest = xxhash.xxh3_128()
    for piece in pieces:
        digest.update(piece)
    return str(digest.hexdigest())


def digest_of_part(file: int, start: int, size: int) -> str:
    """Return a digest of some bytes of an open file."""
    import xxhash

    digest, end = xxhash.xxh3_128(), start + size
    for first in range(0, end, _WINDOW):
        length, skip = min(_WINDOW, end - first), max(0, start - first)
        with (
            mmap.mmap(file, length, _SHOWN, mmap.PROT_READ, offset=first) as window,
            memoryview(window) as view,
            view[skip:] as data,
        ):
            digest.update(data)
    return str(digest.hexdigest())


def digest_beside(path: str, image: range) -> str:
    """Return a digest of what a file holds beside the bytes of its image.

    Raises
    ------
    TroubleError
        If it cannot be read.
    """
    import xxhash

    digest = xxhash.xxh3_128()
    try:
        with open(path, "rb") as file:
            for start, stop in ((0, image.start), (image.stop, os.fstat(file.fileno()).st_size)):
                file.seek(start)
                while piece := file.read(min(_PIECE, max(0, stop - file.tell()))):
                    digest.update(piece)
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error
    return str(digest.hexdigest())


def _begin(path: str, header: Header) -> int:
    if header.array_offset is None:
        raise FrameError(path, "is compressed in tiles and as a whole")
    return header.array_offset


def _pieces(file: IO[bytes], offset: int, size: int, whole: bool) -> Iterator[bytes]:
    file.seek(offset)
    left = size if whole else min(size, _SAMPLE)
    while left > 0:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise EOFError("it ends too early")
        left -= len(piece)
        yield piece


def _unpacked(path: str, header: Header) -> bytes:
    """Return the array of tiles, or of XISF, in the bytes of plain FITS."""
    if header.compression == "xisf":
        from plateworks.metadata.xisf_pixels import read_pixels

        pixels = read_pixels(path)
        if pixels.dtype.kind == "u" and pixels.dtype.itemsize > 1:
            signed = pixels.dtype.str.replace("u", "i")
            pixels = (pixels ^ (1 << 8 * pixels.dtype.itemsize - 1)).view(signed)
    else:
        from plateworks.metadata.tiles import unpack_tiles

        pixels = unpack_tiles(path, header)
    stored: bytes = pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()
    return stored


def _digest(pieces: Iterator[bytes], whole: bool) -> DataDigest:
    import xxhash

    digest, sample, seen = xxhash.xxh3_128(), "", 0
    for piece in pieces:
        if not sample and seen + len(piece) >= _SAMPLE:
            beginning = digest.copy()
            beginning.update(piece[: _SAMPLE - seen])
            sample = beginning.hexdigest()
        digest.update(piece)
        seen += len(piece)
    done = digest.hexdigest()
    return DataDigest(sample or done, done if whole else None)
