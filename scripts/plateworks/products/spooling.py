"""What cannot be read in place, unpacked into a temporary file: many frames are open at once."""

from __future__ import annotations

from typing import IO

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.header import Header
from plateworks.metadata.packed import unpacking
from plateworks.scratch import room_for

#: Bytes that are unpacked at a time.
_PIECE = 1 << 20
#: What may be packed behind the array, such as planes and tables: so many times what is before its
#: end, and so many bytes.
_BEHIND, _BEHIND_FIXED = 8, 1 << 26


def spooled(path: str, pixels: np.ndarray) -> IO[bytes]:
    """Return a temporary file of the bytes of an array, which is that of the file `path`.

    Raises
    ------
    TroubleError
        If there is no room for it.
    """
    stream = room_for(path, pixels.nbytes)
    stream.write(np.ascontiguousarray(pixels).view(np.uint8).data)
    stream.flush()
    return stream


def unpacked(path: str, header: Header) -> IO[bytes]:
    """Return a temporary file of what a file holds that is packed as a whole, to the array's end.

    It is as large as the header promises, and no larger.  What is packed behind the array is read
    all the same: the end of a pack tells whether all before it is as it was.

    Raises
    ------
    FrameError
        If it unpacks to far more than its frame.
    TroubleError
        If there is no room for it.
    """
    packing = header.compression or ""
    size = (header.array_offset or 0) + abs(header.bitpix) // 8 * (
        header.width * header.height * header.planes
    )
    stream = room_for(path, size)
    try:
        with open(path, "rb") as packed, unpacking(path, packed, packing) as content:
            while stream.tell() < size and (
                piece := content.read(min(_PIECE, size - stream.tell()))
            ):
                stream.write(piece)
            stream.truncate()
            for _ in range(0, _BEHIND_FIXED + _BEHIND * size, _PIECE):
                if not content.read(_PIECE):
                    break
            else:
                raise FrameError(path, f"unpacks to far more than the {size:,} bytes of its frame")
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    return stream
