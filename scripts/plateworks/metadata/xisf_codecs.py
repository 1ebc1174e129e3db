"""Blocks that a codec of XISF packed, unpacked piece by piece in little memory.

Source: XISF 1.0 specification, section 10.7 (compression).
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import IO

from plateworks.errors import FrameError, TroubleError

#: Bytes that are packed or unpacked at a time.
_PIECE = 1 << 18
#: Window that every decoder of zstandard has room for (its format, RFC 8878, section 3.1.1.1.2),
#: and the largest that the library takes without being asked.
_WINDOW, _LARGEST_WINDOW = 1 << 23, 1 << 27
#: The largest block of lz4 (LZ4_MAX_INPUT_SIZE).
_LARGEST_LZ4 = 0x7E000000


def unpack_block(
    path: str, codec: str, file: IO[bytes], size: int, full: int
) -> Iterator[bytes | bytearray]:
    """Yield what one block unpacks to: at most `full` bytes, so that no file asks for more memory.

    Where a codec has a checksum, it is compared.

    Parameters
    ----------
    path : str
    codec : str
        ``"zlib"``, ``"lz4"``, ``"lz4hc"`` or ``"zstd"``.
    file : binary stream
        Stands where the block begins.
    size, full : int
        Its bytes as they are stored, and as they are promised to be.

    Raises
    ------
    FrameError
        If it cannot be unpacked, or goes on behind what is promised.
    TroubleError
        If its codec needs a module that is not installed.
    OSError
        If the file cannot be read.
    """
    decode = _CODECS.get(codec)
    if decode is None:
        raise FrameError(path, f"is packed by {codec!r}, which is no codec of XISF")
    module = _module(path, codec, _MODULES[codec])
    try:
        yield from decode(module, _Block(file, size), full)
    except (FrameError, OSError, MemoryError):
        raise
    except Exception as error:  # each codec has an error class of its own
        raise FrameError(path, f"cannot be unpacked by {codec}: {error}; copy it again") from error


class _Block:
    """The bytes of a block in a file, to be read once."""

    def __init__(self, file: IO[bytes], size: int):
        self._file, self.left = file, size

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece


def _of_zlib(module: ModuleType, block: _Block, full: int) -> Iterator[bytes | bytearray]:
    inflating, waiting = module.decompressobj(), b""
    while full and not inflating.eof and (waiting or block.left):
        piece = inflating.decompress(waiting or block.read(_PIECE), min(full, _PIECE))
        waiting = inflating.unconsumed_tail
        full -= len(piece)
        yield piece
    while not inflating.eof and (waiting or block.left):  # its checksum
        _nothing(inflating.decompress(waiting or block.read(_PIECE), 1))
        waiting = inflating.unconsumed_tail
    if not inflating.eof:
        raise EOFError("it breaks off")


def _of_zstd(module: ModuleType, block: _Block, full: int) -> Iterator[bytes | bytearray]:
    window = min(max(_WINDOW, 1 << full.bit_length()), _LARGEST_WINDOW)
    with module.ZstdDecompressor(max_window_size=window).stream_reader(block) as reader:
        while full and (piece := reader.read(min(full, _PIECE))):
            full -= len(piece)
            yield piece
        _nothing(reader.read(1))


def _of_lz4(module: ModuleType, block: _Block, full: int) -> Iterator[bytes | bytearray]:
    """Unpack at once, as lz4 must, by its own C: the module for Python would hold it all twice."""
    if block.left > full + full // 255 + 16 or full > _LARGEST_LZ4:
        raise ValueError(f"{block.left:,} bytes are no block of {full:,}")
    out = bytearray(full)
    packed = block.read()
    into = (ctypes.c_char * full).from_buffer(out)
    count = ctypes.CDLL(module.__file__).LZ4_decompress_safe(packed, into, len(packed), full)
    del packed, into
    if count < 0:
        raise ValueError(f"it is damaged at byte {-count:,}")
    del out[count:]
    yield out


def _nothing(more: bytes) -> None:
    if more:
        raise ValueError("it unpacks to more than is promised")


_CODECS: dict[str, Callable[[ModuleType, _Block, int], Iterator[bytes | bytearray]]] = {
    "zlib": _of_zlib, "lz4": _of_lz4, "lz4hc": _of_lz4, "zstd": _of_zstd,
}  # fmt: skip
_MODULES = {
    "zlib": "zlib", "lz4": "lz4.block._block", "lz4hc": "lz4.block._block", "zstd": "zstandard",
}  # fmt: skip


def _module(path: str, codec: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise TroubleError(
            path, f"is packed by {codec}; install the Python package {package} to read it"
        ) from error
