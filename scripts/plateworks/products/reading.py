"""Raw frames row by row: opened once, read-only, in their native type."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import zlib
from typing import IO, Any

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.cards import read_cards
from plateworks.metadata.header import Header
from plateworks.metadata.xisf_pixels import read_pixels

#: What a damaged file raises once its pixels are read.
_DAMAGE = (OSError, EOFError, ValueError, zlib.error)

#: (BITPIX, BZERO) of arrays that FITS stores with an offset, as unsigned integers.
_OFFSET_TYPES = {(16, 32768.0): np.uint16, (32, 2147483648.0): np.uint32}


class FrameReader:
    """The pixels of one raw frame.

    Plain FITS is read in place.  A frame compressed by gzip, and XISF, are unpacked into a
    temporary file first, so that many frames can be open at once in little memory; the tiles of a
    ``.fz`` file are unpacked as their rows are asked for.

    Attributes
    ----------
    path : str
    shape : tuple of int
        Height and width.
    dtype : numpy.dtype
        uint8, int16, uint16, int32, uint32, float32 or float64; in the machine's byte order.

    Raises
    ------
    FrameError
        If the file cannot be opened.
    """

    def __init__(self, path: str):
        self.path = path
        header = read_cards(path)
        self.shape = (header.height, header.width)
        try:
            self._open(header)
        except _DAMAGE as error:
            raise _unreadable(path, error) from error

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return rows `start` to `stop` as an array (stop - start, width) of :attr:`dtype`.

        Raises
        ------
        FrameError
            If the file is damaged there.
        """
        try:
            stored = self._stored(start, stop)
        except _DAMAGE as error:
            raise _unreadable(self.path, error) from error
        return np.ascontiguousarray(stored, dtype=self.dtype)

    @property
    def checks_late(self) -> bool:
        """Whether damage shows only when the rows are read."""
        return self._tiles is not None

    def read(self) -> np.ndarray:
        """Return the whole frame."""
        return self.rows(0, self.shape[0])

    def _open(self, header: Header) -> None:
        self._tiles: Any = None
        if header.compression == "tiles":
            from astropy.io import fits

            self._stream: Any = fits.open(self.path, memmap=False)
            self._tiles = self._stream[header.hdu].section
            self.dtype = self._tiles[0:1].dtype.newbyteorder("=")
        elif header.compression == "xisf":
            pixels = read_pixels(self.path)
            self._stream = _spooled(pixels)
            self._layout(pixels.dtype, 0, pixels.dtype, 0.0, 1.0)
        elif header.compression == "gzip":
            self._stream = _unpacked(self.path)
            plain = read_cards(f"/dev/fd/{self._stream.fileno()}")
            self._fits_layout(plain)
        else:
            self._stream = open(self.path, "rb")  # noqa: SIM115  (closed by close())
            self._fits_layout(header)

    def _fits_layout(self, header: Header) -> None:
        code = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}[header.bitpix]
        stored = np.dtype(code)
        native = stored.newbyteorder("=")
        if header.bscale == 1.0 and (header.bitpix, header.bzero) in _OFFSET_TYPES:
            native = np.dtype(_OFFSET_TYPES[header.bitpix, header.bzero])
        elif (header.bzero, header.bscale) != (0.0, 1.0):
            native = np.dtype(np.float32)
        self._layout(native, header.data_offset, stored, header.bzero, header.bscale)

    def _layout(
        self, native: np.dtype, offset: int, stored: np.dtype, bzero: float, bscale: float
    ) -> None:
        self.dtype = np.dtype(native)
        self._offset, self._on_disk, self._bzero, self._bscale = offset, stored, bzero, bscale

    def _stored(self, start: int, stop: int) -> np.ndarray:
        if self._tiles is not None:
            return self._tiles[start:stop]
        height, width = stop - start, self.shape[1]
        self._stream.seek(self._offset + start * width * self._on_disk.itemsize)
        data = np.fromfile(self._stream, self._on_disk, height * width)
        data = data.reshape(height, width)  # raises where the file ends early
        if self.dtype.kind == "u" and self._on_disk.kind == "i":
            # The offset of unsigned FITS integers is their sign bit.
            data = data.astype(self._on_disk.newbyteorder("=")).view(self.dtype)
            data ^= self.dtype.type(1 << (8 * self.dtype.itemsize - 1))
        elif (self._bzero, self._bscale) != (0.0, 1.0):
            data = data * self._bscale + self._bzero
        return data


def _unreadable(path: str, error: Exception) -> FrameError:
    return FrameError(path, f"its pixels cannot be read ({error})")


def _spooled(pixels: np.ndarray) -> IO[bytes]:
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (closed by its reader)
    pixels.tofile(stream)
    return stream


def _unpacked(path: str) -> IO[bytes]:
    stream = tempfile.TemporaryFile()  # noqa: SIM115  (closed by its reader)
    with gzip.open(path, "rb") as packed:
        shutil.copyfileobj(packed, stream, 1 << 20)
    stream.flush()
    os.lseek(stream.fileno(), 0, os.SEEK_SET)
    return stream
