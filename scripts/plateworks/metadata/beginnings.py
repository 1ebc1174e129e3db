"""What a file is told by that was moved, copied or touched: how it begins.

A digest of the header and of the first pixels is read together with the header, at little more than
its cost.  The noise of a camera tells two frames apart in a few pixels.  The whole header counts,
since products hand its cards on; where a file lies and what it is called do not.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from plateworks.files import read_at
from plateworks.metadata.header import Header
from plateworks.metadata.packed import DAMAGED, unpacking
from plateworks.troubles import may_pass, not_read

#: Bytes of the array that are read.
_SAMPLE = 1 << 14


class Beginning(NamedTuple):
    """Digests, of 32 hexadecimal digits: XXH3 of 128 bits.

    Attributes
    ----------
    content : str
        Of the header and of the first bytes of the array.
    whole : str or None
        Of the array, as :func:`plateworks.metadata.datadigest.digest_of_data` has it; None where
        it is longer than what is read of it.
    """

    content: str
    whole: str | None = None


def beginning_of(path: str, header: Header) -> Beginning | None:
    """Read how a file begins.

    A file and its copy that is packed as a whole begin alike.  Of tiles and of XISF those bytes
    count that are stored at the beginning and in the middle.

    Parameters
    ----------
    path : str
    header : Header
        As :func:`plateworks.metadata.cards.read_cards` found it in the file.

    Returns
    -------
    Beginning or None
        None if it is damaged: whoever reads its pixels will say so.

    Raises
    ------
    TroubleError
        If it cannot be read for a reason that may pass.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            if hasattr(os, "posix_fadvise"):  # as the reader of headers does
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
            if header.array_offset is None:
                return Beginning(_digest(_as_stored(handle)))
            return _of_array(path, handle, header, header.array_offset)
        finally:
            os.close(handle)
    except (*DAMAGED, OSError, ValueError) as error:
        if may_pass(error):
            raise not_read(path, error, "cannot be read") from error
        return None


def _of_array(path: str, handle: int, header: Header, offset: int) -> Beginning:
    length = abs(header.bitpix) // 8 * header.width * header.height * header.planes
    wanted = offset + min(length, _SAMPLE)
    if header.compression is not None:
        with (
            open(handle, "rb", closefd=False) as packed,
            unpacking(path, packed, header.compression) as file,
        ):
            start = file.read(wanted)
    else:
        start = read_at(handle, wanted, 0)
    all_read = length <= _SAMPLE and not header.parts
    return Beginning(_digest(start), _digest(start[offset:]) if all_read else None)


def _as_stored(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    start, middle = read_at(handle, _SAMPLE, 0), read_at(handle, _SAMPLE, size // 2)
    return b"".join((start, middle, str(size).encode()))


def _digest(data: bytes) -> str:
    import xxhash

    return str(xxhash.xxh3_128_hexdigest(data))
