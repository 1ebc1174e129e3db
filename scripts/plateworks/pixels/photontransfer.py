"""The gain of a camera from pairs of flats: what light adds to the noise, against the light.

Electrons follow Poisson's law, so that the variance of a flat, in ADU, is its level over the gain,
above the variance that a frame in the dark has (J. R. Janesick, *Photon Transfer*, 2007).  The
difference of two flats of one level, each pixel by itself, has no pattern of the sensor in it.

* A lamp that drifts: each flat is divided by its own level, of each colour.
* Light that falls otherwise from frame to frame, or that flickers from row to row: within short
  pieces of rows the difference is taken about its mean.
* Stars of a sky flat, cosmic rays, flickering pixels: what lies far away takes no part, nor do its
  neighbours; the variance that is left is corrected for the ends of the bell curve that it lacks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Reals
from plateworks.pixels.flats import scale_rows
from plateworks.pixels.statistics import median

#: Differences are taken about the mean of so many neighbours of one colour in a row.
_PIECE = 32
#: What is farther away takes no part, in standard deviations, and what that takes from a variance.
FAR = 4.0
LEFT = 1 - 2 * FAR * math.exp(-(FAR**2) / 2) / (2 * math.pi) ** 0.5 / math.erf(FAR / 2**0.5)
#: So many neighbours of it take no part either: a star is wider than where it is far away.
_AROUND = 3
#: More pairs tell little more.
_PAIRS = 16
#: Of the level at which pixels are full, the part up to which they count.
_LINEAR = 0.9
#: Fewer pixels of a pair, or a smaller part of them, tell nothing.
_FEWEST, _LEAST = 2000, 0.25
#: A gain is told that is known as well as this.
_SURE = 0.05
_TURNS, _SETTLED = 12, 1e-5


class Measured(NamedTuple):
    """A value that was measured, and its standard error."""

    value: float
    error: float


class LevelFlat(NamedTuple):
    """A flat as the gain is measured from it.

    Attributes
    ----------
    light : (R, W) float32 array
        What is above bias and dark current, or a sample of it whose rows and columns come in pairs,
        over its level.
    levels : (P, P) float64 array
        That level, ADU, of each position of the pattern of colours.
    full : float
        The level above bias and dark current from which a pixel is saturated, ADU; infinite if
        nobody knows.
    """

    light: Reals
    levels: Doubles
    full: float


def gain_of(flats: Sequence[LevelFlat], dark: Measured, step: float) -> Measured | str:
    """Measure the gain.

    Parameters
    ----------
    flats : sequence of N LevelFlat
        Of one sample, in the order in which they were taken.
    dark : Measured
        Noise of a pixel of a frame without light, ADU, before its values were rounded.
    step : float
        Of the converter, ADU.

    Returns
    -------
    Measured or str
        Electrons per ADU; or why that is not known, as a clause.
    """
    if len(flats) < 2:
        return "one flat alone tells no noise"
    pairs = list(pairwise(flats))
    pairs = [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(len(pairs), _PAIRS)).astype(int)]
    sums = [one for a, b in pairs if (one := _sums_of(a, b, dark.value, step)) is not None]
    if not sums:
        return "too many of their pixels are saturated, or lie far from those of the other flats"
    noise, light, readings, pixels = np.sum(sums, axis=0)
    shot = (noise - readings) / light  # ADU of variance for an ADU of light
    if not shot > 0:
        return "their noise is not above that of frames without light"
    # Neighbouring pairs share a frame.
    shared = 1 + 0.5 * (len(sums) - 1) / len(sums)
    by_chance = (2 * pixels * shared) ** 0.5 / light
    each = np.array([(one[0] - one[2]) / one[1] for one in sums])
    expected = np.array([(2 * one[3]) ** 0.5 / one[1] for one in sums])
    uneven = float(np.mean(np.square((each - shot) / expected))) ** 0.5
    by_dark = 2 * readings / light * dark.error / dark.value if dark.value > 0 else 0.0
    error = math.hypot(by_chance * max(uneven, 1.0), by_dark)
    if error > _SURE * shot:
        return f"their light hardly shows in their noise: it would be known to {error / shot:.0%}"
    return Measured(float(1 / shot), float(error / shot**2))


class _Sums(NamedTuple):
    """Sums over the pixels of a pair, each weighted by the inverse of its variance."""

    noise: float  # squares of differences
    light: float  # what these would be for an ADU of variance for each ADU of light
    readings: float  # what they would be without light
    pixels: float


def _sums_of(one: LevelFlat, other: LevelFlat, dark: float, step: float) -> _Sums | None:
    """Compare two flats; None where too little of them can be compared."""
    mean = (one.light + other.light) / 2
    unit = np.ones_like(mean)
    inverse, both = 1 / one.levels + 1 / other.levels, 1 / one.levels**2 + 1 / other.levels**2
    lowest_full = min(one.full / one.levels.max(), other.full / other.levels.max())
    usable = in_pieces(np.isfinite(mean) & (mean < _LINEAR * lowest_full) & (mean > 0))
    of_light = in_pieces(scale_rows(np.nan_to_num(mean), inverse))
    of_reading = in_pieces(scale_rows(unit, both * (dark**2 + step**2 / 12)))
    of_piece = in_pieces(scale_rows(unit, inverse))  # of the light of a pixel at the level
    difference = in_pieces(np.nan_to_num(one.light - other.light))
    if usable.sum() < max(_FEWEST, _LEAST * usable.size):
        return None
    where = usable & (of_light > 0)
    spread = (median(np.abs(difference[where])) / 0.6745) ** 2
    shot = max(spread - median(of_reading[where]), 0.1 * spread) / median(of_light[where])
    good, sums = usable, None
    for _ in range(_TURNS):
        count = good.sum(axis=2, keepdims=True)
        middle = (difference * good).sum(axis=2, keepdims=True) / np.maximum(count, 1)
        about = difference - middle
        far = usable & (np.square(about) > FAR**2 * (shot * of_light + of_reading))
        good = usable & ~_grown(far)
        count = good.sum(axis=2, keepdims=True)
        if count.sum() < max(_FEWEST, _LEAST * usable.size):
            return None
        middle = (difference * good).sum(axis=2, keepdims=True) / np.maximum(count, 1)
        left = good * (1 - 1 / np.maximum(count, 1))  # what a mean of so few takes away
        weight = 1 / (shot * of_piece + of_reading)
        noise = float((good * weight * np.square(difference - middle)).sum()) / LEFT
        light = float((left * weight * of_light).sum())
        readings = float((left * weight * of_reading).sum())
        sums = _Sums(noise, light, readings, float(left.sum()))
        before, shot = shot, max((noise - readings) / light, 0.01 * shot)
        if abs(shot - before) <= _SETTLED * before:
            break
    return sums


def in_pieces(sample: Reals) -> Reals:
    """Cut the rows of a sample into pieces of one colour: (R, pieces, pixels, 2).

    What does not fill a piece is left out.
    """
    rows, width = sample.shape
    length = max(1, min(_PIECE, width // 2))
    count = width // 2 // length
    return sample[:, : 2 * count * length].reshape(rows, count, length, 2)


def _grown(far: Bools) -> Bools:
    """Return what lies near a value that is far away."""
    wide = far.reshape(len(far), -1)
    grown = wide.copy()
    for axis in (0, 1):
        wide = grown.copy()
        for shift in range(1, _AROUND + 1):
            if shift < wide.shape[axis]:
                first, last = [slice(None)] * 2, [slice(None)] * 2
                first[axis], last[axis] = slice(shift, None), slice(None, -shift)
                grown[tuple(first)] |= wide[tuple(last)]
                grown[tuple(last)] |= wide[tuple(first)]
    return grown.reshape(far.shape)
