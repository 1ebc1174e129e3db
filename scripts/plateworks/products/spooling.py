"""What cannot be read in place, unpacked into a temporary file: many frames are open at once."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import IO

import numpy as np

from plateworks.metadata.packed import unpacking


def spooled(pixels: np.ndarray) -> IO[bytes]:
    """Return a temporary file of the bytes of an array."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (closed by its reader)
    pixels.tofile(stream)
    return stream


def unpacked(path: str, packing: str) -> IO[bytes]:
    """Return a temporary file of what a file holds that is packed as a whole."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (closed by its reader)
    with open(path, "rb") as packed, unpacking(path, packed, packing) as content:
        shutil.copyfileobj(content, stream, 1 << 20)
    stream.flush()
    os.lseek(stream.fileno(), 0, os.SEEK_SET)
    return stream


def tiles(path: str, hdu: int) -> np.ndarray:
    """Return the array of an image that is compressed in tiles (``.fz``), as it is stored.

    Integers come without offset and factor, so that which of them say *no value* is still seen.
    """
    from astropy.io import fits

    with fits.open(path, memmap=False, do_not_scale_image_data=True, uint=False) as hdus:
        pixels: np.ndarray = hdus[hdu].data
    return pixels
