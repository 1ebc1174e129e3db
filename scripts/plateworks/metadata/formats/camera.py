"""Raw files of cameras (DSLR, mirrorless), as LibRaw reads them, and DNG.

The frame is what the sensor read, bit for bit, without the masked border; of a linear DNG, which
was debayered, its three planes.  Its kind is told by no tag: folders and path rules say it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from plateworks.metadata.dialects import WANTED
from plateworks.metadata.formats.format import Format, Keyword, as_in_fits
from plateworks.metadata.header import Header, too_short

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENDINGS = """
    .cr2 .cr3 .crw .nef .nrw .arw .sr2 .srf .dng .raf .orf .rw2 .pef .srw .3fr
"""
#: TIFF, and what Olympus and Panasonic made of it; Fujifilm; the older form of Canon.
_BEGINNINGS = (b"II*\0", b"MM\0*", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILM", b"II\x1a\0")
#: Cameras that say their pixels are packed and count them so, and store them as they are.
_MISCOUNTED = ("NIKON D100",)
#: Canon's newer form is a file of boxes.
_CR3 = b"ftypcrx"


class CameraRaw(Format):
    """What its tags say is told in keywords of FITS; its black level is the PEDESTAL."""

    name = "a camera's raw file"
    endings = tuple(_ENDINGS.split())
    whole = endings
    media_type = "image/x-dcraw"
    upper_row_first = True

    def begins(self, path: str, start: bytes) -> bool:
        if not path.lower().endswith(self.endings):  # TIFF is anything
            return False
        return start.startswith(_BEGINNINGS) or start[4:11] == _CR3

    def read(self, path: str, handle: int, size: int, start: bytes) -> Header:
        return _read(path, f"/dev/fd/{handle}")[0]

    def stored(self, path: str, header: Header) -> NDArray[Any]:
        from plateworks.metadata.rawsensor import black_of, opened, pixels_of

        with opened(path) as raw:
            pixels = pixels_of(raw)
            header.cards["PEDESTAL"] = -black_of(raw)
        return as_in_fits(pixels)

    def keywords(self, path: str) -> list[Keyword] | None:
        return _read(path, path)[1]


def _read(path: str, place: str) -> tuple[Header, list[Keyword]]:
    from plateworks.metadata.exif import PATTERN_TAGS, keywords_of, read_exif
    from plateworks.metadata.rawsensor import dng_levels, opened, sensor_of, tags_of, white_of

    with opened(path, place) as raw:
        with open(place, "rb") as file:
            tags = tags_of(raw) | read_exif(file)
            _refuse_cut(path, file, tags)
            file.seek(0)
            dng = dng_levels(file)
        width, height = int(raw.sizes.width), int(raw.sizes.height)
        keywords = keywords_of(tags, width)
        told = {keyword: value for keyword, value, _ in keywords}
        camera = tuple(told.get(key) for key in ("CAMMAKER", "INSTRUME", "GAIN"))
        camera += tuple(str(tags.get(tag)) for tag in PATTERN_TAGS)
        sensor, white = sensor_of(path, raw, camera, dng), white_of(raw)
    if sensor.bayer is not None:
        keywords.append(("BAYERPAT", sensor.bayer, "colours of the first 2x2 pixels"))
    if white is not None and (sensor.bayer is not None or sensor.planes > 1):
        names = ("WBRED", "red"), ("WBBLUE", "blue")
        keywords += [
            (keyword, factor, f"factor on {colour} that the camera was set to")
            for (keyword, colour), factor in zip(names, white, strict=True)
        ]
    keywords += [
        ("SATURATE", sensor.white, "[ADU] by LibRaw"),
        ("XBINNING", 1, "raw files hold all pixels"),
        ("YBINNING", 1, "raw files hold all pixels"),
    ]
    notes = []
    if len(set(sensor.blacks)) > 1:
        levels = ", ".join(map(str, sensor.blacks))
        notes.append(
            f"the black levels of its colours differ ({levels} ADU): the lowest is taken off, and "
            "only bias frames or darks take off the rest"
        )
    cards = {keyword: value for keyword, value, _ in keywords if keyword in WANTED}
    shape = width, height, sensor.planes
    return Header(cards, *shape, 16, bzero=32768.0, notes=notes, format=CameraRaw.name), keywords


def _refuse_cut(path: str, file: BinaryIO, tags: Mapping[str, Any]) -> None:
    """Refuse what breaks off in its pixels, before LibRaw makes up the rest."""
    from plateworks.metadata.tiffends import end_of_packed

    file.seek(0)
    size, end = os.fstat(file.fileno()).st_size, end_of_packed(file)
    if end > size and str(tags.get("Model", "")).strip() not in _MISCOUNTED:
        raise too_short(path, size, end)
