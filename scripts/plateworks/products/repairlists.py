"""The pixels of a frame that are replaced: those of a list, and those of a mask."""

from __future__ import annotations

import numpy as np

from plateworks.errors import FrameError
from plateworks.orders.frames import Placement
from plateworks.pixels.masks import BAD, HOT
from plateworks.pixels.repair import Listed, listed
from plateworks.products.laying import laid
from plateworks.products.lists import lay, read_list
from plateworks.products.reading import FrameReader


def read_repairs(
    listed_in: tuple[str | None, Placement | None, str | None],
    masked_in: tuple[str | None, Placement | None],
    shape: tuple[int, int],
) -> Listed:
    """Return the pixels of a cosmetic list, marked HOT, and those of a mask, marked BAD."""
    bits = np.zeros(shape, np.uint8)
    cosmetic, placement, row_order = listed_in
    if cosmetic is not None:
        whole = placement is None or placement.crop is None
        rows = shape[0] if placement is None else placement.rows
        pixels, said = read_list(cosmetic, shape if whole else None, rows=rows)
        if placement is None and None not in (said, row_order) and said != row_order:
            placement = Placement(turned=True, rows=rows)
        if placement is not None:
            pixels = lay(pixels, placement)
        bits[pixels[:, 1], pixels[:, 0]] = HOT
    badpix, placement = masked_in
    if badpix is not None:
        with FrameReader(badpix) as reader:
            bad = laid(reader.read(), placement) != 0
        if bad.shape != shape:
            raise FrameError(badpix, f"is of size {bad.shape}, and the frames are of {shape}")
        bits[bad] |= BAD
    return listed(bits)
