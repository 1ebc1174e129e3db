"""Read the header of an image file: which cards it has, and where its array lies.

A scan of ten thousand frames must not cost more than the walk through their folders.  So this
reader fetches the blocks of the header alone, looks at the first eight bytes of each card and
parses the few keywords that Plateworks knows; it needs about a tenth of astropy's time.
"""

from __future__ import annotations

import os
import stat

from plateworks.errors import FrameError
from plateworks.files import read_at
from plateworks.metadata.checksums import OURS, header_was_changed
from plateworks.metadata.dialects import STRUCTURE_KEYS
from plateworks.metadata.hdus import BLOCK, FIRST_READ, Reader, read_hdu
from plateworks.metadata.header import EXTENSIONS, CutShortError, Header, too_short
from plateworks.metadata.layout import describe
from plateworks.metadata.packed import (
    DAMAGED,
    count_bytes,
    gzip_length,
    packing_of,
    unpacking,
)
from plateworks.metadata.severalimages import choose_image
from plateworks.metadata.values import Cards
from plateworks.troubles import may_pass, not_read

_MAX_HDUS = 1_000
_CHANGED = (
    "CHECKSUM does not agree with the header: cards were changed since it was written, and are "
    "believed as they are; its DATASUM proves nothing of the pixels any more"
)


def read_cards(path: str | os.PathLike) -> Header:
    """Read the header of the first 2-D image (or stack of planes) in a file.

    What the file is, is told by its first bytes: FITS, FITS packed by gzip, bzip2, xz or zip, or
    XISF.  In a tile-compressed extension (``.fz``) the image is that which it unpacks to.  Cards
    that an extension lacks are taken from the primary header.  Of several images in a file that is
    taken which is the frame beyond doubt.

    Parameters
    ----------
    path : path
        The file; it is opened read-only.

    Returns
    -------
    Header
        With the keywords of :data:`plateworks.metadata.dialects.WANTED`.

    Raises
    ------
    FrameError
        If the file is empty, is none of these formats, holds no image or several, has a header that
        makes no sense, or is shorter than its header promises.
    TroubleError
        If it cannot be read for a reason that may pass.
    """
    path = os.fspath(path)
    try:
        # Without O_NONBLOCK a named pipe would stop the scan until somebody writes into it.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return _read_open(path, handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error


def _read_open(path: str, handle: int) -> Header:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise FrameError(path, "is not a regular file")
    if hasattr(os, "posix_fadvise"):  # else the kernel fetches ten times what is asked for
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    size = status.st_size
    start = read_at(handle, FIRST_READ, 0)
    if start.startswith(b"SIMPLE"):

        def read(offset: int, n: int) -> bytes:
            if offset == 0 and n <= FIRST_READ:
                return start
            return read_at(handle, n, offset) if offset < size else b""

        header, end = _find_image(path, read, size)
        if end > size:
            raise too_short(path, size, end, header)
        return header
    packing = packing_of(start)
    if packing is not None:
        return _read_packed(path, handle, size, packing)
    if start.startswith(b"XISF"):
        from plateworks.metadata import xisf

        with open(handle, "rb", closefd=False) as file:
            return xisf.read_header(path, file, size)
    if not size:
        raise FrameError(path, "is empty (0 bytes)")
    if path.lower().endswith(".xish"):
        raise FrameError(
            path, "is the header of an XISF image whose pixels are in other files; save it as .xisf"
        )
    raise FrameError(path, f"is neither FITS nor XISF: it begins with {start[:8]!r}")


def _find_image(path: str, read: Reader, size: int | None) -> tuple[Header, int]:
    """Give the header of the image that is the frame, and the byte where the last HDU ends.

    `size` is that of the (unpacked) file; None where it is not known.
    """
    primary: Cards = {}
    images: list[Header] = []
    offset = last = count = 0
    for hdu in range(_MAX_HDUS):
        if images and size is not None and offset >= size:
            break
        try:
            found = read_hdu(path, read, offset)
        except DAMAGED:  # a pack that breaks off: whoever called counts what it holds
            if images:
                break
            raise
        if found is None:
            break
        cards, end = found.cards, found.start + found.size
        header = describe(path, cards)
        if header:
            header.hdu, header.history, header.repeated = hdu, found.history, found.others
            header.unit = found.start, found.size
            header.edited = header_was_changed(cards, found.text)
            if header.edited:
                header.notes.append(_CHANGED)
            if header.compression is None:
                header.data_offset = header.array_offset = found.start
            if hdu and cards.get("INHERIT") is not False:
                inherited = {key: primary[key] for key in primary if key not in STRUCTURE_KEYS}
                header.cards = inherited | cards
            header.own = cards
            images.append(header)
        # Tables after the image count too: who lacks their end lacks more than can be seen here.
        last, count = end, hdu
        if hdu == 0:
            primary = cards
        offset = -(-end // BLOCK) * BLOCK
    _refuse_lost(path, primary, count)
    if not images:
        raise FrameError(path, "holds no image of two dimensions")
    return choose_image(path, images), last


def _refuse_lost(path: str, primary: Cards, count: int) -> None:
    """Refuse a product of ours that was cut where an extension begins, so that each is whole."""
    promised = primary.get(EXTENSIONS)
    if OURS in primary and type(promised) is int and count < promised:
        raise CutShortError(
            path,
            f"holds {count} of the {promised} extensions that its header promises "
            f"({EXTENSIONS}); copy it again, or remove it to have it made anew",
        )


# --- files that are packed -------------------------------------------------------------------


def _read_packed(path: str, handle: int, size: int, packing: str) -> Header:
    with open(handle, "rb", closefd=False) as packed:
        try:
            with unpacking(path, packed, packing) as file:
                position, broken = 0, None

                def read(offset: int, n: int) -> bytes:
                    nonlocal position, broken
                    try:
                        if offset != position:
                            file.seek(offset)
                        data = file.read(n)
                    except DAMAGED as error:
                        broken = error
                        raise
                    position = offset + len(data)
                    return data

                if read(0, 6) != b"SIMPLE":
                    raise FrameError(path, f"is packed by {packing}, and what it holds is not FITS")
                unpacked = gzip_length(handle, size, BLOCK) if packing == "gzip" else None
                header, end = _find_image(path, read, unpacked)
                if unpacked is None or unpacked < end:
                    file.seek(0)
                    there = count_bytes(file, end)
                    if there < end:
                        raise too_short(path, there, end)
                if broken is not None:  # in what comes after the image
                    raise broken
        except (*DAMAGED, OSError) as error:
            if may_pass(error):
                raise
            raise FrameError(path, f"cannot be unpacked: {error}; copy it again") from error
    header.compression, header.data_offset = packing, None
    return header
