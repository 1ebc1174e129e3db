"""Where a series of nights changes its level at once: change points, told from drift and outliers.

A steady drift and the course of a year are taken out first.  Then a change is told by the nights on
both sides of it, up to :data:`ARM` each, beside how much such means differ elsewhere in the same
series.  So what wanders slowly is no change, and three nights that stand out are none either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles
from plateworks.pixels.statistics import MAD_TO_SIGMA

#: So many nights of each side tell of a change, and so many are needed.
ARM, FEWEST = 15, 4
#: A change is so many standard errors: of a hundred years of a series, less than one has one that
#: is none.
SURELY = 4.5
#: A night counts as no farther away than by so many scatters from the median of so many around it.
_FAR, _AROUND = 3.5, 7
#: So many steps at most are looked for beside the course.
_STEPS = 8
#: Days of a year, and how many of them tell its course.
_YEAR, _LONG = 365.25, 200.0


class Change(NamedTuple):
    """The first value of another level.

    Attributes
    ----------
    place : int
        Its index.
    before, after : float
        Mean level of the values on both sides.
    sigmas : float
        How far they lie apart, what drift does between them apart, in scatters of one value.
    """

    place: int
    before: float
    after: float
    sigmas: float


class _Scale(NamedTuple):
    """How a series behaves where nothing changes.

    Attributes
    ----------
    noise : float
        Scatter of one value.
    doubt : float
        Scatter by which means of two sides differ, as of one value; at least the noise.
    slope : float
        Drift for each unit of time.
    """

    noise: float
    doubt: float
    slope: float


class _Sides(NamedTuple):
    """Means of both sides of each place at which a series may change.

    ``place`` is the first value behind, ``step`` by how much the mean behind it lies higher,
    ``lag`` how much later it is, and ``unit`` the standard error of a step for a scatter of 1.
    """

    place: np.ndarray
    step: Doubles
    lag: Doubles
    unit: Doubles


def changes_of(times: Doubles, values: Doubles) -> list[Change]:
    """Return the changes of a series, by time.

    Parameters
    ----------
    times : (N,) float64 array
        Upwards; in days.
    values : (N,) float64 array
        Finite.
    """
    noise = noise_of(values)
    if len(values) < 2 * FEWEST or not noise:
        return []
    tame = without_outliers(values)
    course, steps = _course_of(times, tame, noise)
    level = tame - course
    scale = _scale_of(times, level - steps, noise)
    places = sorted(_divide(times, level, 0, len(level), scale))
    return [_told(times, level, course, places, index, scale) for index in range(len(places))]


def without_outliers(values: Doubles) -> Doubles:
    """Return a series in which up to three values together stand out by no more than noise does."""
    reach = min(_AROUND, len(values) - 1) // 2
    wide = np.pad(values, reach, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1), axis=1)
    room = _FAR * noise_of(values)
    return np.clip(values, middle - room, middle + room)


def noise_of(values: Doubles) -> float:
    """Return the scatter of one value by how neighbours differ, whatever drifts or steps."""
    apart = np.abs(np.diff(values))
    if not len(apart):
        return 0.0
    usual = MAD_TO_SIGMA * float(np.median(apart))
    # Most values of a level that is told in coarse numbers are equal.
    return (usual or float(np.sqrt(np.mean(apart**2)))) / np.sqrt(2)


def _course_of(times: Doubles, values: Doubles, noise: float) -> tuple[Doubles, Doubles]:
    """Return the course of a series, and the levels that may be beside it.

    That is its drift and, where it is long enough to tell it, the course of a year.  Where a step
    explains more than noise does, the series may have another level from there on: else the course
    would follow it.
    """
    terms = [times]
    if times[-1] - times[0] >= _LONG:
        terms += [wave(2 * np.pi * times / _YEAR) for wave in (np.sin, np.cos)]
    course = np.stack([term - term.mean() for term in terms], axis=1)
    model = np.hstack([course, np.ones((len(times), 1))])
    for _ in range(_STEPS):
        place, sure = _greatest_step(model, values)
        if not sure > SURELY * noise:
            break
        model = np.hstack([model, (np.arange(len(times)) >= place)[:, None]])
    weights, *_ = np.linalg.lstsq(model, values, rcond=None)
    count = len(terms)
    return course @ weights[:count], model[:, count:] @ weights[count:]


def _greatest_step(model: Doubles, values: Doubles) -> tuple[int, float]:
    """Return where a step beside a model explains the values best, and in how many deviations.

    Parameters
    ----------
    model : (N, K) float64 array
        Its terms, of which the values are a sum.
    values : (N,) float64 array
        Of scatter 1.
    """
    basis, _ = np.linalg.qr(model)
    left = values - basis @ (basis.T @ values)
    inner = slice(FEWEST, 1 - FEWEST)
    behind = np.cumsum(left[::-1])[::-1][inner]
    # What is left of a step by the model, squared and summed.
    lost = (np.cumsum(basis[::-1], axis=0)[::-1] ** 2).sum(axis=1)
    free = (np.arange(len(values), 0, -1) - lost)[inner]
    sure = np.abs(behind) / np.sqrt(np.maximum(free, 1.0))
    best = int(np.argmax(sure))
    return FEWEST + best, float(sure[best])


def _scale_of(times: Doubles, values: Doubles, noise: float) -> _Scale:
    sides = _sides(times, values, 0, len(values))
    slope = float(np.median(sides.step / sides.lag))
    off = np.abs(sides.step - slope * sides.lag) / sides.unit
    return _Scale(noise, max(noise, MAD_TO_SIGMA * float(np.median(off))), slope)


def _sides(times: Doubles, values: Doubles, start: int, stop: int) -> _Sides:
    place = np.arange(start + FEWEST, stop - FEWEST + 1)
    first, last = np.maximum(place - ARM, start), np.minimum(place + ARM, stop)
    before, after = place - first, last - place
    sums = [np.concatenate([[0.0], np.cumsum(one - one[0])]) for one in (values, times)]
    step, lag = (
        (total[last] - total[place]) / after - (total[place] - total[first]) / before
        for total in sums
    )
    return _Sides(place, step, lag, np.sqrt(1 / before + 1 / after))


def _divide(times: Doubles, values: Doubles, start: int, stop: int, scale: _Scale) -> Iterator[int]:
    """Yield where a part of a series changes: at its greatest change, and on both sides of that."""
    if stop - start < 2 * FEWEST:
        return
    sides = _sides(times, values, start, stop)
    sure = np.abs(sides.step - scale.slope * sides.lag) / sides.unit
    best = int(np.argmax(sure))
    if not sure[best] > SURELY * scale.doubt:
        return
    place = _dated(times, values, start, stop, int(sides.place[best]), scale.slope)
    yield place
    yield from _divide(times, values, start, place, scale)
    yield from _divide(times, values, place, stop, scale)


def _dated(times: Doubles, values: Doubles, start: int, stop: int, near: int, slope: float) -> int:
    """Return where around a place two levels divide the values best, by least squares."""
    first, last = max(start, near - ARM), min(stop, near + ARM)
    level = values[first:last] - slope * times[first:last]
    count, sums = len(level), np.cumsum(level - level.mean())
    before = np.arange(FEWEST, count - FEWEST + 1)
    left = sums[before - 1]
    gain = left**2 / before + (sums[-1] - left) ** 2 / (count - before)
    return first + int(before[np.argmax(gain)])


def _told(
    times: Doubles, values: Doubles, course: Doubles, places: list[int], index: int, scale: _Scale
) -> Change:
    """Return a change with the levels of both sides, which end at the changes beside it."""
    place = places[index]
    start = max(place - ARM, places[index - 1] if index else 0)
    stop = min(place + ARM, places[index + 1] if index + 1 < len(places) else len(values))
    before, after = slice(start, place), slice(place, stop)
    lag = np.mean(times[after]) - np.mean(times[before])
    step = np.mean(values[after]) - np.mean(values[before]) - scale.slope * lag
    levels = [float(np.mean(values[side] + course[side])) for side in (before, after)]
    return Change(place, levels[0], levels[1], float(abs(step) / scale.noise))
