"""Formats of image files behind one interface, :class:`plateworks.metadata.formats.format.Format`.

To add one: a class in a file of its own, and its place in :data:`FORMATS`.  If products are to be
written in it: what writes them, and its entry in :mod:`plateworks.products.imagefiles`.
"""

from __future__ import annotations

import os
from functools import cache

from plateworks.metadata.formats.camera import CameraRaw
from plateworks.metadata.formats.fits import Fits
from plateworks.metadata.formats.format import Format
from plateworks.metadata.formats.xisf import Xisf
from plateworks.metadata.header import Header

#: All there are, in the order in which a file is asked for its own.
FORMATS: tuple[Format, ...] = (Fits(), Xisf(), CameraRaw())


def beginning(path: str | os.PathLike[str], start: bytes) -> Format | None:
    """Return the format of a file that begins with some bytes; None if it has none of these."""
    name = os.fspath(path)
    for one in FORMATS:  # a loop takes half the time of a generator
        if one.begins(name, start):
            return one
    return None


def named(path: str | os.PathLike[str]) -> Format | None:
    """Return the format that the ending of a name tells; None if it is that of no image."""
    name = os.fspath(path).lower()
    return next((one for one in FORMATS if name.endswith(one.endings)), None)


def of(header: Header) -> Format:
    """Return the format of the file that a header was read from."""
    return next(one for one in FORMATS if one.name == header.format)


def endings() -> tuple[str, ...]:
    """Return the endings of the names of image files, in lower case."""
    return _all(FORMATS, "endings")


def whole() -> tuple[str, ...]:
    """Return the endings of those that go through memory as a whole when they are read."""
    return _all(FORMATS, "whole")


def written() -> tuple[str, ...]:
    """Return the endings that the names of products may have."""
    return _all(FORMATS, "written")


@cache
def _all(known: tuple[Format, ...], what: str) -> tuple[str, ...]:
    return tuple(ending for one in known for ending in getattr(one, what))
