"""The pixels of a frame that are replaced: those of a list, and those of a mask."""

from __future__ import annotations

import numpy as np

from plateworks.errors import FrameError
from plateworks.orders.frames import Placement
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.masks import BAD, HOT
from plateworks.pixels.repair import Listed, listed
from plateworks.products.laying import laid
from plateworks.products.lists import lay, read_list
from plateworks.products.reading import FrameReader


def read_repairs(
    listed_in: tuple[str | None, Placement | None, str | None],
    masked_in: tuple[str | None, Placement | None],
    shape: tuple[int, int],
    cell: Cell = MONO,
) -> Listed:
    """Return the pixels of a cosmetic list, marked HOT, and those of a mask, marked BAD.

    `shape` is that of the array; a list names places, in whatever planes there are.
    """
    shape = cell.height(shape[0]), shape[1]
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
            many, bad = reader.cell, laid(reader.read(), placement) != 0
        if bad.shape != (shape[0] * cell.planes, shape[1]) or many != cell:
            raise FrameError(badpix, f"is of size {bad.shape}, and the frames are of {shape}")
        bits = np.tile(bits, (cell.planes, 1))
        bits[bad] |= BAD
        return listed(bits)
    return listed(np.tile(bits, (cell.planes, 1)))
