"""Megapixels and megabytes of frames and products, and what jobs hold of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from plateworks.metadata.frame import Frame

MB = 1_000_000

#: Bytes of a pixel of an image on its way through the arithmetic, and of its mask.
IMAGE, MASK = 4, 1
#: MB of the header of a product.
HEADER_MB = 0.015
#: Bytes of one frame that are combined at a time; a thread with less is of no use.
BLOCK_BYTES = 1 << 16
#: Masters that a job holds at the same time.
MASTERS = 4
#: A preview has so many pixels less than a frame.
REDUCED = 64
#: Files that are unpacked into the folder for temporary files before they are read; those of them
#: that go through memory as a whole, in so many copies.
_PACKED, _WHOLE, _UNPACKINGS = (".gz", ".fz", ".xisf"), (".fz", ".xisf"), 3


def pixels_of(frames: Iterable[Frame]) -> float:
    """Return the megapixels of the largest frame."""
    return max((frame.width * frame.height for frame in frames), default=0) / MB


def blocks_of(frames: Iterable[Frame]) -> int:
    """Return the number of blocks that frames are combined in."""
    return math.ceil(pixels_of(frames) * MB * IMAGE / BLOCK_BYTES)


def raw_mb(frames: Iterable[Frame]) -> float:
    """Return the MB of the pixels of raw frames."""
    return sum(f.width * f.height * abs(f.bitpix) // 8 for f in frames) / MB


def products_mb(frames: Iterable[Frame]) -> float:
    """Return the MB of calibrated, or of solved, frames."""
    return sum(f.width * f.height * (IMAGE + MASK) / MB + HEADER_MB for f in frames)


def preview_mb(pixels: float) -> float:
    """Return the MB of a preview, and of the picture of it."""
    return pixels * (IMAGE + 1.2) / REDUCED + HEADER_MB


def _named(frames: Iterable[Frame], endings: tuple[str, ...]) -> list[Frame]:
    return [frame for frame in frames if frame.path.lower().endswith(endings)]


def unpacking_mb(frames: Iterable[Frame]) -> float:
    """Return the MB that unpacking one frame takes, if any goes through memory as a whole."""
    return _UNPACKINGS * max(map(raw_mb, ([frame] for frame in _named(frames, _WHOLE))), default=0)


def unpacked_mb(frames: Iterable[Frame]) -> float:
    """Return the MB of temporary files that packed frames are unpacked into."""
    return raw_mb(_named(frames, _PACKED))


def held_bytes(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return the bytes a pixel of the masters, lists and masks that the entries of a job name.

    Of flats that were tried a job holds the best alone.
    """
    masters, thermal, masks = set(), set(), set()
    for entry in entries:
        entry = {**entry, **entry.get("flats", [{}])[0]}
        masters |= {entry[slot] for slot in ("dark", "bias", "flat") if slot in entry}
        if "dark" in entry and "bias" in entry and entry["bias_inside"]:
            thermal.add(entry["dark"])
        lists = tuple(entry[slot] for slot in ("cosmetic", "badpix") if slot in entry)
        masks |= {*lists, lists} if len(lists) == 2 else {*lists}
    images = min(len(masters), MASTERS) + min(len(thermal), MASTERS)
    return IMAGE * images + MASK * min(len(masks), MASTERS)
