"""The level from which on a sensor holds no more, by flats of several levels: noise falls there.

The variance of a pixel grows with its light until its well, or the converter, is full: then all
values are cut at one level, and the variance falls.  The maximum of this curve of photon transfer
is the turnoff (EMVA Standard 1288, "saturation capacity"; J. R. Janesick, *Photon Transfer*, 2007).

The curve is drawn over the light of each piece of a row, not over the level of a whole frame: the
middle of a vignetted flat is full before its corners are, and one pair shows a part of the curve.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles, Reals
from plateworks.pixels.flats import scale_rows
from plateworks.pixels.linearity import FEWEST, RANGE
from plateworks.pixels.photontransfer import FAR, LEFT, LevelFlat, in_pieces

#: Two flats are of one level if they are alike to this part: where one of them is full and the
#: other is not, the pattern of the sensor stays in their difference.
_ALIKE = 0.01
#: Levels of the curve are so far apart at least, as a part, and each is told by so many pixels.
_STEP, _ENOUGH = 0.01, 2000
#: Points that lie within this part are smoothed.
_NEAR = 0.035
#: Variances are alike within so many errors; they have fallen below this part of the largest.
_SURELY, _FALLEN = 2.0, 0.9


class FullWell(NamedTuple):
    """Where the noise of pixels turns down.

    Attributes
    ----------
    level : float
        The light of the largest variance, ADU above bias and dark current; where that is not
        reached, the highest light up to which the variance does not fall.
    error : float or None
        By half of the distance of the levels between which it lies, ADU; None: it is not reached.
    """

    level: float
    error: float | None

    @property
    def reached(self) -> bool:
        """Whether the flats reach it; else it lies higher than `level`."""
        return self.error is not None


class _Point(NamedTuple):
    """A point of the curve: light, ADU; variance, ADU squared; and of how many pixels."""

    light: float
    variance: float
    pixels: float

    @property
    def error(self) -> float:
        return self.variance * float(np.sqrt(2 / self.pixels))


def full_well_of(flats: Sequence[LevelFlat]) -> FullWell | None:
    """Find the light at which the noise of pixels turns down.

    Parameters
    ----------
    flats : sequence of N LevelFlat
        Of one sample, those that are saturated included.

    Returns
    -------
    FullWell or None
        None where they are no series: two of each of a few levels, that lie far apart.
    """
    ordered = sorted(flats, key=lambda flat: float(flat.levels.mean()))
    pairs = [
        (one, other)
        for one, other in pairwise(ordered)
        if np.abs(one.levels / other.levels - 1).max() <= _ALIKE
    ]
    levels = np.array([float(one.levels.mean()) for one, _ in pairs])
    apart = 1 + np.count_nonzero(levels[1:] > levels[:-1] * (1 + _ALIKE))
    if apart < FEWEST or levels[-1] < RANGE * levels[0]:
        return None
    curve = _smoothed(list(_curve(pairs)))
    if not curve:
        return None
    largest = max(curve, key=lambda point: point.variance)
    least = largest.variance - _SURELY * largest.error
    place = max(i for i, point in enumerate(curve) if point.variance >= least)
    fallen = [p for p in curve[place + 1 :] if p.variance < _FALLEN * largest.variance]
    if not fallen:
        return FullWell(curve[-1].light, None)
    last, first = curve[place].light, fallen[0].light
    return FullWell((last + first) / 2, math.hypot((first - last) / 2, _STEP * last))


def _curve(pairs: Iterable[tuple[LevelFlat, LevelFlat]]) -> Iterator[_Point]:
    """Yield the points of the curve, those of little light first."""
    drawn = [_differences(one, other) for one, other in pairs]
    lights = np.concatenate([light for light, _ in drawn])
    differences = np.concatenate([difference for _, difference in drawn])
    known = np.isfinite(differences).all(axis=1) & (lights > 0)
    lights, differences = lights[known], differences[known]
    steps = np.floor(np.log(lights) / _STEP)
    for step in np.unique(steps):
        here = steps == step
        point = _point(lights[here], differences[here])
        if point is not None:
            yield point


def _differences(one: LevelFlat, other: LevelFlat) -> tuple[Doubles, Reals]:
    """Return the light of each piece, (N,), and how its pixels differ, (N, pixels), in ADU.

    Of a mosaic the pieces of its brightest colour are taken.
    """
    levels = 2 / (1 / one.levels + 1 / other.levels)
    mean, difference = (one.light + other.light) / 2, one.light - other.light
    # Full wells of one colour may spill over into those of another.
    brightest = scale_rows(np.ones_like(mean), levels / levels.max()) > 1 - _ALIKE
    light, difference, taken = (
        np.moveaxis(in_pieces(image), 3, 2)
        for image in (scale_rows(mean, levels), scale_rows(difference, levels), brightest)
    )
    taken = taken[..., 0]
    return light[taken].mean(axis=1, dtype=np.float64), difference[taken]


def _point(lights: Doubles, differences: Reals) -> _Point | None:
    about = differences - differences.mean(axis=1, keepdims=True)
    spread = float(np.median(np.abs(about))) / 0.6745
    good = np.abs(about) <= FAR * spread if spread else np.ones_like(about, dtype=bool)
    free = float(good.sum()) - len(good)  # each piece has a mean of its own
    if free < _ENOUGH:
        return None
    variance = float(np.square(about[good]).sum(dtype=np.float64)) / free / 2
    return _Point(float(lights.mean()), variance / LEFT if spread else variance, free)


def _smoothed(curve: list[_Point]) -> list[_Point]:
    """Take points whose neighbours lie near as the mean of the three: chance makes peaks."""
    found = list(curve)
    for i, three in enumerate(zip(curve, curve[1:], curve[2:], strict=False), 1):
        if three[2].light < three[0].light * (1 + _NEAR):
            counts = [point.pixels for point in three]
            variances = [point.variance for point in three]
            mean = float(np.average(variances, weights=counts))
            found[i] = _Point(three[1].light, mean, sum(counts))
    return found
