"""Files that are packed as a whole: gzip, bzip2, xz, and zip with one file in it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

from plateworks.errors import FrameError
from plateworks.metadata import xz

#: The first bytes of a file -> how it is packed.
_MAGIC = {
    b"\x1f\x8b": "gzip", b"BZh": "bzip2", xz.MAGIC: "xz", b"PK\x03\x04": "zip",
}  # fmt: skip

#: Ways of packing a file as a whole.
PACKINGS = frozenset(_MAGIC.values())

#: Endings that say so, behind that of the image.
PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zip")

#: What a damaged pack raises.
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile)

#: Deflate cannot pack tighter than this (zlib's own documentation).
_MAX_DEFLATE_RATIO = 1032


def packing_of(start: bytes) -> str | None:
    """Return how a file is packed that begins with these bytes, None if it is not."""
    return next((form for magic, form in _MAGIC.items() if start.startswith(magic)), None)


def unpacking(path: str, file: IO[bytes], form: str) -> IO[bytes]:
    """Return a stream of what an open file holds, unpacked as it is read.

    Raises
    ------
    FrameError
        If a zip file holds more than one file, or none, or cannot be unpacked, or if unpacking
        would take too much memory.
    """
    if form == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if form == "bzip2":
        return cast(IO[bytes], bz2.BZ2File(file))
    if form == "xz":
        return cast(IO[bytes], io.BufferedReader(xz.XzFile(path, file)))
    archive = zipfile.ZipFile(file)
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) != 1:
        raise FrameError(path, f"is a zip file that holds {len(members)} files, and not one frame")
    return _opened(path, file, archive, members[0])


def _opened(
    path: str, file: IO[bytes], archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> IO[bytes]:
    xz.check_dictionary(path, file, member)
    try:
        return archive.open(member)
    except RuntimeError as error:  # a password, or a form of packing that is not known here
        raise FrameError(path, f"cannot be unpacked ({error})") from error


def beginnings(file: IO[bytes], form: str, count: int) -> Iterator[bytes]:
    """Yield the first `count` bytes of each file that is packed in an open one."""
    if form != "zip":
        with unpacking("", file, form) as content:
            yield content.read(count)
        return
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if not member.is_dir():
            with _opened("", file, archive, member) as content:
                yield content.read(count)


def gzip_length(handle: int, size: int, block: int) -> int | None:
    """Return the bytes that a gzip file unpacks to, by its last four (RFC 1952, ISIZE).

    In a truncated file these are anything.  Those of a whole one are a multiple of the FITS block,
    and no more than deflate can have packed; else None.

    Parameters
    ----------
    handle : int
        Descriptor of the open file.
    size : int
        Its bytes.
    block : int
        Bytes of a FITS block.
    """
    length = int.from_bytes(os.pread(handle, 4, max(size - 4, 0)), "little")
    return length if length % block == 0 and 0 < length <= size * _MAX_DEFLATE_RATIO else None


def count_bytes(file: IO[bytes], enough: int) -> int:
    """Unpack and count until there are `enough` bytes, or no more.

    Parameters
    ----------
    file : stream
        Of :func:`unpacking`.
    enough : int
    """
    count, stream = 0, cast(io.BufferedIOBase, file)
    try:
        # Damage loses what the same call has unpacked before it: each takes one step.
        while count < enough and (chunk := stream.read1(1 << 20)):
            count += len(chunk)
    except DAMAGED:
        pass
    return count
