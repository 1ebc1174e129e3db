"""Files packed by xz, and by LZMA in a zip file: no dictionary larger than that of ``xz -9``.

The dictionary is the memory that unpacking takes.  A file says how large it is, up to 4 GB whatever
it holds, and Python's own reader of such files knows no limit.

Sources: the .xz file format 1.2.1; APPNOTE.TXT of PKWARE 6.3.10, sections 4.3.7 and 5.8.8.
"""

from __future__ import annotations

import io
import lzma
import zipfile
from typing import IO

from plateworks.errors import FrameError

#: How a stream begins.
MAGIC = b"\xfd7zXZ\x00"
#: Bytes that are read at a time.
_PIECE = 1 << 16
#: The dictionary of ``xz -9``, and what its decoder takes in all.
_DICTIONARY, _DECODER = 1 << 26, 1 << 26 | 1 << 20
#: In a zip file: bytes of a local header, and of what stands before the size of a dictionary.
_LOCAL, _BEFORE = 30, 5


class XzFile(io.RawIOBase):
    """What an open file holds that is packed by xz, from its beginning on.

    Several streams in a row are one file; what is none behind them is passed over.

    Raises
    ------
    FrameError
        As it is read, where a dictionary is too large.
    EOFError, lzma.LZMAError
        As it is read, where it is damaged.
    """

    def __init__(self, path: str, file: IO[bytes]):
        self._path, self._file = path, file
        self._rewind()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, by unpacking what lies before it."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the end is known once it is reached")
        wanted = offset + (self._position if whence == io.SEEK_CUR else 0)
        if wanted < self._position:
            self._rewind()
        while self._position < wanted and self.read(min(_PIECE, wanted - self._position)):
            pass
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _rewind(self) -> None:
        self._file.seek(0)
        self._position, self._waiting, self._stream = 0, b"", _stream()

    def _piece(self, most: int) -> bytes:
        """Return what comes next, at most so many bytes; none at the end."""
        while not self._stream.eof or self._goes_on():
            packed, self._waiting = self._waiting, b""
            if not packed and self._stream.needs_input:
                packed = self._file.read(_PIECE)
                if not packed:
                    raise EOFError("it breaks off")
            piece = self._unpack(packed, most)
            if piece:
                return piece
        return b""

    def _goes_on(self) -> bool:
        """Go on to the next stream, where there is one."""
        self._waiting = (self._stream.unused_data + self._file.read(_PIECE)).lstrip(b"\0")
        if not self._waiting.startswith(MAGIC):
            return False
        self._stream = _stream()
        return True

    def _unpack(self, packed: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(packed, most)
        except lzma.LZMAError as error:
            if "limit" in str(error):
                raise _too_large(self._path) from error
            raise


def _stream() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_DECODER)


def check_dictionary(path: str, file: IO[bytes], member: zipfile.ZipInfo) -> None:
    """Refuse a file within an open zip file whose dictionary is too large.

    Raises
    ------
    FrameError
        If it is.
    """
    if member.compress_type != zipfile.ZIP_LZMA:
        return
    file.seek(member.header_offset)
    local = file.read(_LOCAL)
    names = sum(int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
    file.seek(member.header_offset + _LOCAL + names + _BEFORE)
    if int.from_bytes(file.read(4), "little") > _DICTIONARY:
        raise _too_large(path)


def _too_large(path: str) -> FrameError:
    megabytes = _DICTIONARY >> 20
    return FrameError(
        path,
        f"is packed with a dictionary of more than {megabytes} MB, which unpacking would have to "
        "keep in memory; pack it again, with xz -9 or less",
    )
