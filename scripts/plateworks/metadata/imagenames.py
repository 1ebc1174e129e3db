"""Which files can be images, by their names."""

from __future__ import annotations

import os

from plateworks.metadata.packed import PACKED_SUFFIXES

_FITS_SUFFIXES = (".fit", ".fits", ".fts")

#: Endings of the names of image files, in lower case.
IMAGE_SUFFIXES = (
    *_FITS_SUFFIXES,
    *(suffix + pack for suffix in _FITS_SUFFIXES for pack in (*PACKED_SUFFIXES, ".fz")),
    ".xisf",
    ".xish",
)


def is_image_name(name: str) -> bool:
    """Tell whether a file of this name or path can be an image; hidden files are not."""
    name = os.path.basename(name)
    return name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".")
