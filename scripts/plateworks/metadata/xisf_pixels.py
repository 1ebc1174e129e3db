"""The array of an XISF image, in its own number format.

Source: XISF 1.0 specification, sections 10.6 (data blocks), 10.7 (compression) and 11.5 (images).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from plateworks.errors import FrameError
from plateworks.metadata.xisf import XisfImage, read_image
from plateworks.metadata.xisf_codecs import unpack_block
from plateworks.troubles import not_read

#: The end of 16 bits.  PixInsight keeps images between 0 and 1, whatever the camera was, and reads
#: the integers of most cameras with 1 for this.
WHITE = 65535.0

#: What XISF knows of checksums, in the names of :mod:`hashlib`.
_CHECKSUMS = frozenset(("sha1", "sha256", "sha512", "sha3_256", "sha3_512"))

#: No codec packs tighter than two to this.
_TIGHTEST = 18

#: No image is divided into more blocks; they are made so that a codec can take them at all.
_MOST_BLOCKS = 10_000

#: Bytes that are read at a time.
_PIECE = 1 << 18

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

    What is packed is unpacked into its place as it is read, so that little more than the image is
    in memory; twice that where lz4 packed it or the planes alternate.

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
    shape = (image.planes, image.height, image.width)
    dtype = np.dtype(image.sample_format.lower())
    stored = np.empty(math.prod(shape) * dtype.itemsize, np.uint8)
    try:
        with _data_of(path, image) as (file, size):
            start = file.tell()
            _verify(path, image, file, size)
            file.seek(start)
            count = _read_into(stored, path, image, file, size)
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error
    if count < stored.size:
        raise FrameError(path, f"has {count:,} bytes of pixels where {stored.size:,} are promised")
    array: np.ndarray = stored.view(dtype)
    if dtype != dtype.newbyteorder(">" if image.big_endian else "<"):
        array.byteswap(inplace=True)
    if image.interleaved:
        array = np.moveaxis(array.reshape(image.height, image.width, image.planes), -1, 0)
    array = np.ascontiguousarray(array.reshape(shape))
    return array[0] if image.planes == 1 else array


@contextmanager
def _data_of(path: str, image: XisfImage) -> Iterator[tuple[IO[bytes], int]]:
    """Open the data of an image, in the file or in its header; yield them and their bytes."""
    if image.position is None or image.size is None:
        data = _in_header(path, image)
        yield io.BytesIO(data), len(data)
        return
    with open(path, "rb") as file:
        file.seek(image.position)
        yield file, image.size


def _in_header(path: str, image: XisfImage) -> bytes:
    try:
        text = "".join((image.text or "").split())
        if image.encoding == "base64":
            return base64.b64decode(text, validate=True)
        if image.encoding == "hex":
            return bytes.fromhex(text)
    except (binascii.Error, ValueError) as error:
        raise FrameError(path, f"has pixels that are not {image.encoding} ({error})") from error
    raise FrameError(path, f"has pixels in the encoding {image.encoding!r}, which XISF lacks")


def _verify(path: str, image: XisfImage, file: IO[bytes], size: int) -> None:
    """Compare the data as stored with their checksum, where there is one."""
    if not image.checksum:
        return
    name, _, digest = image.checksum.lower().partition(":")
    name = name.replace("sha3-", "sha3_").replace("sha-", "sha")
    if name not in _CHECKSUMS:
        return
    found = hashlib.new(name)
    for piece in _plain(file, size):
        found.update(piece)
    if found.hexdigest() != digest:
        raise FrameError(path, f"has pixels that do not agree with their {name}; copy it again")


def _plain(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size and (piece := file.read(min(size, _PIECE))):
        size -= len(piece)
        yield piece


def _read_into(stored: np.ndarray, path: str, image: XisfImage, file: IO[bytes], size: int) -> int:
    """Fill the bytes of an image; return how many there were."""
    if image.compression is None:
        return _put(stored, _plain(file, min(size, stored.size)), 1)
    codec, item = _compression_of(path, image.compression, stored.size)
    if stored.size > size << _TIGHTEST:
        raise FrameError(path, f"promises {stored.size:,} bytes of pixels, packed in {size:,}")
    blocks = _blocks_of(path, image.subblocks, size, stored.size)
    return _put(stored, _unpacked(path, codec, file, blocks), item)


def _unpacked(
    path: str, codec: str, file: IO[bytes], blocks: list[tuple[int, int]]
) -> Iterator[bytes | bytearray]:
    start = file.tell()
    for size, full in blocks:
        file.seek(start)
        yield from unpack_block(path, codec, file, size, full)
        start += size


def _put(stored: np.ndarray, pieces: Iterator[bytes | bytearray], item: int) -> int:
    """Put bytes where they belong; return how many there were.

    The first bytes of all items come first, then the second ones, and so on; a rest that is shorter
    than an item comes last, in its place.
    """
    count = stored.size // item
    apart = stored[: count * item].reshape(count, item).T
    position = 0
    for piece in pieces:
        left = np.frombuffer(piece, np.uint8)
        while left.size:
            column, row = divmod(position, count) if position < apart.size else (None, 0)
            room = stored[position:] if column is None else apart[column, row:]
            now = min(room.size, left.size)
            room[:now] = left[:now]
            left = left[now:]
            position += now
    return position


def _compression_of(path: str, compression: str, expected: int) -> tuple[str, int]:
    """Return the codec of a block, and how many bytes of an item are apart in it."""
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
    return codec, sizes[1] if shuffled and 0 < sizes[1] <= expected else 1


def _blocks_of(path: str, subblocks: str | None, size: int, expected: int) -> list[tuple[int, int]]:
    """Return the bytes of each block, packed and as they are promised to be."""
    if not subblocks:
        return [(size, expected)]
    if subblocks.count(":") >= _MOST_BLOCKS:
        raise FrameError(path, f"has an image in more than {_MOST_BLOCKS:,} blocks")
    try:
        pairs = [pair.split(",") for pair in subblocks.split(":")]
        blocks = [(int(packed), int(full)) for packed, full in pairs]
    except ValueError as error:
        raise FrameError(path, f"has subblocks = {subblocks[:80]!r}") from error
    sums = [sum(counts) for counts in zip(*blocks, strict=True)]
    if min(map(min, blocks)) <= 0 or sums[0] > size or sums[1] != expected:
        raise FrameError(path, "has subblocks that do not add up to its image")
    return blocks
