"""What Canon's older raw files (CRW) write beside their pixels: heaps of records, and no EXIF.

Source: "The Canon RAW (CRW) File Format" of Phil Harvey.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

#: How such a file goes on behind the order of its bytes and the place of its heap.
HEAP = b"HEAPCCDR"
_HEAP_AT = 6

#: Records that are read: maker and camera, the seconds of the camera's own clock, and the shot.
_CAMERA, _TIME, _SHOT = 0x080A, 0x180E, 0x102A
#: Word of the shot that tells how long it was, in steps of 1/32 EV; those of a third are rounded.
_EXPOSURE, _STEPS, _THIRDS = 22, 32, {0x0C: 32 / 3, 0x14: 64 / 3}
#: Bits of a record's type: its value stands in the directory itself; it is a heap of its own.
_IN_DIRECTORY, _KIND, _HEAPS = 0x4000, 0x3800, (0x2800, 0x3000)
#: Heaps lie within heaps, no deeper than this.
_DEEPEST = 4


def is_ciff(start: bytes) -> bool:
    """Tell whether a file that begins so is one of these."""
    return start[_HEAP_AT:].startswith(HEAP)


def ciff_tags(file: BinaryIO) -> dict[str, Any]:
    """Return maker, camera, time and exposure by the names that they have in EXIF.

    The exposure is that which the shutter made, where the camera tells it; LibRaw knows that which
    was aimed at, and all that is left out here.

    Parameters
    ----------
    file : file
        Open for reading.
    """
    order = ">" if _read_at(file, 0, 2) == b"MM" else "<"
    tags: dict[str, Any] = {}
    try:
        for kind, value in _records(file, order):
            if kind == _CAMERA:
                tags["Make"], tags["Model"], *_ = value.decode("ascii", "replace").split("\0")
            elif kind == _SHOT:
                (steps,) = struct.unpack_from(f"{order}h", value, 2 * _EXPOSURE)
                if steps:
                    tags["ExposureTime"] = float(f"{2 ** -_exposure_value(steps):.6g}")
            else:
                (seconds,) = struct.unpack_from(f"{order}I", value)
                clock = datetime.fromtimestamp(seconds, UTC)
                tags["DateTimeOriginal"] = f"{clock:%Y:%m:%d %H:%M:%S}"
    except (struct.error, ValueError, OSError):  # it makes no sense: such a file lacks its tags
        pass
    return tags


def _exposure_value(steps: int) -> float:
    whole, part = divmod(abs(steps), _STEPS)
    value = whole + _THIRDS.get(part, part) / _STEPS
    return value if steps > 0 else -value


def _records(file: BinaryIO, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield what is read of the records, as their type and their bytes."""
    (start,) = struct.unpack(f"{order}I", _read_at(file, 2, 4))
    heaps = [(start, file.seek(0, 2), _DEEPEST)]
    while heaps:
        start, end, depth = heaps.pop()
        (place,) = struct.unpack(f"{order}I", _read_at(file, end - 4, 4))
        (count,) = struct.unpack(f"{order}H", _read_at(file, start + place, 2))
        directory = file.read(10 * count)
        for kind, size, offset in struct.iter_unpack(f"{order}HII", directory):
            if kind & _IN_DIRECTORY:
                continue
            if kind & _KIND in _HEAPS and depth:
                heaps.append((start + offset, start + offset + size, depth - 1))
            elif kind in (_CAMERA, _TIME, _SHOT):
                yield kind, _read_at(file, start + offset, min(size, 256))


def _read_at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
