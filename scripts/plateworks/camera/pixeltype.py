"""The type and the full range of a camera's pixels, when its MaxADU may be wrong.

Servers may send each image in the smallest type that holds its values, so that a bias comes as
bytes and a flat in 16 bits.  What is kept must not change from frame to frame: it follows MaxADU,
and the pixels only where they contradict it.
"""

from __future__ import annotations

import numpy as np

#: From the narrowest to the widest, in the order in which they are tried.
TYPES = tuple(np.dtype(name) for name in ("u1", "u2", "i2", "i4", "u4"))

#: A frame is clipped when this part of its pixels has one value, the highest of all …
PLATEAU = 0.25
#: … and that value lies within this part below a power of two, as converters' limits do.
BELOW_POWER = 1 / 64
_LEAST_BITS = 10

#: So far below zero, in ADU, drivers leave pixels that they subtracted something from.
_LITTLE = 8192


def unsigned(max_adu: int | None, pixels: np.ndarray) -> np.ndarray:
    """Return pixels of 16 bits that a server sends as signed as the unsigned ones that they are.

    From 32768 on they wrap round to below zero, and a bright flat would read as too faint.  Pixels
    that are sent as int16 cannot reach a greater MaxADU otherwise.  In a wider type, or where
    MaxADU is not known, they may be below zero by a driver's own doing, by a little and not all.

    Parameters
    ----------
    max_adu : int or None
        What the camera says is its highest value.
    pixels : integer array
        As they came.
    """
    half, low, high = 1 << 15, int(pixels.min()), int(pixels.max())
    if low >= 0 or low < -half or high >= half:
        return pixels
    known = max_adu is not None and 0 < max_adu < np.iinfo("i4").max
    if known and not half <= (max_adu or 0) < 2 * half:
        return pixels
    if (not known or pixels.dtype.itemsize > 2) and high >= 0 and low >= -_LITTLE:
        return pixels
    return pixels.astype(np.int16).view(np.uint16)


def native_type(max_adu: int | None, low: int, high: int) -> np.dtype:
    """The integer type to keep an image in.

    Parameters
    ----------
    max_adu : int or None
        What the camera says is its highest value.
    low, high : int
        The lowest and highest pixel.

    Returns
    -------
    dtype
        uint16 unless MaxADU or a pixel demands another: uint8 for MaxADU up to 255, int16 or int32
        for negative pixels, 32 bits for what does not fit in 16.  The largest MaxADU that Alpaca
        can express says as little as none.
    """
    fitting = [one for one in TYPES if np.iinfo(one).min <= low and high <= np.iinfo(one).max]
    promised = np.iinfo("u2").max
    if max_adu is not None and 0 < max_adu < np.iinfo("i4").max:
        promised = max_adu
    return next((one for one in fitting if np.iinfo(one).max >= promised), fitting[-1])


def full_range(max_adu: int | None, pixels: np.ndarray) -> int:
    """The value at which the pixels of a frame saturate.

    MaxADU where it can be true.  It is not where it is missing, where a pixel exceeds it or its
    type cannot hold it: then the type's own maximum; and not where the frame is clipped below it,
    as 12-bit frames are whose driver promises 65535: then the value of the plateau.

    Parameters
    ----------
    max_adu : int or None
        What the camera says is its highest value.
    pixels : integer array

    Returns
    -------
    int
        ADU.
    """
    ceiling = int(np.iinfo(pixels.dtype).max)
    high = int(pixels.max())
    limit = max_adu if max_adu and high <= max_adu <= ceiling else ceiling
    if high < limit and _near_power(high) and np.mean(pixels == high) > PLATEAU:
        return high
    return limit


def _near_power(value: int) -> bool:
    bits = int(value).bit_length()
    return bits >= _LEAST_BITS and (1 << bits) - value <= BELOW_POWER * (1 << bits)
