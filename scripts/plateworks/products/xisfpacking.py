"""Pixels of an XISF file packed, byte by byte or shuffled.

Source of the form: XISF 1.0 specification (PixInsight), section 10.7.
"""

from __future__ import annotations

import zlib

import numpy as np


def pack(block: np.ndarray, compression: str | None) -> tuple[np.ndarray, str | None]:
    """Pack a block of pixels.

    Parameters
    ----------
    block : array
        Contiguous, in the byte order of the file.
    compression : str or None
        ``zlib``, ``lz4``, ``lz4hc`` or ``zstd``; with ``+sh`` behind it the first bytes of all
        numbers come first, then the second ones, which packs numbers of several bytes better.

    Returns
    -------
    (N,) uint8 array, or `block` itself
        What is stored.
    str or None
        The attribute ``compression`` of the image; None where packing saves nothing, and the block
        is stored as it is.
    """
    if compression is None:
        return block, None
    codec, _, shuffled = compression.partition("+")
    attribute = f"{codec}:{block.nbytes}"
    flat = block.reshape(-1).view(np.uint8)
    if shuffled and block.itemsize > 1:
        flat = np.ascontiguousarray(flat.reshape(-1, block.itemsize).T).reshape(-1)
        attribute = f"{codec}+sh:{block.nbytes}:{block.itemsize}"
    packed = _encode(codec, flat.data)
    if len(packed) >= block.nbytes:
        return block, None
    return np.frombuffer(packed, np.uint8), attribute


def _encode(codec: str, data: memoryview) -> bytes:
    if codec == "zlib":
        return zlib.compress(data)
    if codec == "zstd":
        import zstandard

        return zstandard.compress(data)
    import lz4.block

    mode = "high_compression" if codec == "lz4hc" else "default"
    return lz4.block.compress(data, mode=mode, store_size=False)
