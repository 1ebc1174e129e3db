"""Where the values of a raw frame end: found from the frame itself.

Fewer and fewer pixels of a frame have greater and greater values.  Where the sensor or its
converter is full, all that is brighter gathers at one value, or about one: that breaks the rule,
and is looked for here.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from plateworks.pixels.arrays import Integers, Reals
from plateworks.pixels.blocks import row_blocks
from plateworks.pixels.cutoff import common_step, cut_off, lie_together
from plateworks.pixels.plateau import plateau
from plateworks.pixels.statistics import quantum

#: The highest values of converters of 12 and 14 bits, and of 10, 12, 14 and 16 bits shifted to 16:
#: one pixel there is full.  The shorter ones may well be reached by chance.
_ENDS = (4095, 16383, 65472, 65520, 65532, 65535)
#: Pixels of a sparse sample, which tells the level of the frame.
_SAMPLE = 1 << 16
_PIECE = 1 << 12  # pixels in a row whose highest value is found first
#: The brightest pixels are those in the upper part of the range above the median, of which no more
#: than so many are looked at; and so many steps below the top at least.
_UPPER, _MANY, _LEAST_STEPS = 0.75, 1 << 18, 64
#: A pile is so many pixels at least, so many times as many as any of the next steps has ...
_PIXELS, _STANDS_OUT, _NEXT = 3, 4, 3
#: ... and unlikely by chance beside those of so many steps, and of a part of the range, below it.
_NEAR_STEPS, _NEAR_CHANCE, _FAR_PART, _FAR_STEPS, _CHANCE = 8, 0.02, 0.1, 32, 1e-3
#: Above a pile lie no more pixels than this part of it: faults of the sensor.
_ABOVE = 0.25
#: A frame whose median is this part of its highest value may be a flat.
_BRIGHT = 0.25
#: Where most of a frame has one value, that is the end only from this part of the range on.
_HIGH = 0.2


class Ending(NamedTuple):
    """Where the values of a frame end.

    Attributes
    ----------
    pile : float or None
        The value from which on a pixel is full, as the frame shows it; None if it does not.
    last : float or None
        The highest value that the steps of the converter allow in integers of this type; None of
        numbers without such an end.
    step : int
        The step of the converter, as far as integers show it.
    top : float or None
        The highest value there is.
    """

    pile: float | None
    last: float | None
    step: int
    top: float | None


class _Tail(NamedTuple):
    """The brightest pixels of a frame."""

    values: Reals
    at: Integers | None  # their places in the flattened frame; None where only some are told
    middle: float  # the median of the frame
    top: float  # the highest value of all
    share: int  # one of so many of them is told


def find_ending(pixels: Reals, zero: float = 0.0, full: float | None = None) -> Ending:
    """Find the value at which the pixels of a raw frame are full.

    Parameters
    ----------
    pixels : (H, W) array
        Any real type; values that are missing (NaN) are ignored.
    zero : float
        What was added to the numbers that the camera gave.
    full : float, optional
        The highest number of the type in the file, before anything was added.

    Returns
    -------
    Ending
        In the unit of `pixels`.
    """
    step = 1
    if full is not None and pixels.dtype.kind in "iu":
        step = min(quantum(pixels[rows] for rows in row_blocks(pixels.shape)), 256)
    last = None if full is None else float(int(full) // step * step) + zero
    tail = _tail(pixels)
    if tail is None:
        return Ending(None, last, step, None)
    pile = _exact_pile(tail, pixels.shape, zero, full)
    if pile is None:
        top = round(tail.top - zero, 3)
        if top in _ENDS and (full is None or top <= full):
            pile = top + zero
        elif tail.at is not None:
            pile = cut_off(tail.values, tail.at, tail.middle, pixels.shape)
        if pile is None and tail.middle - zero >= _BRIGHT * top:
            pile = plateau(pixels)
    return Ending(pile, last, step, tail.top)


# -- the brightest pixels --------------------------------------------------------------------------


def _tail(pixels: Reals) -> _Tail | None:
    """Return the brightest pixels; None if all are missing."""
    flat = pixels.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE) | 1]  # an odd step meets all colours of a mosaic
    if pixels.dtype.kind == "f":
        sample = sample[np.isfinite(sample)]
    tops = _tops(flat)
    if not sample.size or not np.isfinite(tops).any():
        return None
    middle = float(np.partition(sample, sample.size // 2)[sample.size // 2])
    top = float(np.nanmax(tops))
    least = min(top - _UPPER * (top - middle), top - _LEAST_STEPS * _step(sample))
    share = int(np.mean(sample >= least) * flat.size / _MANY) + 1
    if share > 1:
        share |= 1
    found = []
    for piece in np.flatnonzero(tops >= least)[::share]:
        start = piece * _PIECE
        found.append(np.flatnonzero(flat[start : start + _PIECE] >= least) + start)
    at = np.concatenate(found)
    at = at[np.isfinite(flat[at])]
    return _Tail(flat[at], at if share == 1 else None, middle, top, share)


def _tops(flat: Reals) -> Reals:
    """Return the highest number of each piece; NaN where there is none."""
    whole = flat.size // _PIECE * _PIECE
    pieces = flat[:whole].reshape(-1, _PIECE)
    if flat.dtype.kind != "f":
        rest = [flat[whole:].max()] if whole < flat.size else []
        return np.concatenate([pieces.max(axis=1), np.array(rest, flat.dtype)])
    tops = np.fmax.reduce(pieces, axis=1)
    for place in np.flatnonzero(np.isinf(tops)):
        tops[place] = _top(pieces[place])
    return np.append(tops, _top(flat[whole:])) if whole < flat.size else tops


def _top(piece: Reals) -> float:
    return float(np.fmax.reduce(np.where(np.isinf(piece), np.nan, piece)))


def _step(values: Reals) -> float:
    """Return the distance between values that there can be, of which all others are multiples."""
    if values.dtype.kind in "iu":
        near: Any = values[:4096].astype(np.int64)
        return float(np.gcd.reduce(near - near[0]) or 1)
    gaps = np.diff(np.unique(values[:4096]))
    return float(gaps.min()) if gaps.size else 1.0


# -- where many have one value ---------------------------------------------------------------------


def _exact_pile(
    tail: _Tail, shape: tuple[int, ...], zero: float, full: float | None
) -> float | None:
    """Return the value that more of the brightest pixels have than chance would give it."""
    values, counts = _counted(tail.values)
    step = common_step(values, tail.values.dtype.kind in "iu")
    behind = np.concatenate([[0], np.cumsum(counts)])  # how many are less than each
    above = behind[-1] - behind[1:]
    enough = (counts >= _PIXELS) & (above <= _ABOVE * counts)
    for place in np.flatnonzero(enough)[::-1]:
        value, count = values[place], int(counts[place])
        if count * tail.share > shape[0] * shape[1] / 2:
            if _is_high(value - zero, full) and _stands_out(values, behind, place, step):
                return float(value)
            continue
        far = max(_FAR_STEPS * step, _FAR_PART * (value - tail.middle))
        if value - far < tail.values.min() or not _stands_out(values, behind, place, step):
            continue
        near_chance = _chance(values, behind, place, _NEAR_STEPS * step, step)
        if near_chance > _NEAR_CHANCE or _chance(values, behind, place, far, step) > _CHANCE:
            continue
        if tail.at is None or lie_together(tail.at[tail.values == value], shape):
            return float(value)
    return None


def _counted(tail: Reals) -> tuple[Reals, Integers]:
    """Return the values that there are, in order, and how many pixels have each."""
    if tail.dtype.kind == "u" and tail.dtype.itemsize <= 2:
        counts = np.bincount(tail)
        values = np.flatnonzero(counts)
        return values.astype(np.float64), counts[values]
    values, counts = np.unique(tail, return_counts=True)
    return values.astype(np.float64), counts


def _is_high(value: float, full: float | None) -> bool:
    """Whether most of a frame may well be at the end, where it has this value."""
    bits = math.log2(max(value, 0) + 1)
    top = 65535.0 if full is None else min(full, 65535.0)
    return value >= _HIGH * top or (bits >= 8 and bits.is_integer())


def _less(values: Reals, behind: Integers, place: int, width: float) -> int:
    """Return how many pixels are less than a value, by no more than a width."""
    first = np.searchsorted(values, values[place] - width * (1 + 1e-9), side="left")
    return int(behind[place] - behind[first])


def _stands_out(values: Reals, behind: Integers, place: int, step: float) -> bool:
    if len(values) == 1:
        return True
    count = behind[place + 1] - behind[place]
    within = [_less(values, behind, place, number * step) for number in range(_NEXT + 1)]
    return bool(count >= _STANDS_OUT * max(np.diff(within)))


def _chance(values: Reals, behind: Integers, place: int, width: float, step: float) -> float:
    """Return how likely so many have the highest value, were all within a width spread evenly.

    One of them has it in any case, or it would not be looked at.  It is Chernoff's bound, which is
    never less than the probability.
    """
    others = int(behind[place + 1] - behind[place]) - 1
    below = _less(values, behind, place, width)
    fair, part = step / (width + step), others / (others + below)
    if part <= fair:
        return 1.0
    excess = others * math.log(part / fair)
    if below:
        excess += below * math.log((1 - part) / (1 - fair))
    return math.exp(-excess)
