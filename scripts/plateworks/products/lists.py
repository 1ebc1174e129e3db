"""Cosmetic lists: text files that name the pixels to repair.

Written in the form of IRIS, ``P X Y`` with CRLF line ends, counted from 0, row 0 being the first
stored row.  Read as well: ``P X Y H`` or ``C`` (hot or cold, Siril's form) and bare ``X Y``
(PULSAR's guide), with any line ends; ``#`` begins a comment.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable

import numpy as np

from plateworks.errors import FrameError
from plateworks.files import atomic

_log = logging.getLogger(__name__)


def write_list(path: str | os.PathLike, pixels: np.ndarray, comments: Iterable[str] = ()) -> None:
    """Write a cosmetic list atomically.

    Parameters
    ----------
    path : path
    pixels : (N, 2) integer array
        Column X and row Y of each pixel, in the order they shall have in the list.
    comments : iterable of str
        Lines put first, each behind ``#``.
    """
    lines = [f"# {line}" for line in comments] + [f"P {x} {y}" for x, y in pixels.tolist()]
    with atomic(path, "w", newline="\r\n") as stream:
        stream.write("".join(line + "\n" for line in lines))


def read_list(path: str | os.PathLike, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Read a cosmetic list.

    Parameters
    ----------
    path : path
    shape : (height, width), optional
        Size of the sensor; pixels outside are left out with a warning.

    Returns
    -------
    (N, 2) int64 array
        Column X and row Y of each pixel, in the order of the list.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError as error:
        reason = f"the cosmetic list cannot be read ({error.strerror})"
        raise FrameError(str(path), reason) from error
    found, unread, outside = [], [], []
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        pixel = _pixel(text.split())
        if pixel is None:
            unread.append(number)
        elif shape is not None and not (0 <= pixel[0] < shape[1] and 0 <= pixel[1] < shape[0]):
            outside.append(number)
        else:
            found.append(pixel)
    for numbers, what in ((unread, "cannot be understood"), (outside, "lie outside the frame")):
        if numbers:
            shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
            _log.warning("%s: %d lines %s and are passed over: %s", path, len(numbers), what, shown)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _pixel(words: list[str]) -> tuple[int, int] | None:
    """Read the words of one line as a pixel, None if they are none."""
    if len(words) == 4 and words[3].upper() in ("H", "C"):
        words = words[:3]
    if len(words) == 3 and words[0].upper() == "P":
        words = words[1:]
    if len(words) != 2:
        return None
    try:
        return int(words[0]), int(words[1])
    except ValueError:
        return None
