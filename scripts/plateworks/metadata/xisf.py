"""The header of a monolithic XISF file, told in the keywords of FITS.

Source: XISF 1.0 specification (PixInsight, 2014-2020), sections 9 to 11.
"""

from __future__ import annotations

import io
import os
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, replace
from typing import BinaryIO

from plateworks.errors import FrameError
from plateworks.metadata.bounds import MAX_SIDE
from plateworks.metadata.header import Header, too_short
from plateworks.metadata.placecards import THIRD_AXIS
from plateworks.metadata.severalimages import choose_image
from plateworks.metadata.values import Value, number
from plateworks.metadata.xisf_cards import CREATOR, keywords_of, properties_of, wanted_of
from plateworks.metadata.xisf_xml import read_xml
from plateworks.troubles import not_read

#: Sample format -> code as in BITPIX.
SAMPLE_FORMATS = {
    "UInt8": 8, "UInt16": 16, "UInt32": 32, "UInt64": 64, "Float32": -32, "Float64": -64,
}  # fmt: skip


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
    checksum : str or None
        Of the data as they are stored, such as ``"sha-1:2fd4…"``.
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
    checksum: str | None = None
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
        If the header is no XISF, holds no image or several that may be frames, or promises more
        bytes than there are.
    """
    root = read_xml(path, file, size)
    element = _find_image(path, root)
    header = _header_of(path, root, element, size)
    others = [one for one in root.findall("Image") if one is not element]
    if not others:
        return header
    named = [_named(header, element)]
    named += [_named(_header_of(path, root, one, size), one) for one in others]
    chosen = choose_image(named)
    if chosen.parts:
        sizes = ", ".join(f"{one.width}x{one.height}" for one in chosen.parts)
        raise FrameError(
            path,
            f"holds several images ({len(chosen.parts)}: {sizes}): save each frame as a file of "
            "its own, or the amplifiers of one as one image",
        )
    if chosen is not named[0]:
        raise FrameError(
            path,
            f"holds {len(named)} images, and the first is not the largest; save the frame as a "
            "file of its own",
        )
    header.notes = named[0].notes
    return header


def _named(header: Header, element: ElementTree.Element) -> Header:
    """Return a header in which the name of the image stands as that of an extension of FITS."""
    return replace(header, cards={"EXTNAME": element.get("id", "")}, notes=[])


def _header_of(
    path: str, root: ElementTree.Element, element: ElementTree.Element, size: int
) -> Header:
    image = _describe(path, element, size)
    bits = SAMPLE_FORMATS[image.sample_format]
    cards, others, history = wanted_of(element)
    for keyword, value in properties_of(root, element).items():
        cards.setdefault(keyword, value)
    space = element.get("colorSpace", "Gray")
    if image.planes > 1 and space != "RGB":
        cards[THIRD_AXIS] = space
    return Header(
        cards=cards,
        width=image.width,
        height=image.height,
        planes=image.planes,
        bitpix=bits,
        bzero=float(1 << bits - 1) if bits > 8 else 0.0,
        history=history,
        repeated=others,
        format="XISF",
    )


def read_image(path: str | os.PathLike, name: str | None = None) -> XisfImage:
    """Read how the first image of a file, or the one of some name (id), is stored.

    Raises
    ------
    FrameError
        As :func:`read_header`, and if there is no image of that name.
    """
    path = os.fspath(path)
    root, size = _read_root(path)
    return _describe(path, _find_image(path, root, name), size)


def image_names(path: str | os.PathLike) -> list[str]:
    """Return the names (ids) of the images of a file, empty where one has none."""
    root, _ = _read_root(os.fspath(path))
    return [element.get("id", "") for element in root.findall("Image")]


def read_keywords(path: str | os.PathLike) -> list[tuple[str, Value, str]]:
    """Read every keyword of FITS in the first image, with its value and its comment.

    Properties come last, as keywords that are not there otherwise; our own files need none.  A file
    without images tells those that stand outside of one.
    """
    root, _ = _read_root(os.fspath(path))
    element = root.find("Image")
    element = root if element is None else element
    cards = keywords_of(element)
    properties = properties_of(root, element)
    if properties.get("CREATOR") != CREATOR:
        there = {keyword for keyword, _, _ in cards}
        cards += [(key, value, "") for key, value in properties.items() if key not in there]
    return cards


def read_property(path: str | os.PathLike, name: str) -> str | None:
    """Read the text of a property of the first image of a file, None where it has none."""
    root, _ = _read_root(os.fspath(path))
    image = root.find("Image")
    for element in () if image is None else image.findall("Property"):
        if element.get("id") == name:
            return element.get("value") or element.text
    return None


def _read_root(path: str) -> tuple[ElementTree.Element, int]:
    """Return the header of a file as XML, and the file's bytes."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            return read_xml(path, file, size), size
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error


def _find_image(
    path: str, root: ElementTree.Element, name: str | None = None
) -> ElementTree.Element:
    for element in root.findall("Image"):
        if name is None or element.get("id") == name:
            return element
    raise FrameError(path, f"holds no image {name or 'of two dimensions'}")


def _describe(path: str, element: ElementTree.Element, size: int) -> XisfImage:
    def refuse(attribute: str) -> FrameError:
        said = f"{attribute} = {element.get(attribute)!r}"
        return FrameError(path, f"has an XISF image with {said}, which cannot be read")

    sides = _counts(element.get("geometry", ""))
    if len(sides) != 3 or not all(0 < side <= MAX_SIDE for side in sides):
        raise refuse("geometry")
    sample_format = element.get("sampleFormat", "")
    if sample_format not in SAMPLE_FORMATS:
        raise refuse("sampleFormat")
    low, high = (number(part) for part in (element.get("bounds", "") + ":").split(":")[:2])
    image = XisfImage(
        width=sides[0],
        height=sides[1],
        planes=sides[2],
        sample_format=sample_format,
        bounds=(low, high) if low is not None and high is not None else None,
        big_endian=element.get("byteOrder") == "big",
        interleaved=element.get("pixelStorage") == "Normal",
        compression=element.get("compression"),
        subblocks=element.get("subblocks"),
        checksum=element.get("checksum"),
    )
    kind, _, where = element.get("location", "").partition(":")
    if kind == "attachment" and len(_counts(where)) == 2:
        position, length = _counts(where)
        if position + length > size:
            raise too_short(path, size, position + length)
        return replace(image, position=position, size=length)
    if kind == "inline":
        return replace(image, text=element.text or "", encoding=where)
    data = element.find("Data")
    if kind == "embedded" and data is not None:
        return replace(
            image,
            compression=data.get("compression") or image.compression,
            subblocks=data.get("subblocks") or image.subblocks,
            checksum=data.get("checksum") or image.checksum,
            text=data.text or "",
            encoding=data.get("encoding", ""),
        )
    if kind.startswith(("path(", "url(")):
        said = element.get("location")
        raise FrameError(path, f"has its pixels in another file ({said}); save it as one .xisf")
    raise refuse("location")


def _counts(text: str) -> list[int]:
    parts = text.split(":")
    return [int(p) for p in parts] if all(p.isdecimal() and len(p) < 20 for p in parts) else []
