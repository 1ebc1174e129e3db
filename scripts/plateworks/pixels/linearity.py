"""How far a sensor counts in proportion to light, by flats of several exposures under one lamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles

#: A level departs from the line by more than this part.
_DEPARTS = 0.01
#: Different levels that tell, and how many times the lowest the highest must be.
FEWEST, RANGE = 4, 4.0
#: The line begins with levels up to this part of the highest one, three of them at least.
_LOW, _BEGIN = 0.5, 3


class Linearity(NamedTuple):
    """How levels follow the exposure.

    Attributes
    ----------
    departure : float
        The largest part by which a level is off the line, below the turnoff.
    top : float
        The highest level below the turnoff.
    turnoff : float or None
        The level from which on all are off by 1 % or more; None: there is no such level.
    error : float or None
        The standard error of `departure`, by flats of one exposure; None where there is one of
        each.
    """

    departure: float
    top: float
    turnoff: float | None
    error: float | None = None


def linearity_of(exposures: Sequence[float | None], levels: Sequence[float]) -> Linearity | None:
    """Compare the levels of flats with their exposures.

    Parameters
    ----------
    exposures : sequence of N (float or None)
        Seconds.
    levels : sequence of N float
        Above bias and dark current.

    Returns
    -------
    Linearity or None
        None where there are too few different exposures, or the light changed between them.
    """
    pairs = [(t, level) for t, level in zip(exposures, levels, strict=True) if t and level > 0]
    times = np.unique([t for t, _ in pairs])
    if times.size < FEWEST or times[-1] < RANGE * times[0]:
        return None
    series = [np.array([level for t, level in pairs if t == one]) for one in times]
    if any(np.ptp(some) > _DEPARTS * some.mean() for some in series):
        return None  # the lamp
    means = np.array([some.mean() for some in series])
    used = max(_BEGIN, int(np.count_nonzero(means <= _LOW * means.max())))
    while True:
        off = _departures(times, means, used)
        if used == times.size or abs(off[used]) > _DEPARTS:
            break
        used += 1
    worst = int(np.abs(off[:used]).argmax())
    if abs(off[worst]) > _DEPARTS:
        return None
    turnoff = float(means[used]) if used < times.size else None
    error = _scatter(series, len(series[worst]))
    return Linearity(float(abs(off[worst])), float(means[used - 1]), turnoff, error)


def _scatter(series: Sequence[Doubles], count: int) -> float | None:
    """Return the standard error of the mean of so many levels, as a part of it."""
    free = sum(some.size - 1 for some in series)
    if not free:
        return None
    squares = sum(float(np.square(some / some.mean() - 1).sum()) for some in series)
    return float(np.sqrt(squares / free / count))


def _departures(times: Doubles, means: Doubles, used: int) -> Doubles:
    """Return how far all levels are from the line through the first `used`, as parts.

    The line need not meet zero: a shutter takes time to open.
    """
    rows = np.stack([times, np.ones_like(times)], axis=1) / means[:, None]  # errors are parts
    line, *_ = np.linalg.lstsq(rows[:used], np.ones(used), rcond=None)
    return np.asarray(1 / (rows @ line) - 1)
