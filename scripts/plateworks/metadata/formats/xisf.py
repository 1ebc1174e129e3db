"""XISF 1.0 (PixInsight), monolithic files."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, BinaryIO

from plateworks.errors import FrameError
from plateworks.metadata.formats.format import Format, Keyword, as_in_fits
from plateworks.metadata.header import Header
from plateworks.metadata.values import Cards
from plateworks.metadata.xisf import read_header, read_keywords, read_property

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"XISF"
#: The ending of headers without pixels.
_PARTED = ".xish"


class Xisf(Format):
    """One file with all pixels in it; what it says is told in keywords of FITS."""

    name = "XISF"
    endings = (".xisf", _PARTED)
    whole = (".xisf",)
    written = (".xisf",)
    media_type = "image/x-xisf"
    tells_range = True
    upper_row_first = True
    tables_as_text = True

    def begins(self, path: str, start: bytes) -> bool:
        return start.startswith(_MAGIC) or path.lower().endswith(_PARTED)

    def read(self, path: str, handle: int, size: int, start: bytes) -> Header:
        if not start.startswith(_MAGIC):
            raise FrameError(
                path,
                "is the header of an XISF image whose pixels are in other files; save it as .xisf",
            )
        with open(handle, "rb", closefd=False) as file:
            return read_header(path, file, size)

    def stored(self, path: str, header: Header) -> NDArray[Any]:
        from plateworks.metadata.xisf_pixels import read_pixels

        return as_in_fits(read_pixels(path))

    def counted(self, path: str, header: Header) -> NDArray[Any]:
        from plateworks.metadata.xisf_pixels import read_adu

        return as_in_fits(read_adu(path))

    def keywords(self, path: str) -> list[Keyword] | None:
        return read_keywords(path)

    def values(self, path: str, file: BinaryIO, start: bytes, wanted: Collection[str]) -> Cards:
        # The keyword stands in the XML, whose length stands behind the signature.
        length = int.from_bytes(start[8:12], "little")
        whole = start + file.read(max(0, 16 + length - len(start)))
        if not any(keyword.encode() in whole for keyword in wanted):
            return {}
        return {key: value for key, value, _ in reversed(read_keywords(path)) if key in wanted}

    def text(self, path: str, name: str) -> str | None:
        return read_property(path, name)
