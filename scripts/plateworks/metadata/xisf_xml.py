"""The XML at the beginning of an XISF file: read piece by piece, and no more of it than is of use.

Source: XISF 1.0 specification (PixInsight, 2014-2020), section 9.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import BinaryIO, NoReturn

from plateworks.errors import FrameError
from plateworks.metadata.header import too_short
from plateworks.metadata.strangers import told_by_beginning

SIGNATURE = b"XISF0100"

#: Solutions by PixInsight reach some megabytes, and some thousands of elements.
_MAX_XML, _MAX_ELEMENTS = 16 << 20, 100_000
_PIECE = 1 << 16
#: The elements that are read, without their namespace, which some writers omit.
_READ = frozenset(
    ("xisf", "Metadata", "Property", "Image", "FITSKeyword", "Data", "ColorFilterArray")
)


def read_xml(path: str, file: BinaryIO, size: int) -> ElementTree.Element:
    """Read the header of an open file of `size` bytes: the elements that are of use.

    Raises
    ------
    FrameError
        If it is none of XISF, is cut off, is absurdly large, or no XML.
    """
    file.seek(0)
    start = file.read(16)
    length = int.from_bytes(start[8:12], "little")
    if not start.startswith(SIGNATURE):
        raise FrameError(path, f"is not XISF: {told_by_beginning(start)}")
    if length > _MAX_XML:
        raise FrameError(path, f"has an XISF header of {length:,} bytes, which is absurd")
    if size < 16 + length:
        raise too_short(path, size, 16 + length)
    parser = ElementTree.XMLParser(target=_Target(path), encoding="utf-8")
    zeros = 0  # which some writers put behind it
    try:
        while length:
            piece = file.read(min(length, _PIECE))
            if not piece:
                raise too_short(path, file.tell(), size)
            bare = piece.rstrip(b"\0")
            if bare:
                parser.feed(bytes(zeros) + bare)
                zeros = 0
            zeros += len(piece) - len(bare)
            length -= len(piece)
        root: ElementTree.Element = parser.close()
    except ElementTree.ParseError as error:
        raise FrameError(path, f"has an XISF header that is not XML ({error})") from error
    return root


class _Target:
    """Builds the elements that are read, without those within others that are not."""

    def __init__(self, path: str):
        self._path, self._builder = path, ElementTree.TreeBuilder()
        self._count = self._passed_over = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS:
            raise FrameError(
                self._path, f"has an XISF header of more than {_MAX_ELEMENTS:,} elements"
            )
        name = tag.rpartition("}")[2]
        if self._passed_over or name not in _READ:
            self._passed_over += 1
        else:
            self._builder.start(name, attributes)

    def end(self, tag: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
        else:
            self._builder.end(tag.rpartition("}")[2])

    def data(self, text: str) -> None:
        if not self._passed_over:
            self._builder.data(text)

    def doctype(self, *_: object) -> NoReturn:
        # It could define entities that grow without bound, or name other files.
        raise FrameError(self._path, "has an XISF header with a document type, which XISF forbids")

    def close(self) -> ElementTree.Element:
        return self._builder.close()
