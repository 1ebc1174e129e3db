"""Raw frames row by row: opened once, read-only, in their native type."""

from __future__ import annotations

import gzip
import mmap
import os
import shutil
import tempfile
import zlib
from typing import IO

import numpy as np

from plateworks.errors import FrameError, LostFrameError
from plateworks.metadata.cards import read_cards
from plateworks.metadata.header import Header
from plateworks.metadata.xisf_pixels import read_adu

#: What a damaged file raises once its pixels are read.
_DAMAGE = (OSError, EOFError, ValueError, zlib.error)

#: (BITPIX, BZERO) of arrays that FITS stores with an offset, as unsigned integers.
_OFFSET_TYPES = {(16, 32768.0): np.uint16, (32, 2147483648.0): np.uint32}


#: Bytes that are mapped at a time for a digest, and how: all at once, where the system can do so.
_WINDOW = 1 << 23
_SHOWN = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
#: Bytes that are read and converted at a time, so that they are still in the processor's cache.
_PIECE = 1 << 18


class FrameReader:
    """The pixels of one raw frame.

    Plain FITS is read in place.  A frame compressed by gzip or in tiles (``.fz``), and XISF, are
    unpacked into a temporary file first, so that many frames can be open at once in little memory.
    XISF comes in ADU, whatever its bounds.  Threads and forked processes may share one reader.

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
        If the file cannot be opened, or is damaged inside its compression.
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

    def rows(self, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        """Return rows `start` to `stop` as an array (stop - start, width) of :attr:`dtype`.

        Parameters
        ----------
        start, stop : int
        out : (stop - start, width) array of :attr:`dtype`, optional
            Where to put them.

        Raises
        ------
        FrameError
            If the file ends before.
        """
        width = self.shape[1]
        if out is None:
            out = np.empty((stop - start, width), self.dtype)
        step = max(1, _PIECE // max(width * self._on_disk.itemsize, 1))
        try:
            for first in range(start, stop, step):
                last = min(first + step, stop)
                stored = np.empty((last - first, width), self._on_disk)
                offset = self._offset + first * width * self._on_disk.itemsize
                if os.preadv(self._stream.fileno(), [stored.data], offset) != stored.nbytes:
                    raise EOFError(f"it ends before row {last}")
                self._convert(stored, out[first - start : last - start])
        except _DAMAGE as error:
            raise _unreadable(self.path, error) from error
        return out

    def read(self, out: np.ndarray | None = None) -> np.ndarray:
        """Return the whole frame, in `out` if that is given."""
        return self.rows(0, self.shape[0], out)

    def digest(self) -> str:
        """Return a digest of the data as plain FITS stores them, 32 letters: XXH3 of 128 bits."""
        import xxhash

        digest, file = xxhash.xxh3_128(), self._stream.fileno()
        end = self._offset + self.shape[0] * self.shape[1] * self._on_disk.itemsize
        for first in range(0, end, _WINDOW):
            size, skip = min(_WINDOW, end - first), max(0, self._offset - first)
            with (
                mmap.mmap(file, size, _SHOWN, mmap.PROT_READ, offset=first) as window,
                memoryview(window) as view,
                view[skip:] as data,
            ):
                digest.update(data)
        return str(digest.hexdigest())

    def _open(self, header: Header) -> None:
        if header.compression in ("tiles", "xisf"):
            pixels = _tiles(self.path, header.hdu) if header.compression == "tiles" else None
            pixels = read_adu(self.path) if pixels is None else pixels
            stored = _as_in_fits(pixels)
            self._stream = _spooled(stored)
            self._layout(pixels.dtype, 0, stored.dtype, 0.0, 1.0)
        elif header.compression == "gzip":
            self._stream = _unpacked(self.path)
            self._fits_layout(read_cards(f"/dev/fd/{self._stream.fileno()}"))
        else:
            self._stream = open(self.path, "rb")  # noqa: SIM115  (closed by close())
            self._fits_layout(header)

    def _fits_layout(self, header: Header) -> None:
        if header.data_offset is None:
            raise FrameError(self.path, "is compressed in tiles and by gzip; unpack it from gzip")
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
        self.dtype = np.dtype(native).newbyteorder("=")
        self._offset, self._on_disk, self._bzero, self._bscale = offset, stored, bzero, bscale

    def _convert(self, stored: np.ndarray, out: np.ndarray) -> None:
        if self.dtype.kind == "u" and self._on_disk.kind == "i":
            # The offset of unsigned FITS integers is their sign bit.
            signed = out.view(self._on_disk.newbyteorder("="))
            signed[:] = stored
            signed ^= np.iinfo(signed.dtype).min
        elif (self._bzero, self._bscale) != (0.0, 1.0):
            out[:] = stored * self._bscale + self._bzero
        else:
            out[:] = stored


def _unreadable(path: str, error: Exception) -> FrameError:
    kind = LostFrameError if isinstance(error, FileNotFoundError) else FrameError
    return kind(path, f"its pixels cannot be read ({error})")


def _tiles(path: str, hdu: int) -> np.ndarray:
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        return hdus[hdu].data


def _as_in_fits(pixels: np.ndarray) -> np.ndarray:
    """Return pixels in the form in which FITS stores them, so that one digest tells them."""
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize > 1:
        signed = np.dtype(pixels.dtype.str.replace("u", "i"))
        pixels = (pixels ^ pixels.dtype.type(1 << 8 * pixels.dtype.itemsize - 1)).view(signed)
    return pixels.astype(pixels.dtype.newbyteorder(">"), copy=False)


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
