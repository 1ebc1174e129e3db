"""HDUs that prove themselves: each with the sums of FITS, the image with a digest of its own.

``DATASUM`` and ``CHECKSUM`` are what all programs check (FITS standard 4.0, section 4.4.2.7).  They
are sums of 32 bits, and astropy makes them anew when it changes a file; ``PWDATA`` is a digest that
nobody but us writes, so that pixels which were changed on purpose are told too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plateworks.metadata.checksums import WORD, as_stated, checksum_for, sum_of
from plateworks.metadata.datadigest import DATA
from plateworks.metadata.hdus import CARD

#: What stands in the place of a value that is not known before the data are written.
_BLANK = {"CHECKSUM": "0" * 16, "DATASUM": "0", DATA: "0" * 32}
_COMMENTS = {"CHECKSUM": "sum of this HDU", "DATASUM": "sum of its data", DATA: "XXH3 of the data"}


class Piece(NamedTuple):
    """A part of a data unit, of a multiple of 4 bytes unless it is the last but for the padding.

    Attributes
    ----------
    stored : buffer
        Its bytes, as they are in the file.
    total : int
        Their sum, as :func:`plateworks.metadata.checksums.sum_of` gives it.
    """

    stored: memoryview | bytes
    total: int

    @classmethod
    def of(cls, pixels: NDArray[Any]) -> Piece:
        """Return pixels, (N,) of any integer or floating type, in the machine's byte order.

        So they are added in two thirds of the time that their bytes would take.
        """
        stored = in_fits_order(pixels)
        if pixels.itemsize == 1:
            return cls(stored, sum_of(_told(pixels)))
        if pixels.nbytes % WORD or sys.byteorder == "big":
            return cls(stored, sum_of([stored]))
        total = int(pixels.view(np.uint32).sum(dtype=np.uint64))
        # Of two pixels in a word each has the place of the other: the word is turned by 16 bits,
        # which is to multiply it by so much, as all ones are zero.
        return cls(stored, total << 16 if pixels.itemsize == 2 else total)


def _told(pixels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what of bytes counts in their sum: a mask holds little but zeros."""
    whole = pixels.size - pixels.size % 8
    words = pixels[:whole].view(np.uint64)
    return words[words != 0], pixels[whole:]


def in_fits_order(pixels: NDArray[Any]) -> memoryview:
    """Return the bytes of an array as FITS orders them."""
    return pixels.astype(pixels.dtype.newbyteorder(">"), copy=False).data


def blank_sums(with_digest: bool = False) -> str:
    """Return the cards that :func:`write_hdu` fills."""
    return "".join(
        _card(name, text) for name, text in _BLANK.items() if with_digest or name != DATA
    )


def write_hdu(stream: BinaryIO, header: bytes, pieces: Iterable[Piece], size: int = 0) -> None:
    """Write one HDU, and then what proves its data into its header.

    Parameters
    ----------
    stream : binary stream
        One that can go back.
    header : bytes
        With the cards of :func:`blank_sums`.
    pieces : iterable of Piece
        The data unit, padded.
    size : int
        Bytes of the image in it; none has no digest.
    """
    import xxhash

    start = stream.tell()
    stream.write(header)
    total, digest, left = 0, xxhash.xxh3_128(), size
    for stored, more in pieces:
        stream.write(stored)
        total += more
        if left > 0:
            digest.update(_bytes(stored)[:left])
            left -= min(left, len(_bytes(stored)))
    end = stream.tell()
    stream.seek(start)
    stream.write(_filled(header, total, digest.hexdigest() if size else None))
    stream.seek(end)


def _filled(header: bytes, total: int, digest: str | None) -> bytes:
    """Return a header that tells the sum of its data, and their digest."""
    known = {"DATASUM": str(as_stated(total))}
    if digest is not None:
        known[DATA] = digest
    for name, value in known.items():
        header = _with(header, name, value)
    return _with(header, "CHECKSUM", checksum_for(sum_of([header]) + total))


def _with(header: bytes, name: str, value: str) -> bytes:
    blank = _card(name, _BLANK[name]).encode("ascii")
    return header.replace(blank, _card(name, value).encode("ascii"), 1)


def _card(name: str, value: str) -> str:
    """Return the card of a sum or a digest: digits and letters, which need no care."""
    text = f"'{value:<8}'"
    return f"{name:<8}= {text:<20} / {_COMMENTS[name]}".ljust(CARD)


def _bytes(piece: memoryview | bytes) -> memoryview:
    return np.frombuffer(piece, np.uint8).data
