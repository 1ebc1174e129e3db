"""What the mask of bad pixels of flats means to the mask of a light, beside what is repaired."""

from __future__ import annotations

import numpy as np

from plateworks.metadata.caveats import texts_of
from plateworks.orders.frames import Placement
from plateworks.pixels.masks import NONLINEAR
from plateworks.products.darkflags import Flags
from plateworks.products.laying import laid
from plateworks.products.reading import FrameReader

#: Card of a mask: how many pixels of it are non-linear.
NONLINEAR_COUNT = "NNONLIN"


def read_nonlinear(path: str, placement: Placement | None) -> Flags:
    """Return the non-linear pixels of a frame by the mask of its flat; mostly none.

    Parameters
    ----------
    path : str
        The mask.
    placement : Placement or None
        How it is laid upon the frame.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    pixels = np.zeros(0, np.int64)
    if texts_of(path, NONLINEAR_COUNT)[0] not in ("", "0"):
        with FrameReader(path) as reader:
            mask = laid(reader.read(), placement).astype(np.int64)
        pixels = np.flatnonzero(mask & NONLINEAR)
    return Flags(pixels, np.full(pixels.size, NONLINEAR, np.uint16))
