"""What a camera writes beside its pixels (EXIF), told in the keywords of FITS.

Source: CIPA DC-008 (EXIF 2.32); the boxes of CR3 are Canon's, those of RAF Fujifilm's, as LibRaw
reads them.  What LibRaw tells of the exposure stands in for tags that lack.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from plateworks.metadata.ciff import ciff_tags, is_ciff
from plateworks.metadata.formats.format import Keyword
from plateworks.metadata.values import number
from plateworks.printable import printable

#: Tags of the pattern of colours, by both of the names that there are.
PATTERN_TAGS = ("CFAPattern", "CVAPattern")
#: ISO as LibRaw reads it: some makers tell it in their own notes alone.
LIBRAW_ISO = "LibRaw ISO"

#: Where CR3 keeps its three directories, in boxes that lie near the beginning of the file.
_BOXES = (b"CMT1", b"CMT2", b"CMT3")
_NEAR = 1 << 17
#: What the camera knew of the shot, in a box of CR3 without its name; there stands its temperature.
_SHOT, _SHOT_TEMPERATURE, _ZERO_DEGREES, _MOST_SHOT = "Tag 0x0004", 12, 128, 218
#: How RAF begins; behind it, at a fixed place, stands where the JPEG lies that has the EXIF.
_RAF, _RAF_JPEG, _JPEG_START = b"FUJIFILM", 84, 1 << 18
#: Makers whose own notes tell the temperature of the camera.
_TELL_TEMPERATURE = ("Canon", "OLYMPUS", "OM Digital")
#: Stands for an ISO too large for its tag.
_OVERFLOW = 65535
#: Unit of the resolution of the focal plane -> micrometres.
_UNITS = {2: 25_400.0, 3: 10_000.0, 4: 1_000.0, 5: 1.0}
#: Sizes of pixels that there are in such cameras, micrometres.
_LEAST_PIXEL, _MOST_PIXEL = 0.8, 20.0
#: Before it there were no such cameras.
_FIRST_YEAR = 1980
#: Of a picture this much smaller than the sensor the resolution of the focal plane is its own:
#: Fujifilm tells that of the JPEG in the raw file.
_SMALLER = 0.9
#: Width of a frame of film, millimetres.
_FILM_MM = 36.0
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d|Z")


def read_exif(file: BinaryIO) -> dict[str, Any]:
    """Return the tags of a raw file by their names, those of the exposure before all others.

    Parameters
    ----------
    file : file
        Open for reading, at its beginning.
    """
    start = file.read(_NEAR)
    if is_ciff(start):
        return ciff_tags(file)
    tags: dict[str, Any] = {}
    for part in _parts(file, start):
        tags = _tags(part) | tags
    return tags


def keywords_of(tags: Mapping[str, Any], width: int) -> list[Keyword]:
    """Return what tags say of the exposure, in keywords of FITS.

    The time is that of the camera's own clock.  Where its zone is told, DATE-OBS is UTC; else it
    stands in DATE-LOC alone.

    Parameters
    ----------
    tags : mapping
        From :func:`read_exif`.
    width : int
        Columns of the sensor.
    """
    told: list[Keyword] = [
        ("INSTRUME", _text(tags, "Model"), "camera (EXIF Model)"),
        ("CAMMAKER", _text(tags, "Make"), "its maker"),
        ("CAMERAID", _text(tags, "BodySerialNumber"), "its serial number"),
        ("SOFTWARE", _text(tags, "Software"), "what wrote the raw file"),
        ("EXPTIME", _number(tags, "ExposureTime"), "[s] exposure"),
        ("GAIN", _iso(tags), "ISO"),
        ("LENS", _text(tags, "LensModel"), "lens"),
        ("FOCALLEN", _number(tags, "FocalLength") or None, "[mm] focal length of the lens"),
        ("APERTURE", _number(tags, "FNumber") or None, "focal length over aperture"),
        ("XPIXSZ", _pixel_size(tags, width), "[um] size of a pixel"),
        ("CCD-TEMP", _temperature(tags), "[deg C] of the camera"),
        *_times(tags),
        *_place(tags),
    ]
    return [keyword for keyword in told if keyword[1] is not None]


def _parts(file: BinaryIO, start: bytes) -> Iterator[BinaryIO]:
    """Yield what holds tags, the least first: a file of TIFF as it is, or TIFF or JPEG within."""
    if start.startswith(_RAF):
        file.seek(int.from_bytes(start[_RAF_JPEG : _RAF_JPEG + 4], "big"))
        yield io.BytesIO(file.read(_JPEG_START))
    elif start[4:8] == b"ftyp":
        for name in _BOXES:
            place = start.find(name)
            if place > 4:
                length = int.from_bytes(start[place - 4 : place], "big")
                yield io.BytesIO(start[place + 4 : place - 4 + length])
    else:
        yield file


def _tags(file: BinaryIO) -> dict[str, Any]:
    """Return the tags of one part, by names without that of their directory."""
    import exifread

    logging.getLogger("exifread").setLevel(logging.CRITICAL)  # of odd tags nobody need know

    def read(details: bool) -> dict[str, Any]:
        file.seek(0)
        try:
            found = exifread.process_file(
                file, details=details, extract_thumbnail=False, builtin_types=True
            )
        except Exception:  # whatever a wrong offset leads to: such a file lacks its tags
            return {}
        return dict(sorted(found.items(), key=lambda tag: tag[0].startswith("EXIF ")))

    found = read(details=False)
    # Notes of makers take forty times as long as all the rest.
    if str(found.get("Image Make", "")).startswith(_TELL_TEMPERATURE):
        found = read(details=True)
    return {name.partition(" ")[2] or name: value for name, value in found.items()}


def _text(tags: Mapping[str, Any], name: str) -> str | None:
    value = tags.get(name)
    return printable(" ".join(value.split())) or None if isinstance(value, str) else None


def _number(tags: Mapping[str, Any], name: str) -> float | None:
    value = tags.get(name)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return number(value) if isinstance(value, int | float | str) else None


def _iso(tags: Mapping[str, Any]) -> int | None:
    for name in ("ISOSpeedRatings", "RecommendedExposureIndex", "ISOSpeed", LIBRAW_ISO):
        value = _number(tags, name)
        if value and value != _OVERFLOW:
            return int(value)
    return None


def _pixel_size(tags: Mapping[str, Any], width: int) -> float | None:
    """Return the size of a pixel: as it is told, or by how much smaller than film the sensor is."""
    resolution, unit = _number(tags, "FocalPlaneXResolution"), tags.get("FocalPlaneResolutionUnit")
    units = {"Pixels/Inch": 2, "Pixels/Centimeter": 3, "cm": 3, "mm": 4, "Inch": 2}
    step = _UNITS.get(units.get(str(unit), unit if isinstance(unit, int) else 2))
    size = step / resolution if step and resolution else 0.0
    share = (_number(tags, "ExifImageWidth") or width) / width
    size *= share if share < _SMALLER else 1.0
    if not _LEAST_PIXEL <= size <= _MOST_PIXEL:
        focal, of_film = _number(tags, "FocalLength"), _number(tags, "FocalLengthIn35mmFilm")
        size = _FILM_MM * focal / of_film / width * 1000.0 if focal and of_film else 0.0
    return round(size, 3) if _LEAST_PIXEL <= size <= _MOST_PIXEL else None


def _temperature(tags: Mapping[str, Any]) -> float | None:
    for name in ("CameraTemperature", "SensorTemperature", "AmbientTemperature"):
        value = tags.get(name)
        found = number(value.removesuffix("C").strip()) if isinstance(value, str) else None
        found = _number(tags, name) if found is None else found
        if found is not None and -60.0 < found < 90.0 and found != 0.0:
            return found
    shot = tags.get(_SHOT)
    told = shot[_SHOT_TEMPERATURE] if isinstance(shot, list) and shot[_SHOT_TEMPERATURE:] else 0
    return float(told - _ZERO_DEGREES) if isinstance(told, int) and 0 < told < _MOST_SHOT else None


def _times(tags: Mapping[str, Any]) -> Iterator[Keyword]:
    """Yield the time of the first tag that tells one, and in UTC where its zone can be."""
    for name in ("DateTimeOriginal", "DateTimeDigitized", "DateTime"):
        found = _DATE.search(str(tags.get(name, "")))
        parts = "".join(filter(str.isdigit, str(tags.get(f"SubSecTime{name[8:]}", ""))))
        when = found and "-".join(found.groups()[:3]) + f"T{found[4]}" + (parts and f".{parts[:3]}")
        if not when or _moment(when) is None:
            continue
        zone = str(tags.get(f"OffsetTime{name[8:]}", tags.get("OffsetTime", ""))).strip()
        moment = _moment(when + zone) if _OFFSET.fullmatch(zone) else None
        if moment is not None:
            spec = "milliseconds" if parts else "seconds"
            in_utc = (moment - (moment.utcoffset() or timedelta())).replace(tzinfo=None)
            yield "DATE-OBS", in_utc.isoformat(timespec=spec), "[UTC] beginning of the exposure"
        yield "DATE-LOC", when, "by the clock of the camera"
        return


def _moment(text: str) -> datetime | None:
    """Return a time that a camera can have; None of one that there is none of, or of no clock."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.year >= _FIRST_YEAR else None
    return None


def _place(tags: Mapping[str, Any]) -> Iterator[Keyword]:
    sides = {"N": 1.0, "E": 1.0, "S": -1.0, "W": -1.0}
    for keyword, name in (("SITELAT", "GPSLatitude"), ("SITELONG", "GPSLongitude")):
        parts, sign = tags.get(name), sides.get(str(tags.get(f"{name}Ref"))[:1].upper())
        if not isinstance(parts, list | tuple) or len(parts) != 3 or sign is None:
            continue
        values = [number(part) for part in parts if isinstance(part, int | float | str)]
        known = [value for value in values if value is not None]
        if len(known) == len(parts):
            degrees = sum(value / 60**power for power, value in enumerate(known))
            yield keyword, round(sign * degrees, 6), "[deg] by GPS"
