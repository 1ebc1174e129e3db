"""FITS: plain, packed as a whole by gzip, bzip2, xz or zip, or compressed in tiles (``.fz``).

The reader of headers fetches their blocks alone, looks at the first eight bytes of each card and
parses the few keywords that Plateworks knows; it needs about a tenth of astropy's time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from plateworks.errors import FrameError
from plateworks.files import read_at
from plateworks.metadata.checksums import OURS, header_was_changed
from plateworks.metadata.dialects import STRUCTURE_KEYS
from plateworks.metadata.formats.format import Format
from plateworks.metadata.hdus import BLOCK, CARD, FIRST_READ, Reader, read_hdu
from plateworks.metadata.header import EXTENSIONS, CutShortError, Header, too_short
from plateworks.metadata.layout import describe
from plateworks.metadata.packed import (
    DAMAGED,
    PACKED_SUFFIXES,
    count_bytes,
    gzip_length,
    packing_of,
    unpacking,
)
from plateworks.metadata.severalimages import choose_image
from plateworks.metadata.values import Cards, parse_value
from plateworks.troubles import may_pass

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"SIMPLE"
_PLAIN = (".fit", ".fits", ".fts")
_TILES = ".fz"
_MAX_HDUS = 1_000
_END = b"END".ljust(CARD)
_MAX_HEADER = 1000 * BLOCK
_CHANGED = (
    "CHECKSUM does not agree with the header: cards were changed since it was written, and are "
    "believed as they are; its DATASUM proves nothing of the pixels any more"
)


class Fits(Format):
    """The first image, in whichever HDU; in a file that is packed, of what it unpacks to.

    Cards that an extension lacks are taken from the primary header.  Of several images that is
    taken which is the frame beyond doubt.
    """

    name = "FITS"
    endings = (*_PLAIN, *(one + pack for one in _PLAIN for pack in (*PACKED_SUFFIXES, _TILES)))
    whole = (_TILES,)
    written = _PLAIN
    media_type = "image/fits"

    def begins(self, path: str, start: bytes) -> bool:
        return start.startswith(_MAGIC) or packing_of(start) is not None

    def read(self, path: str, handle: int, size: int, start: bytes) -> Header:
        if not start.startswith(_MAGIC):
            return _read_packed(path, handle, size, str(packing_of(start)))

        def read(offset: int, n: int) -> bytes:
            if offset == 0 and n <= FIRST_READ:
                return start
            return read_at(handle, n, offset) if offset < size else b""

        header, end = _find_image(path, read, size)
        if end > size:
            raise too_short(path, size, end, header)
        return header

    def stored(self, path: str, header: Header) -> NDArray[Any]:
        from plateworks.metadata.interleaved import in_planes, read_plain
        from plateworks.metadata.tiles import unpack_tiles

        packing = header.compression
        if header.interleaved and packing is None:
            return in_planes(read_plain(path, header), header)
        if packing != "tiles":
            how = (
                "is packed with its colours side by side"
                if header.interleaved
                else "is compressed in tiles"
            )
            raise FrameError(path, f"{how} and by {packing}; unpack it from {packing}")
        pixels = unpack_tiles(path, header)
        return in_planes(pixels, header) if header.interleaved else pixels

    def values(self, path: str, file: BinaryIO, start: bytes, wanted: Collection[str]) -> Cards:
        if not start.startswith(_MAGIC):
            return {}
        while not _ended(start) and len(start) < _MAX_HEADER and (more := file.read(FIRST_READ)):
            start += more
        begin = {f"{keyword:<8}=".encode(): keyword for keyword in wanted}
        return _values(start, begin) if any(key in start for key in begin) else {}


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
                header.data_offset = found.start
                header.array_offset = None if header.interleaved else found.start
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
    return choose_image(images), last


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

                if read(0, len(_MAGIC)) != _MAGIC:
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
    for one in (header, *header.parts):
        one.compression, one.data_offset = packing, None
    return header


# --- some cards of a product, fast ------------------------------------------------------------


def _ended(header: bytes) -> bool:
    place = header.find(_END)
    while place % CARD and place > 0:
        place = header.find(_END, place + 1)
    return place >= 0


def _values(header: bytes, wanted: Mapping[bytes, str]) -> Cards:
    """Return the cards that begin so, texts with the CONTINUE cards that carry them on."""
    found: Cards = {}
    open_text = None
    for place in range(0, len(header) - CARD + 1, CARD):
        start = header[place : place + 9]
        keyword = wanted.get(start)
        if keyword is None and start[:8] != b"CONTINUE":
            open_text = None
            if start[:3] == b"END" and header[place : place + CARD] == _END:
                break
            continue
        value = parse_value(header[place + 9 : place + CARD].decode("ascii", "replace"))
        if keyword is not None:
            open_text = keyword if keyword not in found else None
            found.setdefault(keyword, value)
        elif open_text is not None:
            found[open_text] = f"{found[open_text] or ''}".removesuffix("&") + str(value or "")
    return {
        key: one.removesuffix("&") if isinstance(one, str) else one for key, one in found.items()
    }
