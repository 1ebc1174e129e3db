"""The level of an overscan, row by row, and its subtraction.

The pixels of an overscan saw no light, and were read with the pixels of the same row: their median
is the level of that row's bias.  It has noise of its own, which would make a band of each row;
where the levels follow a smooth curve as nearly as their noise lets them, it is that curve which is
subtracted, and the noise of one row counts no more.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Reals
from plateworks.pixels.statistics import robust_sigma

#: Order of the curve, and how many rows there are for each of its terms at least.
_ORDER, _ROWS_OF_TERM = 5, 16
#: Rows so many times their scatter off the curve are no part of it, such as those that a saturated
#: star bleeds along.
_OFF, _TURNS = 5.0, 4
#: Noise of a median of many values beside that of their mean.
_OF_MEDIAN = 1.2533
#: The rows follow the curve if they scatter about it by no more than so many times their noise,
#: one by one and in groups of so many.
_MORE, _GROUP = 1.4, 16
#: A median of integers lies on whole and half steps.
_HALF_STEPS = 0.5 / 12**0.5

#: How the level is told.
Method = Literal["auto", "median", "fit"]


class Subtracted(NamedTuple):
    """Pixels without the level of their overscan.

    Attributes
    ----------
    pixels : (H, W) float32 array
        ADU.
    level : float
        The median of what was subtracted, ADU.
    spread : float
        By how much the levels of the rows differ, ADU, from the least to the greatest.
    least : float
        The least of them.
    fitted : bool
        Whether it was a curve.
    """

    pixels: Floats
    level: float
    spread: float
    least: float
    fitted: bool


def subtract_overscan(pixels: Reals, strip: Reals, method: Method = "auto") -> Subtracted:
    """Subtract from each row the level of its overscan.

    Parameters
    ----------
    pixels : (H, W) array
        ADU.
    strip : (H, N) array
        The overscan of the same rows, ADU; NaN where it has no value, but not everywhere.
    method : str
        ``median``: of each row by itself; ``fit``: a curve of low order along the rows; ``auto``:
        the curve, where the rows follow it.
    """
    from astropy.modeling.models import Chebyshev1D
    from astropy.nddata import CCDData
    from ccdproc import subtract_overscan as subtract

    strip = _without_gaps(strip.astype(np.float64))
    levels = np.median(strip, axis=1)
    order = min(_ORDER, max(len(levels) // _ROWS_OF_TERM - 1, 0))
    curve, follow = _curve(levels, order)
    fitted = method == "fit" or (method == "auto" and _follows(levels, curve, follow, strip))
    if fitted:
        strip[~follow] = curve[~follow, np.newaxis]
        levels = curve
    done = subtract(
        CCDData(pixels.astype(np.float32), unit="adu"),
        overscan=CCDData(strip, unit="adu"),
        overscan_axis=1,
        median=True,
        model=Chebyshev1D(order, domain=(0, max(len(levels) - 1, 1))) if fitted else None,
    )
    return Subtracted(
        done.data.astype(np.float32),
        float(np.median(levels)),
        float(np.ptp(levels)),
        float(levels.min()),
        fitted,
    )


def _without_gaps(strip: Doubles) -> Doubles:
    """Return an overscan with the level of its row, or those beside, where it has no value."""
    known = np.isfinite(strip)
    if known.all():
        return strip
    rows, told = np.arange(len(strip)), known.any(axis=1)
    levels = np.nanmedian(np.where(known, strip, np.nan)[told], axis=1)
    return np.where(known, strip, np.interp(rows, rows[told], levels)[:, np.newaxis])


def _curve(levels: Doubles, order: int) -> tuple[Doubles, Bools]:
    """Return the curve along the rows, and which of them follow it."""
    rows = np.linspace(-1.0, 1.0, len(levels))
    follow = np.ones(len(levels), bool)
    curve: Doubles = levels
    for _ in range(_TURNS):
        terms = np.polynomial.chebyshev.chebfit(rows[follow], levels[follow], order)
        curve = np.asarray(np.polynomial.chebyshev.chebval(rows, terms), np.float64)
        off = np.abs(levels - curve)
        near = off <= _OFF * max(robust_sigma(levels - curve, 0.0), _HALF_STEPS)
        if near.sum() <= order + 1 or (near == follow).all():
            break
        follow = near
    return curve, follow


def _follows(levels: Doubles, curve: Doubles, follow: Bools, strip: Doubles) -> bool:
    """Whether the levels of the rows depart from the curve by no more than their noise."""
    noise = robust_sigma(strip - np.median(strip, axis=1, keepdims=True), 0.0)
    expected = np.hypot(_OF_MEDIAN * noise / strip.shape[1] ** 0.5, _HALF_STEPS)
    off = (levels - curve)[follow]
    groups = off[: len(off) // _GROUP * _GROUP].reshape(-1, _GROUP).mean(axis=1)
    alone = float(np.sqrt(np.mean(off**2)))
    together = float(np.sqrt(np.mean(groups**2))) if groups.size else 0.0
    return alone <= _MORE * expected and together <= _MORE * expected / _GROUP**0.5


def trim(pixels: Reals, section: tuple[int, int, int, int]) -> Floats:
    """Return a part of an image, (H, W) float32.

    Parameters
    ----------
    pixels : (H, W) array
    section : (int, int, int, int)
        First column and the one behind the last, first row and the one behind the last.
    """
    from astropy.nddata import CCDData
    from ccdproc import trim_image

    left, right, bottom, top = section
    trimmed = trim_image(
        CCDData(pixels, unit="adu"), fits_section=f"[{left + 1}:{right},{bottom + 1}:{top}]"
    )
    return trimmed.data.astype(np.float32)
