"""Megapixels and megabytes of frames and products, and what jobs hold of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from plateworks.metadata import formats
from plateworks.metadata.frame import Frame
from plateworks.metadata.packed import PACKED_SUFFIXES
from plateworks.orders.frames import FrameOrder
from plateworks.orders.lights import LightOrder

MB = 1_000_000

#: Bytes of a pixel of an image on its way through the arithmetic, and of its mask: that of one in
#: which a pixel has one of the rarer bits is twice as large.
IMAGE, MASK = 4, 1
#: Bytes of the error of a pixel in a file.
ERROR = 2
#: MB of the header of a product.
HEADER_MB = 0.015
#: Bytes of one frame that are combined at a time; a thread with less is of no use.
BLOCK_BYTES = 1 << 16
#: Masters that a job holds at the same time.
MASTERS = 4
#: A preview has so many pixels less than a frame.
REDUCED = 64
#: Frames that go through memory as a whole do so in so many copies.
_UNPACKINGS = 3
#: Bytes of a pixel that putting one frame together of what its amplifiers read takes at once.
_ASSEMBLING = 32


def pixels_of(frames: Iterable[Frame]) -> float:
    """Return the megapixels of the largest frame."""
    return max((frame.pixels for frame in frames), default=0) / MB


def blocks_of(frames: Iterable[Frame]) -> int:
    """Return the number of blocks that frames are combined in."""
    return math.ceil(pixels_of(frames) * MB * IMAGE / BLOCK_BYTES)


def raw_mb(frames: Iterable[Frame]) -> float:
    """Return the MB of the pixels of raw frames."""
    return sum(f.pixels * abs(f.bitpix) // 8 for f in frames) / MB


def products_mb(frames: Iterable[Frame], errors: bool = False) -> float:
    """Return the MB of calibrated, or of solved, frames; `errors`: with those of their pixels."""
    each = IMAGE + 2 * MASK + ERROR * errors
    return sum(f.pixels * each / MB + HEADER_MB for f in frames)


def preview_mb(pixels: float) -> float:
    """Return the MB of a preview, and of the picture of it."""
    return pixels * (IMAGE + 1.2) / REDUCED + HEADER_MB


def _named(frames: Iterable[Frame], endings: tuple[str, ...]) -> list[Frame]:
    return [frame for frame in frames if frame.path.lower().endswith(endings)]


def unpacking_mb(frames: Iterable[Frame]) -> float:
    """Return the MB that unpacking one frame takes, if any goes through memory as a whole."""
    frames = list(frames)
    whole = ([frame] for frame in _named(frames, formats.whole()))
    packed = _UNPACKINGS * max(map(raw_mb, whole), default=0)
    return packed + _ASSEMBLING * pixels_of(one for one in frames if one.readout is not None)


def unpacked_mb(frames: Iterable[Frame]) -> float:
    """Return the MB of temporary files that packed frames are unpacked into."""
    frames = list(frames)
    pictures = sum(one.pixels for one in frames if one.readout is not None)
    packed = raw_mb(_named(frames, (*PACKED_SUFFIXES, *formats.whole())))
    return packed + IMAGE * pictures / MB


def held_bytes(frames: Iterable[FrameOrder]) -> int:
    """Return the bytes a pixel of the masters and lists that a job on some frames holds."""
    return _held((frame, None, None) for frame in frames)


def held_bytes_of_lights(lights: Iterable[LightOrder], errors: bool = False) -> int:
    """Return the bytes a pixel of the masters, lists and masks that calibrating lights holds.

    Of flats that were tried a job holds the best alone.  With `errors`, those of its masters and
    what lights share of theirs take as much room again, and the same once more.
    """
    parts = []
    for light in lights:
        flat = light.flat if light.trial is None else light.trial.candidates[0]
        files = (None, None) if flat is None else (flat.path, flat.badpix)
        frame = light.frame if light.modelled is None else light.modelled.frame
        parts.append((frame, *files))
    held = _held(parts)
    return 2 * held + 2 * IMAGE if errors else held


def _held(parts: Iterable[tuple[FrameOrder, str | None, str | None]]) -> int:
    """Return the bytes a pixel of what frames need, each with its flat and bad-pixel mask."""
    masters: set[str] = set()
    thermal: set[str] = set()
    masks: set[str | tuple[str, ...]] = set()
    for frame, flat, badpix in parts:
        taken = frame.subtraction
        masters |= {*taken.masters, *([flat] if flat else [])}
        if taken.dark is not None and taken.dark.bias is not None:
            thermal.add(taken.dark.path)
        lists = tuple(path for path in (frame.cosmetic, badpix) if path is not None)
        masks |= {*lists, lists} if len(lists) == 2 else {*lists}
    images = min(len(masters), MASTERS) + min(len(thermal), MASTERS)
    return IMAGE * images + MASK * min(len(masks), MASTERS)
