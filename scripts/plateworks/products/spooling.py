"""What cannot be read in place, unpacked into a temporary file: many frames are open at once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.header import Header
from plateworks.metadata.packed import unpacking
from plateworks.scratch import room_for

#: Bytes that are unpacked at a time.
_PIECE = 1 << 20


def spooled(pixels: np.ndarray) -> IO[bytes]:
    """Return a temporary file of the bytes of an array.

    Raises
    ------
    PlateworksError
        If there is no room for it.
    """
    stream = room_for(pixels.nbytes)
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
        If what is packed is compressed in tiles.
    PlateworksError
        If there is no room for it.
    """
    if header.array_offset is None or header.compression is None:
        raise FrameError(path, "is compressed in tiles and by gzip; unpack it from gzip")
    size = header.array_offset + abs(header.bitpix) // 8 * (
        header.width * header.height * header.planes
    )
    stream = room_for(size)
    try:
        with open(path, "rb") as packed, unpacking(path, packed, header.compression) as content:
            while stream.tell() < size and (
                piece := content.read(min(_PIECE, size - stream.tell()))
            ):
                stream.write(piece)
            stream.truncate()
            while content.read(_PIECE):
                pass
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    return stream


def tiles(path: str, hdu: int) -> np.ndarray:
    """Return the array of an image that is compressed in tiles (``.fz``), as it is stored.

    Integers come without offset and factor, so that which of them say *no value* is still seen.
    """
    from astropy.io import fits

    # Read here: where the disk fails, what astropy reads is short, and seems to be damaged.
    packed = io.BytesIO(Path(path).read_bytes())
    with fits.open(packed, memmap=False, do_not_scale_image_data=True, uint=False) as hdus:
        pixels: np.ndarray = hdus[hdu].data
    return pixels
