"""Which pixels a product calls defects: the table and the list of a dark, the mask of flats."""

from __future__ import annotations

import logging
from typing import NamedTuple

import numpy as np

from plateworks.errors import FrameError
from plateworks.orders.defects import DARK, DefectSource
from plateworks.pixels.arrays import Bools, Doubles, Integers
from plateworks.pixels.defects import KINDS
from plateworks.pixels.masks import BAD, NONLINEAR
from plateworks.products.imagefiles import read_image
from plateworks.products.lists import read_list
from plateworks.products.pixeltable import PixelRows, read_pixels

_log = logging.getLogger(__name__)

#: Kinds beyond those of the tables.
_FIRST = max(KINDS) << 1
LISTED, UNEVEN, OUT_OF_PROPORTION, BENT = (_FIRST << n for n in range(4))
#: bit -> what it means, in a few words.
WORDS = {bit: text.partition(":")[0] for bit, text in KINDS.items()} | {
    LISTED: "listed without a kind",
    UNEVEN: "dead or cold in flats",
    OUT_OF_PROPORTION: "out of proportion in flats",
    BENT: "non-linear in flats",
}


class Sighting(NamedTuple):
    """The K pixels that a source tells of.

    Attributes
    ----------
    source : DefectSource
    pixels : (K,) int64 array
        Flat indices, upwards, each once.
    named : (K,) bool array
        Whether a list or a mask names the pixel; else only the table of the dark has it.
    harm : (K,) float64 array
        By which part each raises the noise of a frame; NaN where that is not known.
    kinds : (K,) int64 array
        Bits of :data:`WORDS`.
    """

    source: DefectSource
    pixels: Integers
    named: Bools
    harm: Doubles
    kinds: Integers


def read_sighting(source: DefectSource, shape: tuple[int, int]) -> Sighting | None:
    """Read what a source tells; None, and a warning, where it cannot be read or tells nothing.

    Parameters
    ----------
    source : DefectSource
    shape : (height, width)
        Of its image.
    """
    try:
        return _of_dark(source, shape) if source.witness == DARK else _of_mask(source, shape)
    except FrameError as error:
        _log.warning("%s  Its defects are left out.", error)
        return None


def _of_dark(source: DefectSource, shape: tuple[int, int]) -> Sighting | None:
    table = read_pixels(source.path, places=True)
    if table is None and source.listed is None:
        _log.warning("%s has no table of pixels and no list: its defects are open", source.path)
        return None
    if table is None:
        nothing = np.empty(0, np.int64)
        table = PixelRows(nothing, nothing, np.empty(0), nothing)
    inside = (table.x >= 0) & (table.x < shape[1]) & (table.y >= 0) & (table.y < shape[0])
    x, y, harm, kinds = table
    table = PixelRows(x[inside], y[inside], harm[inside], kinds[inside])
    told = _indices(source, shape, table.x, table.y)
    listed = np.empty(0, np.int64)
    if source.listed is not None:
        x, y = read_list(source.listed, shape).pixels.T
        listed = _indices(source, shape, x, y)
    pixels = np.union1d(told, listed)
    harm, kinds = np.full(len(pixels), np.nan), np.full(len(pixels), LISTED)
    place = np.searchsorted(pixels, told)
    harm[place], kinds[place] = table.harm, table.kinds
    return Sighting(source, pixels, np.isin(pixels, listed), harm, kinds)


def _of_mask(source: DefectSource, shape: tuple[int, int]) -> Sighting:
    image = read_image(source.path)
    kind = OUT_OF_PROPORTION if image.header.get("BPMETHOD") == "ratio" else UNEVEN
    data = image.data[: image.shape[0]]  # all planes of a mask are alike
    y, x = np.nonzero(data & BAD)
    pixels, bent = _indices(source, shape, x, y), data[y, x].astype(int) & NONLINEAR != 0
    order, count = np.argsort(pixels), len(pixels)
    kinds = np.where(bent, BENT, kind)[order]
    return Sighting(source, pixels[order], np.ones(count, bool), np.full(count, np.nan), kinds)


def _indices(source: DefectSource, shape: tuple[int, int], x: Integers, y: Integers) -> Integers:
    height, width = shape
    rows = height - 1 - y if source.turned else y
    indices: Integers = rows * width + x
    return indices
