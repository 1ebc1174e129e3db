"""What LibRaw knows of the sensor of a raw file: its pixels, colours and levels.

Pixels are unpacked for none of it but once for each camera, setting and form of file: the pattern
of the colours hangs on those alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.exif import LIBRAW_ISO
from plateworks.metadata.header import COLOURS
from plateworks.metadata.tiffdirectories import BELOW, Directory, directories

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What installs it.
REMEDY = "pip install -r requirements-raw.txt"
#: Tags of DNG: its version; how black, white and colours of the first pixels are told.
_DNG_VERSION = 0xC612
_DNG_LEVELS = (0xC61A, 0xC61D, 0xC619, 0x828E)


class Sensor(NamedTuple):
    """What is the same in all frames of a camera at one setting.

    Attributes
    ----------
    bayer : str or None
        Colours of the first two by two pixels; None of a sensor without colours, and of planes.
    white : int
        Level at which pixels are saturated.
    blacks : tuple of int
        Levels of no light, one for each colour of the sensor.
    planes : int
        Three of a linear DNG, whose pixels have all colours each; else one.
    """

    bayer: str | None
    white: int
    blacks: tuple[int, ...]
    planes: int = 1


_KNOWN: dict[tuple[Any, ...], Sensor] = {}


@contextmanager
def opened(path: str, place: str | None = None) -> Iterator[Any]:
    """Open a raw file, without its pixels.

    Parameters
    ----------
    path : str
        By which it is called where something is wrong.
    place : str, optional
        Where it lies, if that is elsewhere.

    Raises
    ------
    FrameError
        If LibRaw cannot read it, when it is opened or whenever pixels are asked for.
    TroubleError
        If what reads raw files is not installed.
    """
    try:
        import exifread  # noqa: F401  (reads its tags, once it is open)
        import rawpy
    except ImportError as error:
        raise TroubleError(
            path, f"is a raw file of a camera, which the package {error.name} reads: {REMEDY}"
        ) from error
    try:
        with rawpy.imread(place or path) as raw:
            yield raw
    except (rawpy.LibRawError, NotImplementedError) as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else error
        version = ".".join(map(str, rawpy.libraw_version))
        remedy = "copy it again, or get a newer rawpy"
        raise FrameError(path, f"cannot be read by LibRaw {version} ({said}); {remedy}") from error


def dng_levels(file: BinaryIO) -> tuple[Directory, ...]:
    """Return what a DNG says of its pattern and its levels, each image of it; nothing of others.

    Whoever converts raw files to DNG may write other levels than the camera does.

    Parameters
    ----------
    file : file
        Open for reading, at its beginning.
    """
    found = [tags for _, tags in directories(file, (_DNG_VERSION, *_DNG_LEVELS))]
    if not any(_DNG_VERSION in tags for tags in found):
        return ()
    return tuple({tag: told for tag, told in tags.items() if tag != BELOW} for tags in found)


def sensor_of(
    path: str, raw: Any, camera: tuple[Any, ...], levels: tuple[Directory, ...]
) -> Sensor:
    """Return what is known of the sensor of an open raw file.

    Parameters
    ----------
    path : str
    raw : rawpy.RawPy
    camera : tuple
        Tells cameras and settings apart.
    levels : tuple of dict
        Of a DNG :func:`dng_levels`.  Where its pixels have several colours each, these are linear,
        and stored as they are.  Small raws of makers have colours of half the pixels, from which
        LibRaw reckons the others.

    Raises
    ------
    FrameError
        If a pixel has more than one colour without being a linear DNG of three, or the pattern is
        no Bayer pattern.
    """
    key = (*camera, raw.sizes, raw.color_desc, str(levels))
    if key not in _KNOWN:
        planes = 1 if raw.raw_image_visible.ndim == 2 else int(raw.num_colors)
        if planes > 1 and (not levels or planes != COLOURS):
            raise FrameError(
                path,
                "holds several colours a pixel, as small raws (sRAW) do, and not what the sensor "
                "read; let the camera write full raws",
            )
        colours = _colours(path, raw) if planes == 1 else None
        _KNOWN[key] = Sensor(colours, int(raw.white_level), _blacks(raw), planes)
    return _KNOWN[key]


def tags_of(raw: Any) -> dict[str, Any]:
    """Return what LibRaw tells of the exposure by names of EXIF; what it does not know is left out.

    Its time is left out too: of CRW that hangs on the zone of this machine.

    Parameters
    ----------
    raw : rawpy.RawPy
    """
    shot = raw.other
    told = {
        "ExposureTime": shot.shutter_speed,
        LIBRAW_ISO: shot.iso_speed,
        "FNumber": shot.aperture,
        "FocalLength": shot.focal_length,
    }
    tags: dict[str, Any] = {
        name: float(f"{value:.6g}") for name, value in told.items() if 0 < value < math.inf
    }
    return tags | ({"LensModel": raw.lens.model} if raw.lens.model else {})


def white_of(raw: Any) -> tuple[float, float] | None:
    """Return the factors on red and blue that the camera was set to; None where it does not say."""
    red, green, blue = (float(factor) for factor in raw.camera_whitebalance[:3])
    if not all(0 < factor < math.inf for factor in (red, green, blue)):
        return None
    return round(red / green, 6), round(blue / green, 6)


def black_of(raw: Any) -> int:
    """Return the level of no light of an open raw file, the lowest of those of its colours."""
    return min(_blacks(raw))


def pixels_of(raw: Any) -> NDArray[np.uint16]:
    """Return what the sensor read, without the masked border: (H, W), of planes (3, H, W)."""
    seen: NDArray[np.uint16] = raw.raw_image_visible
    if seen.ndim > 2:  # LibRaw has room for a fourth colour behind each three
        seen = seen.transpose(2, 0, 1)[: raw.num_colors]
    return seen.copy(order="C")


def _blacks(raw: Any) -> tuple[int, ...]:
    """Return the levels of all colours; of a mosaic the second green has one of its own."""
    pattern = raw.raw_pattern
    count = raw.num_colors if pattern is None or pattern.size == 1 else int(pattern.max()) + 1
    return tuple(map(int, raw.black_level_per_channel[: max(count, 1)]))


def _colours(path: str, raw: Any) -> str | None:
    pattern, letters = raw.raw_pattern, raw.color_desc.decode()
    if pattern is None or pattern.size == 1:
        return None
    if pattern.shape != (2, 2):
        side = len(pattern)
        raise FrameError(
            path,
            f"has a pattern of {side} by {side} colours, as X-Trans sensors have, and only those "
            "of two by two can be calibrated; a program that debayers all frames, darks and flats "
            "too, can save them as images of three planes (FITS, linear DNG), which can",
        )
    top, left = raw.sizes.top_margin, raw.sizes.left_margin
    places = ((row, column) for row in range(2) for column in range(2))
    return "".join(letters[pattern[(row + top) % 2, (left + column) % 2]] for row, column in places)
