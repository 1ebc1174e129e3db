"""Products of ours in FITS, read as they lie: astropy takes several times as long to open a file.

It builds objects for every HDU and every column, checks and copies them; a night of lights is
opened some ten times.  Here only what we write is read, and what is written in any other way, or
broken, is left to astropy: then nothing is returned.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from plateworks.errors import FrameError
from plateworks.files import read_at, read_into
from plateworks.metadata.checksums import OURS
from plateworks.metadata.hdus import BLOCK, CARD, FIRST_READ, Hdu, read_hdus

_Path = str | os.PathLike[str]

_MAGIC = b"SIMPLE  ="
_OURS = f"{OURS:<8}=".encode()
_END = b"END".ljust(CARD)
#: BITPIX of an array -> its type.
_TYPES = {8: "u1", 16: ">i2", 32: ">i4", -32: ">f4", -64: ">f8"}
#: Letter of a column -> the type of its values; of texts astropy knows more.
_LETTERS = {"L": "i1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
#: Cards by which values are not those that are stored.
_TURNED = re.compile(r"(?:BSCALE|BZERO|BLANK|ZIMAGE|GROUPS|THEAP|T(?:SCAL|ZERO|NULL|DIM)\d+) *=")
_COLUMN = re.compile(r"(TTYPE|TFORM)(\d+) *= '([^']*)'")


def plain_header(path: _Path) -> fits.Header | None:
    """Return the cards of the first HDU, those of its structure as they are in the file.

    Returns
    -------
    astropy.io.fits.Header or None
        None for whatever is not FITS that we wrote.
    """
    with suppress(OSError), open(path, "rb", buffering=0) as file:
        return _parsed(_first_header(file.fileno()))
    return None


def plain_arrays(
    path: _Path, wanted: tuple[str, ...]
) -> tuple[fits.Header, dict[str, NDArray[Any]]] | None:
    """Return the cards of the first HDU, its array under no name, and those of some extensions.

    Returns
    -------
    (Header, mapping) or None
        Arrays in the order of bytes of the file; None unless the values are those that are stored.
    """
    with suppress(OSError, FrameError), open(path, "rb", buffering=0) as file:
        header = _parsed(_first_header(file.fileno()))
        if header is None:
            return None
        arrays: dict[str, NDArray[Any]] = {}
        for number, hdu in enumerate(read_hdus(os.fspath(path), file.fileno())):
            name = str(hdu.cards.get("EXTNAME") or "") if number else ""
            if name not in wanted and name.upper().strip() in wanted:
                return None
            if number and (name not in wanted or name in arrays):
                continue
            array = _array(hdu, file.fileno())
            if array is None:
                return None
            arrays[name] = array
        return header, arrays
    return None


def plain_table(path: _Path, name: str) -> Mapping[str, NDArray[Any]] | None:
    """Return the columns of a table in the order of bytes of the machine; none without the table.

    Returns
    -------
    mapping or None
        None for whatever is not FITS that we wrote, and for tables with texts in them.
    """
    with suppress(OSError, FrameError), open(path, "rb", buffering=0) as file:
        hdu = None
        for number, hdu in enumerate(read_hdus(os.fspath(path), file.fileno())):
            if number == 0 and OURS not in hdu.cards:
                return None
            if number and hdu.cards.get("EXTNAME") == name:
                return _columns(hdu, file.fileno())
            if number and str(hdu.cards.get("EXTNAME")).upper().strip() == name.upper():
                return None
        return {} if hdu and _ends_behind(hdu, file.fileno()) else None
    return None


def _first_header(file: int) -> bytes:
    """Return the blocks of the first header up to its end; nothing where it has none."""
    text = read_at(file, FIRST_READ, 0)
    while text.startswith(_MAGIC):
        place = text.find(_END)
        while place % CARD and place > 0:
            place = text.find(_END, place + 1)
        if place >= 0:
            length = -(-(place + CARD) // BLOCK) * BLOCK
            return text[:length] if length <= len(text) else b""
        more = read_at(file, FIRST_READ, len(text))
        if not more:
            break
        text += more
    return b""


def _parsed(text: bytes) -> fits.Header | None:
    if _OURS not in text or not text.isascii():
        return None
    return fits.Header.fromstring(text)


def _array(hdu: Hdu, file: int) -> NDArray[Any] | None:
    """Return the array of an image; None unless it has one whose values are those stored."""
    cards = hdu.cards
    shape = [cards.get(f"NAXIS{axis}") for axis in _axes(cards.get("NAXIS"))]
    dtype = _TYPES.get(cards.get("BITPIX"))  # type: ignore[arg-type] # whatever it holds
    image = cards.get("XTENSION", "IMAGE") == "IMAGE"
    if dtype is None or not shape or not image or _is_turned(hdu):
        return None
    if hdu.size == 0 or not all(type(side) is int for side in shape):
        return None
    array = np.empty(shape, dtype)  # type: ignore[arg-type] # they are, as was just seen
    if array.nbytes != hdu.size or read_into(file, array.data, hdu.start) < hdu.size:
        return None
    return array


def _axes(count: object) -> Iterator[int]:
    yield from range(count, 0, -1) if isinstance(count, int) else ()


def _columns(hdu: Hdu, file: int) -> Mapping[str, NDArray[Any]] | None:
    """Return the columns of a table; None unless their values are those stored."""
    told: dict[str, dict[str, str]] = {"TTYPE": {}, "TFORM": {}}
    for card in _cards(hdu):
        if found := _COLUMN.match(card):
            told[found[1]][found[2]] = found[3].rstrip()
    names, letters = told["TTYPE"], told["TFORM"]
    known = names.keys() == letters.keys() and set(letters.values()) <= _LETTERS.keys()
    if hdu.cards.get("XTENSION") != "BINTABLE" or not known or _is_turned(hdu):
        return None
    fields = [(names[one], _LETTERS[letters[one]]) for one in sorted(names, key=int)]
    if len(dict(fields)) < len(fields):
        return None
    width, rows = (hdu.cards.get(f"NAXIS{axis}") for axis in (1, 2))
    kind = np.dtype(fields)
    data = read_at(file, hdu.size, hdu.start)
    if kind.itemsize != width or not isinstance(rows, int) or len(data) != rows * width:
        return None
    table = np.ndarray(rows, kind, data)
    return {name: _values(table[name], letters[n]) for n, name in names.items()}


def _values(stored: NDArray[Any], letter: str) -> NDArray[Any]:
    if letter == "L":
        return stored == ord("T")
    return np.array(stored, stored.dtype.newbyteorder("="))


def _is_turned(hdu: Hdu) -> bool:
    return any(map(_TURNED.match, _cards(hdu)))


def _cards(hdu: Hdu) -> Iterator[str]:
    return (hdu.text[place : place + CARD] for place in range(0, len(hdu.text), CARD))


def _ends_behind(hdu: Hdu, file: int) -> bool:
    """Whether a file ends where one of its blocks does, behind its last HDU: another was cut."""
    size = os.fstat(file).st_size
    return size % BLOCK == 0 and size >= hdu.start + hdu.size
