"""Read the header of an image file: which cards it has, and where its array lies.

A scan of ten thousand frames must not cost more than the walk through their folders.  So this
reader fetches the blocks of the header alone, looks at the first eight bytes of each card and
parses the few keywords that Plateworks knows; it needs about a tenth of astropy's time.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Callable

from plateworks.errors import FrameError, LostFrameError
from plateworks.metadata.dialects import STRUCTURE_KEYS, WANTED
from plateworks.metadata.header import MAX_SIDE, Header, blank_of, too_short
from plateworks.metadata.packed import (
    DAMAGED,
    count_bytes,
    gzip_length,
    packing_of,
    unpacking,
)
from plateworks.metadata.severalimages import choose_image
from plateworks.metadata.values import Cards, number, parse_value

BLOCK = 2880
CARD = 80
#: Most headers end within five blocks; those of plate-solved frames take another read.
_FIRST_READ = 5 * BLOCK
_MAX_CARDS = 36_000
_MAX_HDUS = 1_000
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
        If the file cannot be read, is empty, is none of these formats, holds no image or several,
        has a header that makes no sense, or is shorter than its header promises.
    """
    path = os.fspath(path)
    try:
        # Without O_NONBLOCK a named pipe would stop the scan until somebody writes into it.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return _read_open(path, handle)
        finally:
            os.close(handle)
    except PermissionError as error:
        raise FrameError(path, f"cannot be read ({error.strerror})") from error
    except OSError as error:
        raise LostFrameError(path, f"cannot be read ({error.strerror or error})") from error


def _read_open(path: str, handle: int) -> Header:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise FrameError(path, "is not a regular file")
    if hasattr(os, "posix_fadvise"):  # else the kernel fetches ten times what is asked for
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    size = status.st_size
    start = os.pread(handle, _FIRST_READ, 0)
    if start.startswith(b"SIMPLE"):

        def read_at(offset: int, n: int) -> bytes:
            if offset == 0 and n <= _FIRST_READ:
                return start
            return os.pread(handle, n, offset) if offset < size else b""

        header, end = _find_image(path, read_at, size)
        if end > size:
            raise too_short(path, size, end)
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


def _find_image(path: str, read_at: _Reader, size: int | None) -> tuple[Header, int]:
    """Give the header of the image that is the frame, and the byte where the last image ends.

    `size` is that of the (unpacked) file; None where it is not known.
    """
    primary: Cards = {}
    images: list[Header] = []
    offset = last = 0
    for hdu in range(_MAX_HDUS):
        if images and size is not None and offset >= size:
            break
        try:
            cards, others, history, data_offset = _read_hdu(path, read_at, offset)
        except DAMAGED:  # a pack that breaks off: whoever called counts what it holds
            if images:
                break
            raise
        if not cards:
            break
        end = data_offset + _data_bytes(path, cards)
        header = _describe(path, cards)
        if header:
            header.hdu, header.history, header.repeated = hdu, history, others
            if header.compression is None:
                header.data_offset = header.array_offset = data_offset
            if hdu and cards.get("INHERIT") is not False:
                inherited = {key: primary[key] for key in primary if key not in STRUCTURE_KEYS}
                header.cards = inherited | cards
            images.append(header)
            last = end
        if hdu == 0:
            primary = cards
        offset = -(-end // BLOCK) * BLOCK
    if not images:
        raise FrameError(path, "holds no image of two dimensions")
    return choose_image(path, images), last


def _read_hdu(path: str, read_at: _Reader, offset: int) -> tuple[Cards, Cards, list[str], int]:
    """Read one header: its cards, those that say it again otherwise, its HISTORY, and its end.

    The end is the byte behind its last block.
    """
    cards: Cards = {}
    others: Cards = {}
    history: list[str] = []
    keyword_of = _KEYWORDS.get
    # The keyword and the text that a CONTINUE card may carry on, and where.
    continued, begun, continue_at = "", "", -1
    start, length = offset, _FIRST_READ
    while True:
        text = read_at(start, length).decode("latin-1")
        if start == offset and not text.startswith(("SIMPLE", "XTENSION")):
            return {}, {}, [], offset  # the end of the file, or what some programs append to it
        for i in range(0, len(text) - CARD + 1, CARD):
            keyword = keyword_of(text[i : i + 8])
            if keyword is None:
                continue
            rest = text[i + 9 : i + CARD]
            if text[i + 8] != "=":
                if keyword == "HISTORY":
                    history.append(text[i + 8 : i + CARD].strip())
                elif keyword == "END":
                    blocks = (start - offset + i) // BLOCK + 1
                    return cards, others, history, offset + blocks * BLOCK
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


def _data_bytes(path: str, cards: Cards) -> int:
    """Count the bytes of the data unit, without its padding (FITS standard 4.0, equation 2)."""
    naxis = _integer(path, cards, "NAXIS", 999)
    if naxis == 0:
        return 0
    sides = [_integer(path, cards, f"NAXIS{axis}", 1 << 40) for axis in range(1, naxis + 1)]
    extra = _integer(path, cards, "PCOUNT", 1 << 60) if "PCOUNT" in cards else 0
    return abs(_bitpix(path, cards, "BITPIX")) // 8 * (math.prod(sides) + extra)


def _describe(path: str, cards: Cards) -> Header | None:
    """Give the shape of the image in this HDU, or None where it has none."""
    tiles = cards.get("ZIMAGE") is True
    prefix = "Z" if tiles else ""
    if not tiles and cards.get("XTENSION", "IMAGE") != "IMAGE":
        return None
    naxis = _integer(path, cards, prefix + "NAXIS", 999)
    if naxis < 2:
        return None
    sides = [_integer(path, cards, f"{prefix}NAXIS{i}", MAX_SIDE) for i in range(1, naxis + 1)]
    if 0 in sides:
        return None
    if naxis > 2:  # axes of one element say nothing, wherever they stand
        long = [side for side in sides if side > 1]
        sides = long if len(long) >= 2 else sides
    notes: list[str] = []
    bzero, bscale = number(cards.get("BZERO")), number(cards.get("BSCALE"))
    return Header(
        cards=cards,
        width=sides[0],
        height=sides[1],
        planes=math.prod(sides[2:]),
        bitpix=_bitpix(path, cards, prefix + "BITPIX"),
        bzero=0.0 if bzero is None else bzero,
        bscale=1.0 if bscale is None else bscale,
        blank=blank_of(cards, tiles, notes),
        notes=notes,
        compression="tiles" if tiles else None,
    )


def _integer(path: str, cards: Cards, keyword: str, high: int) -> int:
    value = cards.get(keyword)
    if value is None:
        raise FrameError(path, f"has no {keyword} card, without which its header is useless")
    if type(value) is not int or not 0 <= value <= high:
        raise FrameError(path, f"has {keyword} = {value!r}, which cannot be")
    return value


def _bitpix(path: str, cards: Cards, keyword: str) -> int:
    value = cards.get(keyword)
    if value not in (8, 16, 32, 64, -32, -64):
        raise FrameError(path, f"has {keyword} = {value!r}, which FITS does not know")
    return int(value)


# --- files that are packed -------------------------------------------------------------------


def _read_packed(path: str, handle: int, size: int, packing: str) -> Header:
    with open(handle, "rb", closefd=False) as packed:
        try:
            with unpacking(path, packed, packing) as file:
                position = 0

                def read_at(offset: int, n: int) -> bytes:
                    nonlocal position
                    if offset != position:
                        file.seek(offset)
                    data = file.read(n)
                    position = offset + len(data)
                    return data

                if read_at(0, 6) != b"SIMPLE":
                    raise FrameError(path, f"is packed by {packing}, and what it holds is not FITS")
                unpacked = gzip_length(handle, size, BLOCK) if packing == "gzip" else None
                header, end = _find_image(path, read_at, unpacked)
                if unpacked is None or unpacked < end:
                    file.seek(0)
                    there = count_bytes(file, end)
                    if there < end:
                        raise too_short(path, there, end)
        except (*DAMAGED, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise FrameError(path, f"cannot be unpacked: {error}; copy it again") from error
    header.compression, header.data_offset = packing, None
    return header
