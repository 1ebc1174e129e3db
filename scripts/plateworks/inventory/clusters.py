"""Readings that mean the same: which of a set's measured values belong together.

A camera that was told 60 s writes 59.9987 or 60.0012 s; a sensor held at −15 °C writes −14.9 or
−15.2.  Values are sorted and parted where the gap between two of them is wide.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

#: The same optics, refocused or measured again, differ by no more than this in focal length.
SAME_OPTICS = 0.02

#: Groups of temperatures whose gaps are no less than half of this differ by more than 1 degree C.
_WHOLE = 2.0

#: What two readings may be apart that are as near as they may be, for want of bits.
_NOTHING = 1e-9


def parted(
    values: Iterable[float], far: Callable[[float, float, float], bool]
) -> list[list[float]]:
    """Divide values into groups, each in order.

    Parameters
    ----------
    values : iterable of float
    far : function
        Whether a new group begins: given the first and the last value of a group, and the next.
    """
    groups: list[list[float]] = []
    for value in sorted(set(values)):
        if not groups or far(groups[-1][0], groups[-1][-1], value):
            groups.append([])
        groups[-1].append(value)
    return groups


def exposures(values: Iterable[float], tolerance: float) -> dict[float, float]:
    """Return the exposure that each measured one means, in seconds.

    Those of a group differ by no more than twice the tolerance, relative.  The group goes by the
    roundest number among them: 59.9987 and 60.0012 s by 60 s.
    """

    def far(first: float, last: float, value: float) -> bool:
        return value > last * (1 + tolerance) or value > first * (1 + 2 * tolerance)

    meant: dict[float, float] = {}
    for group in parted(values, far):
        meant |= dict.fromkeys(group, roundest(group[0], group[-1], tolerance))
    return meant


def roundest(low: float, high: float, tolerance: float) -> float:
    """Return the number of fewest digits from `low` to `high`, or just beyond.

    Just beyond is a tenth of `tolerance`, relative.  A number has two digits at least, so that 95 s
    stay 95 s, and is exact to a microsecond.
    """
    beyond = 1 + tolerance / 10
    middle = (low + high) / 2
    for digits in range(2, 9):
        short = float(f"{middle:.{digits}g}")
        if low / beyond <= short <= high * beyond:
            return short
    return round(middle, 6)


def temperatures(values: Iterable[float], step: float, least: int = 1) -> dict[float, float]:
    """Return the temperature that each measured one is grouped by, degrees C.

    A group ends where the next value is more than half of `step` away, or would be more than twice
    the step from the first: a sensor that follows the night does not stay in one.  It goes by a
    whole number where the step keeps those apart, so that one more frame seldom changes it.

    Parameters
    ----------
    values : iterable of float
        One for each frame.
    step : float
    least : int
        A group of fewer frames is joined to the next one, if that is not twice the step away.
    """

    def far(first: float, last: float, value: float) -> bool:
        return value - last > step / 2 + _NOTHING or value - first > 2 * step + _NOTHING

    frames = Counter(values)
    groups = _joined(parted(frames, far), frames, least, 2 * step + _NOTHING)
    return _by_mean(groups, 0 if step >= _WHOLE else 1)


def _joined(
    groups: list[list[float]], frames: Mapping[float, int], least: int, near: float
) -> list[list[float]]:
    """Join groups that have too few frames to their nearest neighbours, the coldest first."""
    groups = list(groups)
    number = 0
    while number < len(groups):
        after = groups[number + 1][0] - groups[number][-1] if groups[number + 1 :] else math.inf
        before = groups[number][0] - groups[number - 1][-1] if number else math.inf
        enough = sum(frames[value] for value in groups[number]) >= least
        if enough or min(before, after) > near:
            number += 1
        elif after <= before:
            groups[number : number + 2] = [groups[number] + groups[number + 1]]
        else:
            groups[number - 1 : number + 1] = [groups[number - 1] + groups[number]]
            number -= 1
    return groups


def focal_lengths(values: Iterable[float]) -> dict[float, float]:
    """Return the focal length that each stated one is grouped by, mm."""

    def far(first: float, last: float, value: float) -> bool:
        return value > first * (1 + SAME_OPTICS)

    return _by_mean(parted(values, far), 1)


def angles(values: Iterable[float], tolerance: float) -> dict[float, float]:
    """Return the angle of the rotator that each stated one is grouped by, degrees from 0 to 360."""
    turned = sorted({value % 360.0 for value in values})

    def far(first: float, last: float, value: float) -> bool:
        return value - first > 2 * tolerance + _NOTHING or value - last > tolerance + _NOTHING

    groups = parted(turned, far)
    if len(groups) > 1 and groups[0][0] + 360.0 - groups[-1][-1] <= tolerance:
        groups[0] = [value - 360.0 for value in groups.pop()] + groups[0]
    meant = {value % 360.0: mean % 360.0 for value, mean in _by_mean(groups, 1).items()}
    return {value: meant[value % 360.0] for value in values}


def _by_mean(groups: Sequence[Sequence[float]], digits: int) -> dict[float, float]:
    meant: dict[float, float] = {}
    for group in groups:
        middle = round(math.fsum(group) / len(group), digits) + 0.0
        meant |= dict.fromkeys(group, middle)
    return meant
