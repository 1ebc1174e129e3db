"""A digest of the array that a file holds, however the file is packed.

Two files with one digest hold one image: a copy, one packed by gzip beside one that is not, one in
tiles (``.fz``).  Headers do not count.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, NamedTuple

from plateworks.metadata import formats
from plateworks.metadata.cards import read_cards
from plateworks.metadata.header import Header
from plateworks.metadata.packed import DAMAGED, unpacking
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


class Digests(NamedTuple):
    """Digests of a file: XXH3 of 128 bits, 32 letters each.

    Attributes
    ----------
    data : str
        Of the image as plain FITS stores it: a copy that is packed otherwise has the same.
    rest : str
        Of all other bytes of the file; of all of them where the image is packed.
    """

    data: str
    rest: str


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
    images = header.parts or (header,)  # of amplifiers, one behind the other
    try:
        if header.array_offset is None:
            stored = (formats.of(one).stored(path, one).tobytes() for one in images)
            return _digest(stored, whole=True)
        with ExitStack() as stack:
            file: IO[bytes] = stack.enter_context(open(path, "rb"))
            if header.compression is not None:
                file = stack.enter_context(unpacking(path, file, header.compression))
            looked = images if whole else images[:1]
            return _digest((p for one in looked for p in _pieces(file, one, whole)), whole)
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


def digest_of_parts(digests: Sequence[str]) -> str:
    """Return one digest for the images of a file: of a single one its own."""
    import xxhash

    if len(digests) == 1:
        return digests[0]
    return str(xxhash.xxh3_128_hexdigest("".join(digests).encode()))


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


def _pieces(file: IO[bytes], image: Header, whole: bool) -> Iterator[bytes]:
    file.seek(image.array_offset or 0)
    size = abs(image.bitpix) // 8 * image.width * image.height * image.planes
    left = size if whole else min(size, _SAMPLE)
    while left > 0:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise EOFError("it ends too early")
        left -= len(piece)
        yield piece


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
