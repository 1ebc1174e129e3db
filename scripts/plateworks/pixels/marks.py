"""Bits of a mask that are set when all others are: sparse ones, of pixels here and there."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.arrays import Bits, Integers, Reals
from plateworks.pixels.masks import (
    BAD,
    LOW_FLAT,
    NEAR_SATURATED,
    NO_DATA,
    SATURATED,
    marked,
)

#: So many saturated pixels of a column in a row are charge that bled along it; it went on for this
#: part of their length at either end.
_RUN, _GOES_ON = 8, 0.25


def near_saturated(saturated: Integers, shape: tuple[int, ...]) -> Integers:
    """Return the pixels beside saturated ones, and those that their charge bled into.

    Parameters
    ----------
    saturated : (M,) int64 array
        Flat indices.
    shape : (H, W)
        Of the frame.

    Returns
    -------
    (K,) int64 array
        Flat indices, upwards, of pixels that are not saturated themselves: the eight neighbours of
        each that is, and the ends of runs along columns.
    """
    height, width = shape
    y, x = np.divmod(saturated, width)
    reach = np.array([-1, 0, 1])
    rows = (y[:, None, None] + reach[:, None] + 0 * reach).ravel()
    columns = (x[:, None, None] + 0 * reach[:, None] + reach).ravel()
    along, across = _ends_of_runs(y, x)
    rows, columns = np.concatenate([rows, along]), np.concatenate([columns, across])
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.setdiff1d(rows[inside] * width + columns[inside], saturated)


def _ends_of_runs(y: Integers, x: Integers) -> tuple[Integers, Integers]:
    """Return rows and columns of the pixels beyond both ends of long runs along columns."""
    order = np.lexsort((y, x))
    y, x = y[order], x[order]
    begins = np.flatnonzero(np.append(True, (np.diff(x) != 0) | (np.diff(y) != 1))[: y.size])
    lengths = np.diff(np.append(begins, y.size))
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for begin, length in zip(begins[lengths >= _RUN], lengths[lengths >= _RUN], strict=True):
        beyond = np.arange(1, int(_GOES_ON * length) + 1)
        rows += [y[begin] - beyond, y[begin] + length - 1 + beyond]
        columns += [np.full(2 * beyond.size, x[begin])]
    return np.concatenate(rows), np.concatenate(columns)


def mark(
    mask: Bits, image: Reals, pixels: Integers, bits: Bits, found: Integers | None = None
) -> Bits:
    """Set the last bits of a mask.

    Parameters
    ----------
    mask : (H, W) array
        Changed in place where its type is wide enough for what is set.
    image : (H, W) float array
        What has no value in it is marked NO_DATA.
    pixels : (K,) int64 array
        Flat indices of pixels of which something is known.
    bits : (K,) uint16 array
        That.
    found : (M,) int64 array, optional
        Which pixels of the mask are marked already, where that is known.

    Returns
    -------
    (H, W) array
        uint8, or uint16 where one of the bits beyond the first eight is set.
    """
    found = marked(mask) if found is None else found
    told = mask.ravel()[found]
    suspects = found[told & (BAD | LOW_FLAT) != 0]
    empty = suspects[~np.isfinite(image.ravel()[suspects])]
    mask.ravel()[near_saturated(found[told & SATURATED != 0], mask.shape)] |= NEAR_SATURATED
    mask = set_bits(mask, pixels, bits)
    return set_bits(mask, empty, np.full(empty.size, NO_DATA, np.uint16))


def set_bits(mask: Bits, pixels: Integers, bits: Bits) -> Bits:
    """Set bits of K pixels, flat indices of which some may be named several times.

    The mask is changed in place, or made one of uint16 where it has no room for one of the bits.
    """
    if (bits > np.iinfo(mask.dtype).max).any():
        mask = mask.astype(np.uint16)
    np.bitwise_or.at(mask.ravel(), pixels, bits.astype(mask.dtype))
    return mask
