"""XISF products: written whole or not at all, and in the same bytes every time.

Source of the form: XISF 1.0 specification (PixInsight), sections 9 to 11.
"""

from __future__ import annotations

import hashlib
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.files import atomic
from plateworks.metadata.datadigest import DATA, digest_of_pixels
from plateworks.metadata.values import Value
from plateworks.metadata.xisf import image_names
from plateworks.metadata.xisf_cards import COMMENTARY, CREATOR
from plateworks.metadata.xisf_pixels import WHITE, read_adu, read_pixels
from plateworks.metadata.xisf_seal import SEAL, UNSEALED, is_unsealed, sealed
from plateworks.metadata.xisf_xml import SIGNATURE
from plateworks.products.encoding import pixel_pieces
from plateworks.products.headers import clean_header, put, without_pixels, xisf_header
from plateworks.products.image import PLANES, Image, below_each_other
from plateworks.products.tables import table_text
from plateworks.products.xisfpacking import pack

#: Blocks of pixels begin at multiples of this, as in PixInsight's own files.
_ALIGNMENT = 4096
#: No position of a block has more digits.
_DIGITS = 20

#: Type of the pixels -> the type that is stored, and its name.  XISF has no signed integers.
_FORMATS = {
    "uint8": ("<u1", "UInt8"),
    "uint16": ("<u2", "UInt16"),
    "uint32": ("<u4", "UInt32"),
    "int16": ("<f4", "Float32"),
    "int32": ("<f8", "Float64"),
    "float32": ("<f4", "Float32"),
    "float64": ("<f8", "Float64"),
}

#: IMAGETYP, without spaces and case -> imageType of XISF.
_TYPES = {
    "masterbias": "MasterBias", "masterdark": "MasterDark", "masterdarkflat": "MasterDark",
    "masterflat": "MasterFlat", "light": "Light", "lightframe": "Light",
}  # fmt: skip


def write_xisf(path: str | os.PathLike, image: Image, compression: str | None = None) -> None:
    """Write one image, atomically; its planes become the second image and those that follow.

    The cards become elements FITSKeyword.  Floating-point pixels stay in their unit, with bounds of
    0 and 65535: programs that think in 0 to 1 divide by that.  The time of creation, which XISF
    demands, is 1970, so that the same input gives the same bytes.

    Parameters
    ----------
    path : path
        Where the file shall be; its folder is made.
    image : Image
    compression : str or None
        As :func:`plateworks.products.xisfpacking.pack` takes it; None stores the pixels plainly.
    """
    root, cards = _root(), clean_header(image.header)
    blocks: list[np.ndarray] = []
    many = image.colours
    element = _add_image(root, blocks, image.data, many, imageType=_type_of(cards))
    put(cards, DATA, digest_of_pixels(pixel_pieces(blocks[0])), "XXH3 of the data")
    _add_cards(element, cards)
    if "BAYERPAT" in cards:
        pattern = str(cards["BAYERPAT"]).strip()
        ElementTree.SubElement(element, "ColorFilterArray", pattern=pattern, width="2", height="2")
    for table in image.tables:
        _add_property(element, table.property, "String", table_text(table))
    for plane, pixels in image.planes():
        _add_image(root, blocks, plane.loaded(pixels), many, id=plane.name)
    _write(path, root, [pack(block, compression) for block in blocks])


def write_xisf_cards(path: str | os.PathLike, header: fits.Header) -> None:
    """Write a file of cards without an image, atomically."""
    root = _root()
    _add_cards(root, clean_header(header))
    _write(path, root, [])


def read_xisf(path: str | os.PathLike) -> Image:
    """Read one of our own products, its planes included.

    Raises
    ------
    FrameError
        If the file cannot be read, or is the marker of a frame that was set aside.
    """
    names, header = image_names(path), xisf_header(path)
    if not names:
        raise without_pixels(path, header)
    planes: dict[str, Any] = {
        plane.field: plane.loaded(read_pixels(path, plane.name))
        for plane in PLANES
        if plane.name in names
    }
    data, colours = below_each_other(read_adu(path))
    return Image(data, header, **planes, colours=colours)


def read_xisf_sigma(path: str | os.PathLike) -> np.ndarray | None:
    """Read the standard deviations of an image's pixels, (H, W) float32; None if it has none."""
    names = [plane.name for plane in PLANES if plane.field == "sigma"]
    found = [read_pixels(path, name) for name in names if name in image_names(path)]
    return below_each_other(found[0])[0].astype(np.float32, copy=False) if found else None


def flaws_of_xisf(path: str | os.PathLike) -> Iterator[str]:
    """Yield what was changed in a product since it was written, as clauses.

    Raises
    ------
    FrameError
        If the pixels do not agree with the checksum of their block.
    TroubleError
        If it cannot be read.
    """
    if is_unsealed(path):
        yield "has another header than was written"
    read_xisf(path)


def _root() -> ElementTree.Element:
    return ElementTree.Element("xisf", version="1.0", xmlns="http://www.pixinsight.com/xisf")


def _add_image(
    root: ElementTree.Element,
    blocks: list[np.ndarray],
    data: np.ndarray,
    colours: int,
    **more: str | None,
) -> ElementTree.Element:
    stored, name = _FORMATS[data.dtype.name]
    block = np.ascontiguousarray(data, dtype=stored)
    blocks.append(block)
    attributes = {
        "geometry": f"{data.shape[1]}:{data.shape[0] // colours}:{colours}",
        "sampleFormat": name,
        "bounds": f"0:{WHITE:g}" if block.dtype.kind == "f" else None,
        "colorSpace": "Gray" if colours == 1 else "RGB",
        **more,
    }
    known = {key: value for key, value in attributes.items() if value is not None}
    return ElementTree.SubElement(root, "Image", known)


def _type_of(cards: fits.Header) -> str | None:
    return _TYPES.get(str(cards.get("IMAGETYP", "")).replace(" ", "").lower())


def _add_cards(element: ElementTree.Element, cards: fits.Header) -> None:
    for card in cards.cards:
        keyword, value, comment = card.keyword, card.value, card.comment
        if keyword in COMMENTARY:
            value, comment = "", str(value)
        else:
            value = _as_text(value)
            keyword = keyword if len(keyword) <= 8 and " " not in keyword else f"HIERARCH {keyword}"
        ElementTree.SubElement(element, "FITSKeyword", name=keyword, value=value, comment=comment)


def _as_text(value: Value | fits.card.Undefined) -> str:
    """Write a value as FITS does (standard 4.0, section 4.2)."""
    if value is None or isinstance(value, fits.card.Undefined):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "T" if value else "F"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(float(value)).upper() if isinstance(value, float) else str(value)


def _add_metadata(root: ElementTree.Element) -> None:
    metadata = ElementTree.SubElement(root, "Metadata")
    _add_property(metadata, "XISF:CreationTime", "TimePoint", "1970-01-01T00:00:00Z")
    _add_property(metadata, "XISF:CreatorApplication", "String", CREATOR)
    _add_property(metadata, "XISF:BlockAlignmentSize", "UInt16", str(_ALIGNMENT))
    _add_property(metadata, SEAL, "String", UNSEALED)


def _add_property(element: ElementTree.Element, name: str, kind: str, value: str) -> None:
    where = ElementTree.SubElement(element, "Property", id=name, type=kind)
    if kind == "String":
        where.text = value
    else:
        where.set("value", value)


def _write(
    path: str | os.PathLike,
    root: ElementTree.Element,
    blocks: list[tuple[np.ndarray, str | None]],
) -> None:
    _add_metadata(root)
    images = root.findall("Image")
    for element, (block, compression) in zip(images, blocks, strict=True):
        if compression is not None:
            element.set("compression", compression)
        stored = hashlib.sha1(block.reshape(-1).view(np.uint8).data, usedforsecurity=False)
        element.set("checksum", f"sha-1:{stored.hexdigest()}")
    room = 16 + len(ElementTree.tostring(root)) + (len(images) + 1) * (_DIGITS * 2 + 64)
    position = _aligned(room)
    positions = []
    for element, (block, _) in zip(images, blocks, strict=True):
        element.set("location", f"attachment:{position}:{block.nbytes}")
        positions.append(position)
        position = _aligned(position + block.nbytes)
    xml = sealed(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))
    with atomic(path) as stream:
        stream.write(SIGNATURE + len(xml).to_bytes(4, "little") + bytes(4) + xml)
        for position, (block, _) in zip(positions, blocks, strict=True):
            stream.write(bytes(position - stream.tell()))
            block.tofile(stream)


def _aligned(position: int) -> int:
    return -(-position // _ALIGNMENT) * _ALIGNMENT
