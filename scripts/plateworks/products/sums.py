"""HDUs that prove themselves: each with the sums of FITS, the image with a digest of its own.

``DATASUM`` and ``CHECKSUM`` are what all programs check (FITS standard 4.0, section 4.4.2.7).  They
are sums of 32 bits, and astropy makes them anew when it changes a file; ``PWDATA`` is a digest that
nobody but us writes, so that pixels which were changed on purpose are told too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
from astropy.io import fits

from plateworks.metadata.checksums import as_stated, checksum_for, sum_of
from plateworks.metadata.datadigest import DATA

#: What stands in the place of a value that is not known before the data are written.
_BLANK = {"CHECKSUM": "0" * 16, "DATASUM": "0", DATA: "0" * 32}
_COMMENTS = {"CHECKSUM": "sum of this HDU", "DATASUM": "sum of its data", DATA: "XXH3 of the data"}


def blank_sums(with_digest: bool = False) -> str:
    """Return the cards that :func:`write_hdu` fills."""
    return "".join(
        _card(name, text) for name, text in _BLANK.items() if with_digest or name != DATA
    )


def write_hdu(
    stream: BinaryIO, header: bytes, pieces: Iterable[memoryview | bytes], size: int = 0
) -> None:
    """Write one HDU, and then what proves its data into its header.

    Parameters
    ----------
    stream : binary stream
        One that can go back.
    header : bytes
        With the cards of :func:`blank_sums`.
    pieces : iterable of buffers
        The data unit, padded; all but the last of a multiple of 4 bytes.
    size : int
        Bytes of the image in it; none has no digest.
    """
    import xxhash

    start = stream.tell()
    stream.write(header)
    total, digest, left = 0, xxhash.xxh3_128(), size
    for piece in pieces:
        stream.write(piece)
        total += sum_of([piece])
        if left > 0:
            digest.update(_bytes(piece)[:left])
            left -= min(left, len(_bytes(piece)))
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
    return str(fits.Card(name, value, _COMMENTS[name]))


def _bytes(piece: memoryview | bytes) -> memoryview:
    return np.frombuffer(piece, np.uint8).data
