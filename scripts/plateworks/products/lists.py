"""Cosmetic lists: text files that name the pixels to repair.

Written in the form of IRIS, ``P X Y``, or of Siril, ``P X Y H`` (hot) and ``C`` (cold), with CRLF
line ends.  X and Y count from 0; in IRIS Y counts from the first row that is stored, in Siril from
the last, whatever ROWORDER says.  The first comment of a list of ours says which, and the ROWORDER
of the image that it was found in.

Read as well: bare ``X Y`` (PULSAR's guide), and any line ends; ``#`` begins a comment.  A list that
does not say how it counts is Siril's where H or C stands behind its pixels.
"""

from __future__ import annotations

import logging
import os
import re
from array import array
from collections.abc import Collection, Iterable
from itertools import islice
from typing import NamedTuple

import numpy as np

from plateworks.errors import FrameError
from plateworks.files import atomic
from plateworks.metadata.bounds import MAX_SIDE
from plateworks.orders.frames import Placement
from plateworks.orders.repairs import ListForm
from plateworks.troubles import not_read

_log = logging.getLogger(__name__)

#: Says how the rows of a list count.
_COUNTS: dict[ListForm, str] = {
    "iris": "rows from the first that is stored, as in IRIS",
    "siril": "rows from the last that is stored, as in Siril",
}
_FROM_LAST = re.compile(r"#.*\brows from the (first|last) that is stored")
_ROW_ORDER = re.compile(r"#.*\bROWORDER (TOP-DOWN|BOTTOM-UP)")
_KINDS = ("H", "C")


class PixelList(NamedTuple):
    """What a cosmetic list names.

    Attributes
    ----------
    pixels : (N, 2) int64 array
        Column X and row Y of each pixel, from 0 and the first stored row, in the order of the list.
    row_order : str or None
        ROWORDER of the image in which they were found, where the list says it.
    """

    pixels: np.ndarray
    row_order: str | None = None


def write_list(
    path: str | os.PathLike,
    hot: np.ndarray,
    cold: np.ndarray,
    *,
    rows: int,
    form: ListForm = "iris",
    about: str = "",
    row_order: str | None = None,
    told: str | None = None,
    notes: Iterable[str] = (),
) -> None:
    """Write a cosmetic list atomically.

    Parameters
    ----------
    path : path
    hot, cold : (N, 2) integer arrays
        Column X and row Y of each pixel, in the order they shall have in the list.
    rows : int
        Those of the image.
    form : str
        ``iris`` or ``siril``.
    about : str
        Begins the comment in the first line.
    row_order : str or None
        ROWORDER of the image.
    told : str or None
        A digest of what the job of the list was told.
    notes : iterable of str
        More comments, one a line.
    """
    counts = f"X Y count from 0, {_COUNTS[form]}"
    counts += f", ROWORDER {row_order}" if row_order else ""
    marks = [] if told is None else [f"PWTOLD {told} (digest of what its job was told)"]
    lines = [f"# {about}; {counts}" if about else f"# {counts}"]
    lines += [f"# {one}" for one in (*marks, *notes)]
    for pixels, kind in zip((hot, cold), _KINDS, strict=True):
        for x, y in pixels.tolist():
            lines.append(f"P {x} {y}" if form == "iris" else f"P {x} {rows - 1 - y} {kind}")
    with atomic(path, "w", newline="\r\n") as stream:
        stream.write("".join(line + "\n" for line in lines))


def read_list(
    path: str | os.PathLike, shape: tuple[int, int] | None = None, *, rows: int | None = None
) -> PixelList:
    """Read a cosmetic list.

    Parameters
    ----------
    path : path
    shape : (height, width), optional
        Size of the image; pixels outside are left out with a warning.
    rows : int, optional
        Its height, where nothing else is known of it.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            listing = _listing(stream)
    except OSError as error:
        raise not_read(path, error, "the cosmetic list cannot be read") from error
    _warn(path, listing.unread, "cannot be understood")
    pixels = np.array(listing.pixels, dtype=np.int64).reshape(-1, 2)
    height = rows if shape is None else shape[0]
    if listing.from_last:
        if height is None:
            raise FrameError(str(path), "counts rows from the last, and how many there are is open")
        pixels[:, 1] = height - 1 - pixels[:, 1]
    if shape is not None:
        inside = _inside(pixels, shape)
        _warn(path, np.array(listing.read)[~inside], "lie outside the frame")
        pixels = pixels[inside]
    return PixelList(pixels, listing.row_order)


class _Listing(NamedTuple):
    """What the lines of a list say; in arrays, since a list may be long."""

    pixels: array[int]  # column and row of one after the other
    read: array[int]  # the numbers of their lines
    unread: array[int]
    from_last: bool
    row_order: str | None


def _listing(lines: Iterable[str]) -> _Listing:
    pixels, read, unread = array("q"), array("q"), array("q")
    last = order = None
    kinds = False
    for number, line in enumerate(lines, 1):
        last, order = last or _FROM_LAST.match(line), order or _ROW_ORDER.match(line)
        words = line.split("#")[0].split()
        if not words:
            continue
        kind = len(words) == 4 and words[3].upper() in _KINDS
        pixel = _pixel(words[:3] if kind else words)
        if pixel is None:
            unread.append(number)
        else:
            pixels.extend(pixel)
            read.append(number)
            kinds |= kind
    from_last = kinds if last is None else last[1] == "last"
    return _Listing(pixels, read, unread, from_last, None if order is None else order[1])


def lay(listed: np.ndarray, placement: Placement) -> np.ndarray:
    """Return the pixels of a frame that those of an image are, laid upon it; (N, 2) int64."""
    pixels, rows = listed, placement.rows
    if placement.crop is not None:
        left, first, width, rows = placement.crop
        pixels = pixels - (left, first)
        pixels = pixels[_inside(pixels, (rows, width))]
    if placement.turned:
        pixels = np.stack([pixels[:, 0], rows - 1 - pixels[:, 1]], axis=1)
    return pixels


def _inside(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    inside: np.ndarray = np.all((pixels >= 0) & (pixels < (shape[1], shape[0])), axis=1)
    return inside


def _warn(path: str | os.PathLike, lines: Collection[int], what: str) -> None:
    if len(lines):
        shown = ", ".join(map(str, islice(lines, 5))) + (", ..." if len(lines) > 5 else "")
        _log.warning("%s: %d lines %s and are passed over: %s", path, len(lines), what, shown)


def _pixel(words: list[str]) -> tuple[int, int] | None:
    """Read the words of one line as a pixel, None if they are none."""
    if len(words) == 3 and words[0].upper() == "P":
        words = words[1:]
    if len(words) != 2:
        return None
    try:
        column, row = int(words[0]), int(words[1])
    except ValueError:
        return None
    return (column, row) if max(abs(column), abs(row)) <= MAX_SIDE else None
