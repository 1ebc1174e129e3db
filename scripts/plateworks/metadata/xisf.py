"""The header of a monolithic XISF file, told in the keywords of FITS.

Source: XISF 1.0 specification (PixInsight, 2014-2020), sections 9 to 11.
"""

from __future__ import annotations

import io
import os
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import BinaryIO

from plateworks.errors import FrameError
from plateworks.metadata.dialects import WANTED
from plateworks.metadata.header import MAX_SIDE, Header, too_short
from plateworks.metadata.values import Cards, number, parse_value

SIGNATURE = b"XISF0100"

#: Solutions by PixInsight reach some megabytes.
_MAX_XML = 64 << 20

#: Sample format -> code as in BITPIX.
SAMPLE_FORMATS = {
    "UInt8": 8, "UInt16": 16, "UInt32": 32, "UInt64": 64, "Float32": -32, "Float64": -64,
}  # fmt: skip

#: Property -> keyword, and the factor from the unit of the one to that of the other.
_PROPERTIES = {
    "Instrument:Camera:Name": ("INSTRUME", 1),
    "Instrument:Camera:Gain": ("EGAIN", 1),
    "Instrument:Camera:ISOSpeed": ("ISOSPEED", 1),
    "Instrument:Camera:XBinning": ("XBINNING", 1),
    "Instrument:Camera:YBinning": ("YBINNING", 1),
    "Instrument:ExposureTime": ("EXPTIME", 1),
    "Instrument:Filter:Name": ("FILTER", 1),
    "Instrument:Sensor:Temperature": ("CCD-TEMP", 1),
    "Instrument:Sensor:TargetTemperature": ("SET-TEMP", 1),
    "Instrument:Sensor:XPixelSize": ("XPIXSZ", 1),
    "Instrument:Telescope:Name": ("TELESCOP", 1),
    "Instrument:Telescope:FocalLength": ("FOCALLEN", 1000),  # from metres
    "Observation:Time:Start": ("DATE-OBS", 1),
    "Observation:Object:Name": ("OBJECT", 1),
    "Observation:Center:RA": ("RA", 1),
    "Observation:Center:Dec": ("DEC", 1),
    "Observation:Location:Latitude": ("SITELAT", 1),
    "Observation:Location:Longitude": ("SITELONG", 1),
    "XISF:CreatorApplication": ("CREATOR", 1),
}


@dataclass(frozen=True, slots=True)
class XisfImage:
    """How the first image of a file is stored.

    Attributes
    ----------
    width, height, planes : int
        Size in pixels.
    sample_format : str
        A key of :data:`SAMPLE_FORMATS`.
    bounds : (float, float) or None
        The values that stand for black and white; PixInsight's masters have (0, 1).
    big_endian, interleaved : bool
        Byte order, and whether the planes alternate from pixel to pixel.
    compression : str or None
        Such as ``"zlib+sh:131072:2"``: codec, bytes when unpacked, bytes of an item.
    subblocks : str or None
        Pairs ``packed,unpacked`` of bytes, joined by colons, where the data were packed in parts.
    position, size : int or None
        Where the data lie in the file; None where they stand in the header itself.
    text, encoding : str or None
        The data that stand in the header, and their encoding: ``"base64"`` or ``"hex"``.
    """

    width: int
    height: int
    planes: int
    sample_format: str
    bounds: tuple[float, float] | None = None
    big_endian: bool = False
    interleaved: bool = False
    compression: str | None = None
    subblocks: str | None = None
    position: int | None = None
    size: int | None = None
    text: str | None = None
    encoding: str | None = None


def read_header(path: str, file: BinaryIO, size: int) -> Header:
    """Read the header of the first image of an open file of `size` bytes.

    Keywords of FITS count before properties, which fill in what is missing.

    Raises
    ------
    FrameError
        If the header is no XISF, holds no image, or promises more bytes than there are.
    """
    root, element, image = _parse(path, file, size)
    cards, history = _fits_keywords(element)
    for keyword, value in _from_properties(root, element).items():
        cards.setdefault(keyword, value)
    return Header(
        cards=cards,
        width=image.width,
        height=image.height,
        planes=image.planes,
        bitpix=SAMPLE_FORMATS[image.sample_format],
        history=history,
        compression="xisf",
    )


def read_image(path: str | os.PathLike) -> XisfImage:
    """Read how the first image of a file is stored; errors as those of :func:`read_header`."""
    path = os.fspath(path)
    try:
        with open(path, "rb") as file:
            return _parse(path, file, file.seek(0, io.SEEK_END))[2]
    except OSError as error:
        raise FrameError(path, f"cannot be read ({error.strerror or error})") from error


def _parse(
    path: str, file: BinaryIO, size: int
) -> tuple[ElementTree.Element, ElementTree.Element, XisfImage]:
    file.seek(0)
    start = file.read(16)
    length = int.from_bytes(start[8:12], "little")
    if not start.startswith(SIGNATURE):
        raise FrameError(path, f"is not XISF: it begins with {start[:8]!r}")
    if length > _MAX_XML:
        raise FrameError(path, f"has an XISF header of {length:,} bytes, which is absurd")
    xml = file.read(length)
    if len(start) < 16 or len(xml) < length:
        raise too_short(path, size, 16 + length)
    try:
        text = xml.decode("utf-8").rstrip("\0")
        # A document type could define entities that grow without bound, or name other files.
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise FrameError(path, "has an XISF header with a document type, which XISF forbids")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise FrameError(path, f"has an XISF header that is not XML ({error})") from error
    for element in root.iter():  # names without their namespace, which some writers omit
        element.tag = element.tag.rpartition("}")[2]
    element = root.find("Image")
    if element is None:
        raise FrameError(path, "holds no image of two dimensions")
    image = _describe(path, element)
    if image.position is not None and image.position + image.size > size:
        raise too_short(path, size, image.position + image.size)
    return root, element, image


def _describe(path: str, element: ElementTree.Element) -> XisfImage:
    def refuse(attribute: str) -> FrameError:
        said = f"{attribute} = {element.get(attribute)!r}"
        return FrameError(path, f"has an XISF image with {said}, which cannot be read")

    sides = _counts(element.get("geometry", ""))
    if len(sides) != 3 or not all(0 < side <= MAX_SIDE for side in sides):
        raise refuse("geometry")
    if element.get("sampleFormat") not in SAMPLE_FORMATS:
        raise refuse("sampleFormat")
    bounds = None
    if element.get("bounds"):
        low, high = (number(part) for part in (element.get("bounds") + ":").split(":")[:2])
        bounds = (low, high) if low is not None and high is not None else None
    image = {
        "width": sides[0],
        "height": sides[1],
        "planes": sides[2],
        "sample_format": element.get("sampleFormat"),
        "bounds": bounds,
        "big_endian": element.get("byteOrder") == "big",
        "interleaved": element.get("pixelStorage") == "Normal",
        "compression": element.get("compression"),
        "subblocks": element.get("subblocks"),
    }
    kind, _, where = element.get("location", "").partition(":")
    if kind == "attachment" and len(_counts(where)) == 2:
        position, size = _counts(where)
        return XisfImage(**image, position=position, size=size)
    if kind == "inline":
        return XisfImage(**image, text=element.text or "", encoding=where)
    data = element.find("Data")
    if kind == "embedded" and data is not None:
        image["compression"] = data.get("compression") or image["compression"]
        image["subblocks"] = data.get("subblocks") or image["subblocks"]
        return XisfImage(**image, text=data.text or "", encoding=data.get("encoding", ""))
    raise refuse("location")


def _counts(text: str) -> list[int]:
    parts = text.split(":")
    return [int(p) for p in parts] if all(p.isdecimal() and len(p) < 20 for p in parts) else []


def _fits_keywords(element: ElementTree.Element) -> tuple[Cards, list[str]]:
    cards: Cards = {}
    history: list[str] = []
    for card in element.iter("FITSKeyword"):
        keyword = card.get("name", "").upper()
        if keyword == "HISTORY":
            history.append((card.get("value") or card.get("comment", "")).strip(" '"))
        elif keyword in WANTED and keyword not in cards:
            text = card.get("value", "").strip()
            # Some writers leave out the quotes; a slash there begins no comment.
            plain = "/" in text and not text.startswith("'")
            cards[keyword] = text if plain else parse_value(text)
    return cards, history


def _from_properties(root: ElementTree.Element, image: ElementTree.Element) -> Cards:
    found: Cards = {}
    for element in (*image.findall("Property"), *root.findall("Metadata/Property")):
        keyword, factor = _PROPERTIES.get(element.get("id", ""), (None, 1))
        if keyword is None:
            continue
        text = element.get("value") or element.text or ""
        value = None if element.get("type") == "String" else number(text)
        found.setdefault(keyword, text if value is None else value * factor)
    colours = image.find("ColorFilterArray")
    if colours is not None:
        found["BAYERPAT"] = colours.get("pattern", "")
    if image.get("imageType"):
        found["IMAGETYP"] = image.get("imageType")
    return found
