"""The mask of a master: what its own pixels, and the defects that its frames show, tell of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels import defects as kinds_of
from plateworks.pixels.arrays import Bits, Doubles, Floats, Integers, Reals
from plateworks.pixels.badpixels import dead_in_flat
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.defects import NAMED, Defects
from plateworks.pixels.marks import set_bits
from plateworks.pixels.masks import (
    BAD,
    FLICKERS,
    HOT,
    LOW_FLAT,
    NO_DATA,
    NONLINEAR,
    SATURATED,
    UNMODELLED,
)
from plateworks.pixels.places import places

#: Kind of a defect -> the bit of a mask.  Those that say where a defect lies have none, nor that of
#: a pixel without a value, which shows that itself.
_BITS = {
    kinds_of.HOT: HOT,
    kinds_of.NOISY: HOT,
    kinds_of.FLICKERS: FLICKERS,
    kinds_of.NONLINEAR: NONLINEAR,
    kinds_of.FULL: SATURATED,
    kinds_of.UNMODELLED: UNMODELLED,
}


def bits_of_defects(kinds: Integers, harm: Floats | Doubles) -> NDArray[np.uint16]:
    """Return the bits of a mask that say of what kinds K defects of a dark are, (K,) uint16.

    Parameters
    ----------
    kinds : (K,) integer array
        Bits of :data:`plateworks.pixels.defects.KINDS`.
    harm : (K,) float array
        By which part each raises the noise of a frame: a hot or noisy one is marked from
        :data:`plateworks.pixels.defects.NAMED` on, and where nobody knows (NaN).
    """
    bits = np.zeros(len(kinds), np.uint16)
    for kind, its in _BITS.items():
        bits[kinds & kind != 0] |= its
    bits[harm < NAMED] &= np.uint16(~HOT & 0xFFFF)
    return bits


def mask_of_master(
    master: Reals,
    *,
    full: float | None = None,
    defects: Defects | None = None,
    floor: float | None = None,
    cell: Cell = MONO,
) -> Bits:
    """Return the mask of a master.

    Parameters
    ----------
    master : (H, W) array
        Any real type, ADU.
    full : float, optional
        The level from which on a pixel is saturated.
    defects : Defects, optional
        Of darks.
    floor : float, optional
        Of flats: where they are not above this level, nothing is divided by them.
    cell : Cell
        How the colours lie.

    Returns
    -------
    (H, W) uint8 array
        Bits of :mod:`plateworks.pixels.masks`; uint16 where one of the bits beyond the first eight
        is set.
    """
    mask: Bits = np.zeros(master.shape, np.uint8)
    flat, values = mask.reshape(-1), master.reshape(-1)
    if full is not None:
        flat[places(values.size, lambda part: values[part] >= full)] |= SATURATED
    if floor is not None:
        flat[places(values.size, lambda part: ~(values[part] > floor))] |= LOW_FLAT
        flat[np.flatnonzero(dead_in_flat(master, cell))] |= BAD
    if defects is not None:
        bits = bits_of_defects(defects.kinds, defects.harm)
        mask = set_bits(mask, defects.pixels, bits)
    empty = places(values.size, lambda part: ~np.isfinite(values[part]))
    return set_bits(mask, empty, np.full(empty.size, BAD | NO_DATA, np.uint16))
