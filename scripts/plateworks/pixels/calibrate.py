"""The arithmetic of a light: RESULT = (RAW - BIAS - K * DARK) * MULT / FLAT, change by change.

DARK is free of bias where K is not 1 (:func:`thermal`): of the bias of its own night.

Here are the changes to single pixels that :mod:`plateworks.pixels.blocks` makes; which ones, and in
which order, stands in :mod:`plateworks.products.recipe`.  Differences are rounded to float32 once,
as if they were float64; so are the factors, and the products.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Bits, Floats, Number, Reals
from plateworks.pixels.blocks import Change, Pixels, Where, row_blocks
from plateworks.pixels.masks import BAD, CLAMPED, LOW_FLAT, SATURATED
from plateworks.pixels.repair import Repair
from plateworks.pixels.spots import NOWHERE
from plateworks.pixels.statistics import median


def subtraction(
    shape: tuple[int, ...], bias: Reals | None = None, dark: Reals | None = None, k: float = 1.0
) -> Change:
    """RAW - BIAS - K * DARK, whatever was made of RAW before.

    Parameters
    ----------
    shape : (H, W)
        Of the frame, whose pixels may be of any integer or floating type, ADU.
    bias : (H, W) array, optional
        Master bias, ADU: where the dark is free of bias, or there is no dark.
    dark : (H, W) array, optional
        Master dark, ADU; free of bias (see :func:`thermal`) if `k` is not 1.
    k : float
        Factor on the dark.

    Raises
    ------
    ValueError
        If a master is not of the size of the frame.
    """
    _check_shapes(shape, bias=bias, dark=dark)

    def change(pixels: Pixels) -> None:
        here = pixels.where
        _difference(pixels.raw, _part(bias, here), _part(dark, here), k, pixels.image)

    return change


def saturation_mark(level: float, dtype: np.dtype) -> Change:
    """Mark as SATURATED what reaches `level`, ADU, in a raw frame of some type."""
    limit = math.ceil(level) if dtype.kind in "iu" else level

    def change(pixels: Pixels) -> None:
        # To find the greatest takes a quarter of the time that comparing all of them does.
        if pixels.mask is not None and not pixels.raw.max() < limit:
            pixels.mask[pixels.raw >= limit] |= SATURATED

    return change


def division(
    shape: tuple[int, ...],
    factors: Floats,
    repair: Repair | None = None,
    scale: float | None = None,
) -> Change:
    """* MULT / FLAT.

    Where a pixel was repaired because it is BAD, the flat shows the fault itself: the factor is
    that of the neighbours which the pixel was replaced by.

    Parameters
    ----------
    shape : (H, W)
        Of the frame.
    factors : (H, W) float32 array
        MULT / FLAT, as :func:`flat_factors` gives it.
    repair : Repair, optional
        What was done before.
    scale : float, optional
        By what all is multiplied then.

    Raises
    ------
    ValueError
        If the factors are not of the size of the frame.
    """
    _check_shapes(shape, factors=factors)
    bad, bridged = NOWHERE, np.zeros(0, np.float32)
    if repair is not None:
        bad = repair.replaced(BAD)
        bridged = repair.neighbours(factors, bad).astype(np.float32)

    def change(pixels: Pixels) -> None:
        image = pixels.image
        if bridged.size:
            here, place = bad.within(pixels.where)
            there = image[place]
        image *= factors[pixels.where]
        if bridged.size:
            image[place] = there * bridged[here]
        if scale is not None:
            image *= np.float32(scale)

    return change


def clean_up(factors: Floats | None = None) -> Change:
    """What is not finite becomes NaN, marked LOW_FLAT where a factor is missing, else BAD."""

    def change(pixels: Pixels) -> None:
        there = np.isfinite(pixels.image)
        if there.all():
            return
        missing = ~there
        pixels.image[missing] = np.nan
        if pixels.mask is not None:
            low = False if factors is None else np.isnan(factors[pixels.where][missing])
            pixels.mask[missing] |= np.where(low, LOW_FLAT, BAD).astype(np.uint8)

    return change


def flat_factors(
    flat: Reals, mult: float | None = None, floor: float = 0.05, out: Floats | None = None
) -> Floats:
    """Return MULT / FLAT, by which a frame is multiplied.

    Parameters
    ----------
    flat : (H, W) array
        Master flat, any unit.
    mult : float, optional
        What the flat is compared with; by default its exact median.
    floor : float
        Fraction of `mult`.
    out : (H, W) float32 array, optional
        Gets them; it may be the flat.

    Returns
    -------
    (H, W) float32 array
        NaN where the flat is not above the floor.

    Raises
    ------
    ValueError
        If MULT is not above zero.
    """
    mult = median(flat) if mult is None else mult
    if not mult > 0:
        raise ValueError(f"MULT, the level of the flat, must be above zero, here it is {mult}")
    factors = np.empty(flat.shape, np.float32) if out is None else out
    for rows in row_blocks(flat.shape):
        divisor = flat[rows].astype(np.float64)
        divisor[~((divisor > floor * mult) & (divisor < np.inf))] = np.nan
        np.divide(mult, divisor, out=divisor)
        factors[rows] = divisor
    return factors


def subtract(
    raw: Reals,
    *,
    bias: Reals | None = None,
    dark: Reals | None = None,
    k: float = 1.0,
    out: Floats | None = None,
) -> Floats:
    """Return RAW - BIAS - K * DARK as (H, W) float32, in `out` if that is given.

    Other parameters and errors as for :func:`subtraction`.
    """
    _check_shapes(raw.shape, bias=bias, dark=dark)
    if out is None:
        out = np.empty(raw.shape, np.float32)
    for rows in row_blocks(raw.shape):
        _difference(raw[rows], _part(bias, rows), _part(dark, rows), k, out[rows])
    return out


def _difference(
    raw: Reals,
    bias: Reals | None,
    dark: Reals | None,
    k: float,
    out: Floats,
) -> Floats:
    """Put RAW - BIAS - K * DARK into `out`, float32, as if computed in float64."""
    terms = [term for term in (bias, dark) if term is not None]
    small = raw.dtype.kind in "iu" and raw.dtype.itemsize <= 2
    if small and len(terms) < 2 and k == 1 and all(term.dtype == np.float32 for term in terms):
        # One difference of two float32 is rounded once, as if it were computed in float64.
        out[...] = raw
        for term in terms:
            out -= term
        return out
    exact = raw.astype(np.float64)
    if bias is not None:
        exact -= bias
    if dark is not None:
        exact -= dark if k == 1 else k * dark.astype(np.float64)
    out[...] = exact
    return out


def _part(image: NDArray[Number] | None, where: Where) -> NDArray[Number] | None:
    return None if image is None else image[where]


def thermal(dark: Reals, bias: Reals) -> Floats:
    """Take the bias out of a master dark, so that it may be scaled: (H, W) float32."""
    return subtract(dark, bias=bias)


def to_electrons(image: Reals, egain: float) -> Floats:
    """Multiply an image in ADU by `egain`, electrons per ADU: (H, W) float32."""
    return np.multiply(image, egain, dtype=np.float32)


def to_integer(
    image: Reals, dtype: np.dtype | str, pedestal: float = 0.0, mask: Bits | None = None
) -> Reals:
    """Round an image to an integer type.

    Parameters
    ----------
    image : (H, W) float array
    dtype : integer type
    pedestal : float
        Added before rounding, so that noise below zero is not cut off.
    mask : (H, W) uint8 array, optional
        Changed in place: what is clamped is marked CLAMPED.

    Returns
    -------
    (H, W) array of `dtype`
        Values beyond the type's limits are clamped to them; what is missing (NaN) becomes 0.
    """
    limits = np.iinfo(dtype)
    out = np.empty(image.shape, dtype)
    for rows in row_blocks(image.shape):
        block = image[rows].astype(np.float64)
        block += pedestal
        np.rint(block, out=block)
        if mask is not None:
            mask[rows][(block < limits.min) | (block > limits.max)] |= CLAMPED
        np.clip(block, limits.min, limits.max, out=block)
        block[np.isnan(block)] = 0
        out[rows] = block
    return out


def _check_shapes(shape: tuple[int, ...], **others: Reals | None) -> None:
    for name, other in others.items():
        if other is not None and other.shape != shape:
            raise ValueError(f"the {name} has the shape {other.shape}, the frame {shape}")
