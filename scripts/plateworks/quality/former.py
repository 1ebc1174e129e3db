"""A figure of masters beside the same of former ones: how far off, and from where that is too far.

Whoever goes on to the next master goes on in time: none is judged by later ones.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA, MEDIAN_ERROR

#: So many former masters tell what is usual, the latest; more would hide a slow drift.
MOST = 100
#: The scatter that is expected counts as so many masters, less and less; nothing from ENOUGH on.
_WEIGHT, ENOUGH = 5.0, 20
#: So many tell deviations well.
MANY = 30
#: Extremes are drawn in to so many deviations before the scatter is told.
_CLIP = 4.0
#: What is farther off than so many limits is no example of what is usual, unless so many masters
#: in a row are off to the same side: then they are the new usual.
_STRANGE, _IN_A_ROW = 1.5, 5
#: The mean of so many masters in a row is told to be off where none of them is by itself.
RUN = 4


class Way(NamedTuple):
    """How a figure is compared.

    Attributes
    ----------
    scatter : float
        What is expected before masters have shown their own, in the unit of the figure.
    alarm : float
        Chance at which a good master is called off.
    worth : float
        Less is no matter.
    least : float
        Scatter is never taken for less.
    below : bool
        Whether too little is off as well.
    run_alarm : float
        The same for the mean of :data:`RUN` in a row; 0: it is not looked at.
    far : float
        So many deviations are off whatever the chance, where :data:`MANY` masters tell them.
    first : float
        Limit of a figure that is 0 where nothing changed, before any master told what is usual.
    """

    scatter: float
    alarm: float
    worth: float = 0.0
    least: float = 0.0
    below: bool = False
    run_alarm: float = 0.0
    far: float = math.inf
    first: float = math.nan


class Off(NamedTuple):
    """A figure beside what is usual; NaN where that is not known.

    Attributes
    ----------
    off : float
        Above the usual; of a run that is off the mean of that.
    limit : float
        How much is too much.
    usual : float
    former : int
        How many masters tell it.
    run : int
        How many masters `off` is the mean of.
    below : bool
        Whether too little is off as well.
    """

    off: float = math.nan
    limit: float = math.nan
    usual: float = math.nan
    former: int = 0
    run: int = 1
    below: bool = True

    @property
    def beyond(self) -> bool:
        """Whether it is off by too much."""
        return self.limit < (abs(self.off) if self.below else self.off)


class Former:
    """What former masters of a setup show of one figure."""

    def __init__(self) -> None:
        self._usual: list[float] = []
        self._strange: list[float] = []
        self._last: list[float] = []

    def next(self, value: float, way: Way) -> Off:
        """Compare a figure with those before it; it is one of them from then on."""
        found = self.compare(value, way)
        if not math.isfinite(value):
            return found
        self._last = [*self._last, value][-RUN:]
        if not abs(found.off) > _STRANGE * found.limit or found.run > 1:
            self._usual, self._strange = [*self._usual, value][-MOST:], []
            return found
        if self._strange and (self._strange[-1] > found.usual) != (value > found.usual):
            self._strange = []
        self._strange.append(value)
        if len(self._strange) == _IN_A_ROW:
            self._usual, self._strange = self._strange, []
        return found

    def compare(self, value: float, way: Way) -> Off:
        """Compare a figure with those before it."""
        if not math.isfinite(value):
            return Off()
        alone = _off(value, np.array(self._usual), way, way.alarm)
        row, before = [*self._last[1 - RUN :], value], np.array(self._usual[: 1 - RUN])
        if alone.beyond or not way.run_alarm or self._strange or len(before) < ENOUGH:
            return alone
        together = _off(float(np.mean(row)), before, way, way.run_alarm, RUN)
        return together if together.beyond else alone


def _off(value: float, former: np.ndarray, way: Way, alarm: float, run: int = 1) -> Off:
    count = len(former)
    if not count:
        return Off() if math.isnan(way.first) else Off(value, way.first, 0.0, below=way.below)
    usual = float(np.median(former))
    weight = max(0.0, _WEIGHT * (1 - count / ENOUGH))
    own = count * _variance(former - usual)
    sigma = max(math.sqrt((weight * way.scatter**2 + own) / (weight + count)), way.least)
    away = _sigmas(alarm / 2 if way.below else alarm, max(round(weight + count) - 1, 1))
    away *= math.sqrt(1 / run + MEDIAN_ERROR**2 / count)
    if run == 1 and count >= MANY:
        away = min(away, way.far)
    limit = max(away * sigma, way.worth)
    return Off(value - usual, limit, usual, count, run, way.below)


def _variance(off: np.ndarray) -> float:
    """Return the variance of values about 0, few of which are far away."""
    bound = _CLIP * MAD_TO_SIGMA * float(np.median(np.abs(off)))
    squares = np.square(np.clip(off, -bound, bound) if bound else off)
    return float(squares.mean()) * len(off) / max(len(off) - 1, 1)


@lru_cache(maxsize=1024)
def _sigmas(alarm: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(-stdtrit(freedom, alarm))
