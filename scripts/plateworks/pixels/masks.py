"""The bits of the MASK extension: why a pixel should not be trusted.

Lights have one, and masters, in which each bit has the same number.  A mask is an array of
``uint8``, or of ``uint16`` where bits beyond the first eight are set; zero means good.  The meaning
of each bit is also written into the header of every MASK extension, so that a mask explains itself.
"""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Bits, Integers

BAD = 1
HOT = 2
SATURATED = 4
LOW_FLAT = 8
COSMIC = 16
CLAMPED = 32
FLICKERS = 64
NEAR_SATURATED = 128
NONLINEAR = 256
NO_DATA = 512
NO_DARK = 1024
UNMODELLED = 2048

#: bit -> (FITS keyword, what it means in a light)
BITS = {
    BAD: ("BIT0", "bad in the flats, or without a value"),
    HOT: ("BIT1", "hot or cold pixel of the cosmetic list"),
    SATURATED: ("BIT2", "saturated in the raw frame"),
    LOW_FLAT: ("BIT3", "flat too low to divide by"),
    COSMIC: ("BIT4", "cosmic ray found by L.A.Cosmic"),
    CLAMPED: ("BIT5", "beyond the integers, clamped to the nearest"),
    FLICKERS: ("BIT6", "flickers in the darks"),
    NEAR_SATURATED: ("BIT7", "beside saturated pixels, or bled into"),
    NONLINEAR: ("BIT8", "non-linear in flats, or near full in the dark"),
    NO_DATA: ("BIT9", "without a value"),
    NO_DARK: ("BIT10", "full in the dark, which tells nothing"),
}
#: Those that a master may have.
BITS_OF_MASTERS = {
    BAD: ("BIT0", "dead or cold in the flats, or without a value"),
    HOT: ("BIT1", "hot or noisy in the darks"),
    SATURATED: ("BIT2", "saturated in the frames"),
    **{bit: BITS[bit] for bit in (LOW_FLAT, FLICKERS)},
    NONLINEAR: ("BIT8", "near saturation in the dark already"),
    NO_DATA: BITS[NO_DATA],
}
#: Those of a light whose dark is by a model.
BITS_BY_MODEL = {**BITS, UNMODELLED: ("BIT11", "dark beyond its model")}

_WORD = np.dtype(np.uint64)


def marked(mask: Bits) -> Integers:
    """Return the pixels of a mask, (H, W), that are not good: flat indices, upwards.

    They are few of all, so eight bytes are looked at together.
    """
    flat = np.ascontiguousarray(mask).reshape(-1)
    together = _WORD.itemsize // flat.itemsize
    whole = flat.size // together * together
    words = np.flatnonzero(flat[:whole].view(_WORD) != 0)
    suspects = np.append(
        words[:, None] * together + np.arange(together), np.arange(whole, flat.size)
    )
    found: Integers = suspects[flat[suspects] != 0]
    return found
