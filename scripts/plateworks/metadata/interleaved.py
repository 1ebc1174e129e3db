"""Images of FITS whose first axis are the colours: planes made of pixels that hold all three."""

from __future__ import annotations

import numpy as np

from plateworks.files import read_at
from plateworks.metadata.checksums import check_sum
from plateworks.metadata.header import Header

_TYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


def read_plain(path: str, header: Header) -> np.ndarray:
    """Return the numbers of an image that is not packed, as they are stored, one after the other.

    Raises
    ------
    FrameError
        If they do not agree with their checksum.
    EOFError, OSError
        If the file ends before, or cannot be read.
    """
    with open(path, "rb") as file:
        first, length = header.unit or (header.image.start, len(header.image))
        data = read_at(file.fileno(), length, first)
    if len(data) < len(header.image):
        raise EOFError(f"it ends after {first + len(data):,} bytes")
    check_sum(path, header, [memoryview(data)], "DATASUM")
    return np.frombuffer(data, _TYPES[header.bitpix], len(header.image) // abs(header.bitpix) * 8)


def in_planes(pixels: np.ndarray, header: Header) -> np.ndarray:
    """Return the planes of an image whose colours stand side by side: (planes, H, W)."""
    apart = pixels.reshape(header.height, header.width, header.planes)
    return np.ascontiguousarray(np.moveaxis(apart, -1, 0))
