"""From a raw frame to a calibrated one: RESULT = (RAW - BIAS - K * DARK) * MULT / FLAT.

BIAS is given only where the dark is free of it.  The order is bias, dark, cosmetic, flat, clean-up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Bits, Floats, Integers, Number, Reals
from plateworks.pixels.cosmetic import neighbour_values, replacements
from plateworks.pixels.masks import BAD, LOW_FLAT, SATURATED
from plateworks.pixels.statistics import median

#: Pixels of a block of rows: it stays in the processor's cache, and threads that work on blocks of
#: their own seldom wait for each other.
BLOCK = 1 << 17


def calibrate(
    raw: Reals,
    *,
    bias: Reals | None = None,
    dark: Reals | None = None,
    k: float = 1.0,
    factors: Floats | None = None,
    bad: Bits | None = None,
    cfa: bool = False,
    saturation: float | None = None,
    cosmetic_method: str = "median",
    out: tuple[Floats, Bits] | None = None,
) -> tuple[Floats, Bits]:
    """Calibrate one frame.

    Parameters
    ----------
    raw : (H, W) array
        Any integer or floating type, ADU.
    bias : (H, W) array, optional
        Master bias, ADU: where the dark is free of bias, or there is no dark.
    dark : (H, W) array, optional
        Master dark, ADU; free of bias (see :func:`thermal`) if `k` is not 1.
    k : float
        Factor on the dark.
    factors : (H, W) float32 array, optional
        MULT / FLAT, as :func:`flat_factors` gives it.
    bad : (H, W) uint8 array, optional
        Where it is not zero, the pixel is replaced by its good neighbours before the flat division;
        its bits go to the mask.  Where it is BAD, the flat shows the fault itself: the factor is
        that of the same neighbours.
    cfa : bool
        Whether neighbours of the same colour are two pixels apart.
    saturation : float, optional
        ADU of the raw frame from which a pixel counts as saturated.
    cosmetic_method : str
        ``median`` or ``mean`` of the good neighbours.
    out : (image, mask), optional
        Arrays for the result.

    Returns
    -------
    image : (H, W) float32 array
        ADU, not clamped; NaN where the flat is too low, and where nothing finite was given.
    mask : (H, W) uint8 array
        Bits of :mod:`plateworks.pixels.masks`.

    Raises
    ------
    ValueError
        If two arrays differ in shape.

    Notes
    -----
    Differences are rounded to float32 once, as if they were float64; so are the factors, and the
    products.
    """
    _check_shapes(raw, bias=bias, dark=dark, factors=factors, bad=bad)
    if saturation is not None and raw.dtype.kind in "iu":
        saturation = math.ceil(saturation)
    image, mask = out or (np.empty(raw.shape, np.float32), np.empty(raw.shape, np.uint8))
    if bad is not None:
        faulty = bad != 0
        y, x, values = replacements(_Subtracted(raw, bias, dark, k), faulty, cosmetic_method, cfa)
        first = np.searchsorted(y, np.arange(raw.shape[0] + 1))
        values = values.astype(np.float32)
        if factors is not None:
            by = factors[y, x]
            in_flat = bad[y, x] & BAD != 0
            there = y[in_flat], x[in_flat]
            by[in_flat] = neighbour_values(factors, faulty, *there, cosmetic_method, cfa)
            values *= by
    # All steps on one block before the next is touched: it stays in the processor's cache.
    for rows in _row_blocks(raw.shape):
        _difference(raw[rows], _part(bias, rows), _part(dark, rows), k, image[rows])
        mask[rows] = 0 if bad is None else bad[rows]
        if saturation is not None:
            saturated = raw[rows] >= saturation
            if saturated.any():
                mask[rows][saturated] |= SATURATED
        if factors is not None:
            image[rows] *= factors[rows]
        if bad is not None:
            here = slice(first[rows.start], first[rows.stop])
            image[y[here], x[here]] = values[here]
        _clean_up(image[rows], mask[rows], _part(factors, rows))
    return image, mask


def flat_factors(flat: Reals, mult: float | None = None, floor: float = 0.05) -> Floats:
    """Return MULT / FLAT, by which a frame is multiplied.

    Parameters
    ----------
    flat : (H, W) array
        Master flat, any unit.
    mult : float, optional
        What the flat is compared with; by default its exact median.
    floor : float
        Fraction of `mult`.

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
    factors = np.empty(flat.shape, np.float32)
    for rows in _row_blocks(flat.shape):
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

    Other parameters as in :func:`calibrate`.
    """
    _check_shapes(raw, bias=bias, dark=dark)
    if out is None:
        out = np.empty(raw.shape, np.float32)
    for rows in _row_blocks(raw.shape):
        _difference(raw[rows], _part(bias, rows), _part(dark, rows), k, out[rows])
    return out


class _Subtracted:
    """RAW - BIAS - K * DARK at those pixels alone that are looked at."""

    def __init__(self, raw: Reals, bias: Reals | None, dark: Reals | None, k: float):
        self._raw, self._bias, self._dark, self._k = raw, bias, dark, k
        self.shape = raw.shape

    def __getitem__(self, where: tuple[Integers, Integers]) -> Floats:
        raw = self._raw[where]
        bias, dark = _part(self._bias, where), _part(self._dark, where)
        return _difference(raw, bias, dark, self._k, np.empty(raw.shape, np.float32))


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


def _part(
    image: NDArray[Number] | None, where: slice | tuple[Integers, Integers]
) -> NDArray[Number] | None:
    return None if image is None else image[where]


def thermal(dark: Reals, bias: Reals) -> Floats:
    """Take the bias out of a master dark, so that it may be scaled: (H, W) float32."""
    return subtract(dark, bias=bias)


def to_electrons(image: Reals, egain: float) -> Floats:
    """Multiply an image in ADU by `egain`, electrons per ADU: (H, W) float32."""
    return np.multiply(image, egain, dtype=np.float32)


def to_integer(image: Reals, dtype: np.dtype | str, pedestal: float = 0.0) -> Reals:
    """Round an image to an integer type.

    Parameters
    ----------
    image : (H, W) float array
    dtype : integer type
    pedestal : float
        Added before rounding, so that noise below zero is not cut off.

    Returns
    -------
    (H, W) array of `dtype`
        Values beyond the type's limits are clamped to them; what is missing (NaN) becomes 0.
    """
    limits = np.iinfo(dtype)
    out = np.empty(image.shape, dtype)
    for rows in _row_blocks(image.shape):
        block = image[rows].astype(np.float64)
        block += pedestal
        np.rint(block, out=block)
        np.clip(block, limits.min, limits.max, out=block)
        block[np.isnan(block)] = 0
        out[rows] = block
    return out


def _clean_up(image: Floats, mask: Bits, factors: Floats | None) -> None:
    """Make what is not finite NaN, in place, and mark it: LOW_FLAT by a low flat, else BAD."""
    missing = ~np.isfinite(image)
    if missing.any():
        image[missing] = np.nan
        low = False if factors is None else np.isnan(factors[missing])
        mask[missing] |= np.where(low, LOW_FLAT, BAD).astype(np.uint8)


def _row_blocks(shape: tuple[int, int]) -> Iterator[slice]:
    height, width = shape
    step = max(1, BLOCK // max(width, 1))
    return (slice(start, min(start + step, height)) for start in range(0, height, step))


def _check_shapes(raw: Reals, **others: Reals | None) -> None:
    for name, other in others.items():
        if other is not None and other.shape != raw.shape:
            raise ValueError(f"the {name} has the shape {other.shape}, the frame {raw.shape}")
