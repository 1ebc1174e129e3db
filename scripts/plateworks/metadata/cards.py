"""Read the header of an image file: which cards it has, and where its array lies.

A scan of ten thousand frames must not cost more than the walk through their folders.  So this
reader fetches the blocks of the header alone, looks at the first eight bytes of each card and
parses the few keywords that Plateworks knows; it needs about a tenth of astropy's time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from plateworks.errors import FrameError
from plateworks.files import read_at
from plateworks.metadata.checksums import header_was_changed
from plateworks.metadata.dialects import STRUCTURE_KEYS, WANTED
from plateworks.metadata.header import Header, too_short
from plateworks.metadata.layout import data_bytes, describe
from plateworks.metadata.packed import (
    DAMAGED,
    count_bytes,
    gzip_length,
    packing_of,
    unpacking,
)
from plateworks.metadata.severalimages import choose_image
from plateworks.metadata.values import Cards, parse_value
from plateworks.printable import printable
from plateworks.troubles import may_pass, not_read

BLOCK = 2880
CARD = 80
#: Most headers end within five blocks; those of plate-solved frames take another read.
_FIRST_READ = 5 * BLOCK
_MAX_CARDS = 36_000
_MAX_HDUS = 1_000
_CHANGED = (
    "CHECKSUM does not agree with the header: cards were changed since it was written, and are "
    "believed as they are; its DATASUM proves nothing of the pixels any more"
)
#: The first eight bytes of a card -> its keyword, for all cards that are not passed over.
_KEYWORDS = {name.ljust(8): name for name in WANTED if len(name) <= 8} | {
    name.ljust(8): name for name in ("END", "HISTORY", "CONTINUE", "HIERARCH")
}

#: Gives up to `n` bytes from `offset` of the (unpacked) file; offsets never decrease.
_Reader = Callable[[int, int], bytes]


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
    start = read_at(handle, _FIRST_READ, 0)
    if start.startswith(b"SIMPLE"):

        def read(offset: int, n: int) -> bytes:
            if offset == 0 and n <= _FIRST_READ:
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


def _find_image(path: str, read: _Reader, size: int | None) -> tuple[Header, int]:
    """Give the header of the image that is the frame, and the byte where the last HDU ends.

    `size` is that of the (unpacked) file; None where it is not known.
    """
    primary: Cards = {}
    images: list[Header] = []
    offset = last = 0
    for hdu in range(_MAX_HDUS):
        if images and size is not None and offset >= size:
            break
        try:
            cards, others, history, text = _read_hdu(path, read, offset)
        except DAMAGED:  # a pack that breaks off: whoever called counts what it holds
            if images:
                break
            raise
        if not cards:
            break
        data_offset = offset + len(text)
        end = data_offset + data_bytes(path, cards)
        header = describe(path, cards)
        if header:
            header.hdu, header.history, header.repeated = hdu, history, others
            header.unit = data_offset, end - data_offset
            header.edited = header_was_changed(cards, text)
            if header.edited:
                header.notes.append(_CHANGED)
            if header.compression is None:
                header.data_offset = header.array_offset = data_offset
            if hdu and cards.get("INHERIT") is not False:
                inherited = {key: primary[key] for key in primary if key not in STRUCTURE_KEYS}
                header.cards = inherited | cards
            images.append(header)
        # Tables after the image count too: who lacks their end lacks more than can be seen here.
        last = end
        if hdu == 0:
            primary = cards
        offset = -(-end // BLOCK) * BLOCK
    if not images:
        raise FrameError(path, "holds no image of two dimensions")
    return choose_image(path, images), last


def _read_hdu(path: str, read: _Reader, offset: int) -> tuple[Cards, Cards, list[str], str]:
    """Read one header: its cards, those that say it again otherwise, its HISTORY, and all of it.

    All of it is the text of its blocks.
    """
    cards: Cards = {}
    others: Cards = {}
    history: list[str] = []
    keyword_of = _KEYWORDS.get
    # The keyword and the text that a CONTINUE card may carry on, and where.
    continued, begun, continue_at = "", "", -1
    start, length, blocks = offset, _FIRST_READ, ""
    while True:
        text = read(start, length).decode("latin-1")
        if start == offset and not text.startswith(("SIMPLE", "XTENSION")):
            return {}, {}, [], ""  # the end of the file, or what some programs append to it
        blocks += text
        for i in range(0, len(text) - CARD + 1, CARD):
            keyword = keyword_of(text[i : i + 8])
            if keyword is None:
                continue
            rest = text[i + 9 : i + CARD]
            if text[i + 8] != "=":
                if keyword == "HISTORY":
                    history.append(printable(text[i + 8 : i + CARD].strip()))
                elif keyword == "END":
                    count = (start - offset + i) // BLOCK + 1
                    return cards, others, history, blocks[: count * BLOCK].ljust(count * BLOCK)
                elif keyword == "CONTINUE" and start + i == continue_at:
                    cards[continued] = begun = begun[:-1] + str(parse_value(rest) or "")
                    continue_at += CARD if begun.endswith("&") else 0
                if keyword != "HIERARCH":
                    continue
                keyword, _, rest = rest.partition("=")
                keyword = keyword.strip().upper()
                if keyword not in WANTED:
                    continue
            if keyword not in cards:
                value = cards[keyword] = parse_value(rest)
                if type(value) is str and value[-1:] == "&":
                    continued, begun, continue_at = keyword, value, start + i + CARD
            elif (value := parse_value(rest)) != cards[keyword]:
                others.setdefault(keyword, value)
        start += len(text)
        if len(text) < length:
            raise FrameError(path, f"ends inside its header, after {start:,} bytes; copy it again")
        length = 20 * BLOCK
        if start - offset > _MAX_CARDS * CARD:
            raise FrameError(path, f"has no END card among the first {_MAX_CARDS:,} of a header")


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
