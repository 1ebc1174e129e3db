"""The array of an XISF image, in its own number format.

Source: XISF 1.0 specification, sections 10.6 (data blocks), 10.7 (compression) and 11.5 (images).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import os
import zlib
from collections.abc import Iterable, Iterator
from types import ModuleType

import numpy as np

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.xisf import XisfImage, read_image
from plateworks.troubles import not_read

#: The end of 16 bits.  PixInsight keeps images between 0 and 1, whatever the camera was, and reads
#: the integers of most cameras with 1 for this.
WHITE = 65535.0

#: What XISF knows of checksums, in the names of :mod:`hashlib`.
_CHECKSUMS = frozenset(("sha1", "sha256", "sha512", "sha3_256", "sha3_512"))

#: No codec packs tighter than two to this.
_TIGHTEST = 18

#: Rows and columns that are looked at to tell whether bounds are meant.
_STRIDE = 16


def read_adu(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Read an image of an XISF file in ADU of 16 bits.

    Integers are what they are.  Of floating-point numbers the bounds say which stand for black and
    white; where they are 0 and 65535, or most pixels lie beyond them (some programs write 0:1
    whatever they store), the numbers are ADU already.  Without bounds, those of PixInsight are
    taken if no pixel exceeds 1.

    Returns
    -------
    (H, W) or (planes, H, W) array
        As :func:`read_pixels`, which also tells the errors; 64-bit integers become float64.
    """
    image, pixels = read_image(path, name), read_pixels(path, name)
    if pixels.dtype == np.uint64:
        return pixels.astype(np.float64)
    if pixels.dtype.kind != "f":
        return pixels
    low, high = image.bounds or _guessed_bounds(pixels)
    sample = pixels[..., ::_STRIDE, ::_STRIDE]
    if (
        (low, high) == (0.0, WHITE)
        or high <= low
        or np.count_nonzero(sample > high) > (sample.size / 2)
    ):
        return pixels
    if low:
        pixels -= pixels.dtype.type(low)
    pixels *= pixels.dtype.type(WHITE / (high - low))
    return pixels


def _guessed_bounds(pixels: np.ndarray) -> tuple[float, float]:
    return (0.0, 1.0) if np.nanmax(pixels) <= 1.0 else (0.0, WHITE)


def read_pixels(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Read the first image of an XISF file, or the one of some name (id).

    Returns
    -------
    (H, W) or (planes, H, W) array
        uint8, uint16, uint32, uint64, float32 or float64 in native byte order, in the values that
        are stored: those of PixInsight's masters run from 0 to 1.  The first row is the upper one.

    Raises
    ------
    FrameError
        If what the file holds cannot be unpacked.
    TroubleError
        If it cannot be read for a reason that may pass, or its codec needs a module that is not
        installed.
    """
    path = os.fspath(path)
    image = read_image(path, name)
    dtype = np.dtype(image.sample_format.lower())
    shape = (image.planes, image.height, image.width)
    expected = dtype.itemsize * image.planes * image.height * image.width
    data: bytes | bytearray = _stored_bytes(path, image)
    _verify(path, image, data)
    if image.compression:
        data, size = _unpack(path, image.compression, image.subblocks, data, expected)
        data = _unshuffle(data, size)
    if len(data) < expected:
        raise FrameError(path, f"has {len(data):,} bytes of pixels where {expected:,} are promised")
    stored = dtype.newbyteorder(">" if image.big_endian else "<")
    array = np.frombuffer(data, stored, expected // dtype.itemsize)
    if image.interleaved:
        array = np.moveaxis(array.reshape(image.height, image.width, image.planes), -1, 0)
    array = np.array(array.reshape(shape), dtype=dtype, order="C")
    return array[0] if image.planes == 1 else array


def _stored_bytes(path: str, image: XisfImage) -> bytes:
    if image.position is not None:
        try:
            with open(path, "rb") as file:
                file.seek(image.position)
                return file.read(image.size)
        except OSError as error:
            raise not_read(path, error, "cannot be read") from error
    try:
        text = "".join((image.text or "").split())
        if image.encoding == "base64":
            return base64.b64decode(text, validate=True)
        if image.encoding == "hex":
            return bytes.fromhex(text)
    except (binascii.Error, ValueError) as error:
        raise FrameError(path, f"has pixels that are not {image.encoding} ({error})") from error
    raise FrameError(path, f"has pixels in the encoding {image.encoding!r}, which XISF lacks")


def _verify(path: str, image: XisfImage, data: bytes | bytearray) -> None:
    """Compare the data as stored with their checksum, where there is one."""
    if not image.checksum:
        return
    name, _, digest = image.checksum.lower().partition(":")
    name = name.replace("sha3-", "sha3_").replace("sha-", "sha")
    if name not in _CHECKSUMS:
        return
    if hashlib.new(name, data).hexdigest() != digest:
        raise FrameError(path, f"has pixels that do not agree with their {name}; copy it again")


def _unpack(
    path: str, compression: str, subblocks: str | None, data: bytes | bytearray, expected: int
) -> tuple[bytes | bytearray, int]:
    """Return what a block unpacks to, and how many bytes of an item are apart in it."""
    name, *numbers = compression.split(":")
    codec, _, shuffled = name.partition("+")
    sizes = [int(n) for n in numbers if n.isdecimal() and len(n) < 20]
    if (
        len(sizes) != len(numbers)
        or len(sizes) != (2 if shuffled else 1)
        or shuffled not in ("", "sh")
    ):
        raise FrameError(path, f"has compression = {compression!r}, which makes no sense")
    if sizes[0] != expected:
        raise FrameError(path, f"unpacks to {sizes[0]:,} bytes where {expected:,} are promised")
    if expected > len(data) << _TIGHTEST:
        raise FrameError(path, f"promises {expected:,} bytes of pixels, packed in {len(data):,}")
    blocks = [(len(data), expected)]
    if subblocks:
        try:
            pairs = [pair.split(",") for pair in subblocks.split(":")]
            blocks = [(int(packed), int(full)) for packed, full in pairs]
        except ValueError as error:
            raise FrameError(path, f"has subblocks = {subblocks[:80]!r}") from error
        sums = [sum(counts) for counts in zip(*blocks, strict=True)]
        if min(map(min, blocks)) <= 0 or sums[0] > len(data) or sums[1] != expected:
            raise FrameError(path, "has subblocks that do not add up to its image")
    parts = _parts(path, codec, memoryview(data), blocks)
    unpacked: bytes | bytearray = next(parts) if len(blocks) == 1 else bytearray()
    for part in parts:
        unpacked += part
    return unpacked, sizes[1] if shuffled else 1


def _parts(
    path: str, codec: str, data: memoryview, blocks: Iterable[tuple[int, int]]
) -> Iterator[bytes]:
    start = 0
    for packed, full in blocks:
        yield _decode(path, codec, data[start : start + packed], full)
        start += packed


def _decode(path: str, codec: str, data: memoryview, full: int) -> bytes:
    """Unpack one block to at most `full` bytes, so that no file can ask for more memory.

    Where a codec has a checksum, it stands behind them.
    """
    try:
        if codec == "zlib":
            inflating = zlib.decompressobj()
            unpacked = inflating.decompress(data, full)
            if not inflating.eof:
                _nothing(inflating.decompress(inflating.unconsumed_tail, 1))
            return unpacked if inflating.eof else b""
        if codec in ("lz4", "lz4hc"):
            return _module(path, codec, "lz4.block").decompress(data, uncompressed_size=full)
        if codec == "zstd":
            reader = _module(path, codec, "zstandard").ZstdDecompressor().stream_reader(data)
            unpacked = reader.read(full)
            _nothing(reader.read(1))
            return unpacked
    except (FrameError, TroubleError, MemoryError):
        raise
    except Exception as error:  # each codec has an error class of its own
        raise FrameError(path, f"cannot be unpacked by {codec}: {error}; copy it again") from error
    raise FrameError(path, f"is packed by {codec!r}, which is no codec of XISF")


def _nothing(more: bytes) -> None:
    if more:
        raise ValueError("it unpacks to more than is promised")


def _module(path: str, codec: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise TroubleError(
            path, f"is packed by {codec}; install the Python package {package} to read it"
        ) from error


def _unshuffle(data: bytes | bytearray, size: int) -> bytes | bytearray:
    """Put the bytes of each item side by side again; a rest shorter than an item stays behind."""
    if size < 2:
        return data
    count = len(data) // size
    items = np.frombuffer(data, np.uint8, count * size).reshape(size, count)
    whole = items.T.tobytes()
    return whole + data[count * size :] if len(whole) < len(data) else whole
