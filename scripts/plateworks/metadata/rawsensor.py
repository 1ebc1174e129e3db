"""What LibRaw knows of the sensor of a raw file: its pixels, colours and levels.

Pixels are unpacked for none of it but once for each camera, setting and form of file: the pattern
of the colours hangs on those alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.exif import LIBRAW_ISO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What installs it.
REMEDY = "pip install -r requirements-raw.txt"


class Sensor(NamedTuple):
    """What is the same in all frames of a camera at one setting.

    Attributes
    ----------
    bayer : str or None
        Colours of the first two by two pixels; None of a sensor without colours.
    white : int
        Level at which pixels are saturated.
    blacks : tuple of int
        Levels of no light, one for each colour of the sensor.
    """

    bayer: str | None
    white: int
    blacks: tuple[int, ...]


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


def sensor_of(path: str, raw: Any, camera: tuple[Any, ...]) -> Sensor:
    """Return what is known of the sensor of an open raw file.

    Parameters
    ----------
    path : str
    raw : rawpy.RawPy
    camera : tuple
        Tells cameras and settings apart.

    Raises
    ------
    FrameError
        If a pixel has more than one colour, or the pattern is no Bayer pattern.
    """
    key = (*camera, raw.sizes, raw.color_desc)
    if key not in _KNOWN:
        if raw.raw_image_visible.ndim != 2:
            raise FrameError(
                path,
                "holds several colours a pixel, as small raws (sRAW) and linear DNG do, and not "
                "what the sensor read; let the camera write full raws",
            )
        colours = _colours(path, raw)
        _KNOWN[key] = Sensor(colours, int(raw.white_level), _blacks(raw))
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
    """Return what the sensor read, without the masked border, (H, W)."""
    pixels: NDArray[np.uint16] = raw.raw_image_visible.copy()
    return pixels


def _blacks(raw: Any) -> tuple[int, ...]:
    return tuple(map(int, raw.black_level_per_channel[: max(raw.num_colors, 1)]))


def _colours(path: str, raw: Any) -> str | None:
    pattern, letters = raw.raw_pattern, raw.color_desc.decode()
    if pattern is None or pattern.size == 1:
        return None
    if pattern.shape != (2, 2):
        side = len(pattern)
        raise FrameError(
            path,
            f"has a pattern of {side} by {side} colours, as X-Trans sensors have, which cannot be "
            "calibrated; only patterns of two by two can",
        )
    top, left = raw.sizes.top_margin, raw.sizes.left_margin
    places = ((row, column) for row in range(2) for column in range(2))
    return "".join(letters[pattern[(row + top) % 2, (left + column) % 2]] for row, column in places)
