"""Raw frames row by row: opened once, read-only, in their native type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any

import numpy as np

from plateworks.errors import FrameError
from plateworks.files import read_into
from plateworks.metadata import formats
from plateworks.metadata.cards import read_cards
from plateworks.metadata.checksums import ALTERED, OURS, check_sum
from plateworks.metadata.datadigest import DATA, Digests, digest_beside, digest_of_part
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards
from plateworks.metadata.packed import DAMAGED
from plateworks.metadata.xisf_pixels import WHITE
from plateworks.pixels.cfa import MONO, PLANES, Cell
from plateworks.products.reckoning import Reading
from plateworks.products.spooling import spooled, unpacked
from plateworks.products.toone import is_to_one
from plateworks.troubles import not_read

#: What a damaged file raises once its pixels are read.
_DAMAGE = (OSError, ValueError, *DAMAGED)

_NOT_READ = "its pixels cannot be read"

#: (BITPIX, BZERO) of arrays that FITS stores with an offset, as unsigned integers.
_OFFSET_TYPES = {(16, 32768.0): np.uint16, (32, 2147483648.0): np.uint32}

#: Is shown bytes.
See = Callable[[memoryview], None]
#: Bytes that are read and converted at a time, so that they are still in the processor's cache.
_PIECE = 1 << 18


class FrameReader:
    """The pixels of one raw frame, or of one image of it, whose header is given then.

    Plain FITS is read in place.  A frame that is packed as a whole or in tiles (``.fz``), and those
    of other formats, are unpacked into a temporary file first, so that many frames can be open at
    once in little memory.  Threads and forked processes may share one reader.

    The pixels are ADU that count from the zero of the camera: a ``PEDESTAL`` is taken off, numbers
    from 0 to 1 are counted to 65535, and pixels without a value (``BLANK``) are NaN.

    Attributes
    ----------
    path : str
    shape : tuple of int
        Height and width; of three planes, which lie one below the other, three times the height.
    cell : Cell
        Whether there are three.
    dtype : numpy.dtype
        uint8, int16, uint16, int32, uint32, float32 or float64; in the machine's byte order.
    reading : Reading
        What was done to the numbers in the file.

    Raises
    ------
    FrameError
        If the file is damaged inside its compression.
    TroubleError
        If it cannot be read for a reason that may pass.
    """

    reading: Reading
    cell: Cell = MONO
    _seen: str | None = None  # digest of what was read, where it is not known already
    _followed: Any = None  # what digests rows that are read one after the other
    _next = 0  # the row up to which it has
    _stream: IO[bytes]
    _on_disk: np.dtype
    _scale, _pedestal, _offset, _bzero, _bscale = 1.0, 0.0, 0, 0.0, 1.0
    _blank: int | None = None

    def __init__(self, path: str, header: Header | None = None):
        self.path, self.dtype = path, np.dtype(np.float32)
        header = read_cards(path) if header is None else header
        if header.parts:
            raise FrameError(path, f"holds the images of {len(header.parts)} amplifiers, not one")
        self.cell = PLANES if header.planes == PLANES.planes else MONO
        self.shape, self._image = (header.height * self.cell.planes, header.width), header.image
        # Tiles of floating-point numbers hold them as nearly as they were asked to.
        self._written = None if header.compression == "tiles" else header.cards.get(DATA)
        self._digest: str | None = None
        try:
            self._open(header)
        except _DAMAGE as error:
            raise not_read(path, error, _NOT_READ) from error

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def rows(
        self, start: int, stop: int, out: np.ndarray | None = None, see: See | None = None
    ) -> np.ndarray:
        """Return rows `start` to `stop` as an array (stop - start, width) of :attr:`dtype`.

        Parameters
        ----------
        start, stop : int
        out : (stop - start, width) array of :attr:`dtype`, optional
            Where to put them.
        see : function, optional
            Is shown their bytes, piece by piece, as they are stored.

        Raises
        ------
        FrameError
            If the file ends before.
        TroubleError
            If it cannot be read for a reason that may pass.
        """
        width = self.shape[1]
        if out is None:
            out = np.empty((stop - start, width), self.dtype)
        following = see is None and self._followed is not None and start == self._next
        if following:
            see = self._followed.update
        file, step = self._stream.fileno(), max(1, _PIECE // max(width * self._on_disk.itemsize, 1))
        room = np.empty((min(step, stop - start), width), self._on_disk)
        try:
            for first in range(start, stop, step):
                last = min(first + step, stop)
                stored = room[: last - first]
                offset = self._offset + first * width * self._on_disk.itemsize
                data = stored.view(np.uint8).data
                if read_into(file, data, offset) != stored.nbytes:
                    raise EOFError(f"it ends before row {last}")
                if see is not None:
                    see(data)
                self._convert(stored, out[first - start : last - start])
        except _DAMAGE as error:
            raise not_read(self.path, error, _NOT_READ) from error
        if following:
            self._next = stop
            if stop == self.shape[0]:
                self._seen, self._followed = self._followed.hexdigest(), None
        return out

    def follow(self) -> None:
        """Digest the frame while its rows are read from now on, if that is from first to last.

        So they need not be read a second time for that.
        """
        import xxhash

        if self._digest is None and self._seen is None:
            self._followed, self._next = xxhash.xxh3_128(), 0

    def read(self, out: np.ndarray | None = None) -> np.ndarray:
        """Return the whole frame, in `out` if that is given; it is digested on the way."""
        import xxhash

        digest = xxhash.xxh3_128()
        pixels = self.rows(0, self.shape[0], out, None if self._digest else digest.update)
        self._seen = digest.hexdigest()
        return pixels

    def digest(self) -> str:
        """Return a digest of the data as plain FITS stores them, 32 letters: XXH3 of 128 bits.

        Raises
        ------
        FrameError
            If the file is a product that was written with other data.
        """
        if self._digest is None:
            size = self.shape[0] * self.shape[1] * self._on_disk.itemsize
            found = self._seen or digest_of_part(self._stream.fileno(), self._offset, size)
            if self._written not in (None, found):
                raise FrameError(
                    self.path, f"has {DATA} = {self._written!r}, but other data: {ALTERED}"
                )
            self._digest = found
        return self._digest

    def digests(self) -> Digests:
        """Return digests of the data and of the rest of the file, so that no byte is left out."""
        return Digests(self.digest(), digest_beside(self.path, self._image))

    def _open(self, header: Header) -> None:
        if header.array_offset is None:
            stored = formats.of(header).counted(self.path, header)
            self._stream = spooled(self.path, stored)
            self._on_disk, self.dtype = stored.dtype, stored.dtype.newbyteorder("=")
            if self.dtype.kind != "f":
                self._integers(header, stored.dtype)
        elif header.compression is not None:
            self._stream = unpacked(self.path, header)
            self._fits_layout(replace(header, data_offset=header.array_offset))
        else:
            self._stream = open(self.path, "rb")  # noqa: SIM115  (closed by close())
            self._fits_layout(header)
        self._mend(header)

    def _mend(self, header: Header) -> None:
        """Find out what the numbers in the file must go through to be ADU of the camera."""
        told = formats.of(header).tells_range
        if (
            self.dtype.kind == "f"
            and not told
            and is_to_one(self.path, header, self.shape, self.rows)
        ):
            self._scale = WHITE
        if "PEDESTAL" in header.cards:
            self._pedestal = frame_from_cards(self.path, header).pedestal or 0.0
        self.reading = Reading(self.dtype, self._scale, self._pedestal)
        if (self._pedestal or self._blank is not None) and self.dtype != np.float64:
            self.dtype = np.dtype(np.float32)

    def _fits_layout(self, header: Header) -> None:
        code = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}[header.bitpix]
        self._offset = header.data_offset or 0
        if header.bitpix > 0 or (header.bzero, header.bscale) != (0.0, 1.0):
            self._integers(header, np.dtype(code))
        else:
            self._on_disk = np.dtype(code)
            self.dtype = self._on_disk.newbyteorder("=")
            # FITS has NaN for this; where a program kept the card, no raw pixel lies below zero.
            self._blank = header.blank if header.blank is not None and header.blank < 0 else None
        self._prove(header)

    def _prove(self, header: Header) -> None:
        """Compare the data with what the header says of them: a digest is read in less time."""
        if OURS in header.cards and self._written is not None:
            self.digest()
        else:
            check_sum(self.path, header, self._data_unit(header), "DATASUM")

    def _data_unit(self, header: Header) -> Iterator[np.ndarray]:
        """Yield what a data unit holds, piece by piece, in one place of memory."""
        first, length = header.unit or (self._offset, 0)
        file, room = self._stream.fileno(), np.empty(min(length, _PIECE), np.uint8)
        for start in range(0, length, _PIECE):
            piece = room[: length - start]
            count = read_into(file, piece.data, first + start)
            if count < piece.size:
                raise EOFError(f"it ends after {first + start + count:,} bytes")
            yield piece

    def _integers(self, header: Header, stored: np.dtype) -> None:
        """Say how numbers that are stored with an offset or a factor come out."""
        native = stored.newbyteorder("=")
        if header.bscale == 1.0 and (header.bitpix, header.bzero) in _OFFSET_TYPES:
            native = np.dtype(_OFFSET_TYPES[header.bitpix, header.bzero])
        elif (header.bzero, header.bscale) != (0.0, 1.0):
            native = np.dtype(np.float32)
        self.dtype, self._on_disk = native, stored
        self._bzero, self._bscale = header.bzero, header.bscale
        self._blank = header.blank if header.bitpix > 0 else None

    def _convert(self, stored: np.ndarray, out: np.ndarray) -> None:
        if self.dtype.kind == "u" and self._on_disk.kind == "i":
            # The offset of unsigned FITS integers is their sign bit.
            signed = out.view(self._on_disk.newbyteorder("="))
            signed[:] = stored
            signed ^= np.iinfo(signed.dtype).min
            return
        if (self._bzero, self._bscale) != (0.0, 1.0):
            out[:] = stored * self._bscale + self._bzero
        else:
            out[:] = stored
        if self._blank is not None:
            out[stored == self._blank] = np.nan
        if self._scale != 1.0:
            out *= out.dtype.type(self._scale)
        if self._pedestal:
            out += out.dtype.type(self._pedestal)
