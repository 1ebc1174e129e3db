"""How a quantity drifts around a night, and how it changes after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Doubles
from plateworks.pixels.photontransfer import Measured
from plateworks.quality.changepoints import ARM, noise_of, without_outliers

#: Nights within so many days on either side tell how a quantity drifts, and so many are needed.
_REACH, _FEWEST = 365.0, 6
#: A drift is one, and a night another, from so many standard errors on.
_SURELY = 3.0


class Apart(NamedTuple):
    """A day on which a quantity is another than before: values before, and from then on."""

    day: float
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Drifting:
    """A series of nights, as it is asked for from many of them.

    Attributes
    ----------
    days, values : (N,) float64 array
        Days upwards, each once.
    breaks : sequence of float
        Days from which on the level is another, upwards.
    """

    days: Doubles
    values: Doubles
    breaks: Sequence[float] = ()

    def slope(self, day: float) -> Measured | None:
        """Return the drift a day around a day, by the nights that no break parts from it.

        None where too few tell it.
        """
        low = max((one for one in self.breaks if one <= day), default=-np.inf)
        high = min((one for one in self.breaks if one > day), default=np.inf)
        bounds = (max(low, day - _REACH), min(high, day + _REACH + 0.5))
        start, stop = np.searchsorted(self.days, bounds)
        count = int(stop - start)
        if count < _FEWEST:
            return None
        t, y, tt, ty, yy = self._sums[:, stop] - self._sums[:, start]
        spread = tt - t * t / count
        slope = (ty - t * y / count) / spread
        left = max(yy - y * y / count - slope**2 * spread, 0.0)
        scatter = max(np.sqrt(left / (count - 2)), self._noise)
        return Measured(float(slope), float(scatter / np.sqrt(spread)))

    def drift(self, day: float) -> float:
        """Return the drift a day around a day; 0 where nothing shows that there is one."""
        found = self.slope(day)
        if found is None or abs(found.value) <= _SURELY * found.error:
            return 0.0
        return found.value

    def apart(self, day: float, tolerance: float) -> Iterator[Apart]:
        """Yield when it is first another than on a day by more than `tolerance`.

        That is where its level changes, and where one night is so far away that it is no matter of
        how nights scatter.
        """
        place = int(np.searchsorted(self.days, day))
        if place == len(self.days) or self.days[place] != day:
            return
        own = float(self._tame[place])
        sure = tolerance + _SURELY * np.sqrt(2) * self._noise
        others = np.flatnonzero(np.abs(self._tame[place:] - own) > sure)
        if len(others):
            other = place + int(others[0])
            yield Apart(float(self.days[other]), own, float(self._tame[other]))
        for one in self.breaks:
            if one > day and abs((step := self._at_break(one)).after - step.before) > tolerance:
                yield step
                return

    def _at_break(self, day: float) -> Apart:
        """Return the levels on both sides of a break."""
        place, here = int(np.searchsorted(self.days, day)), self.breaks.index(day)
        start = np.searchsorted(self.days, self.breaks[here - 1]) if here else 0
        more = here + 1 < len(self.breaks)
        stop = np.searchsorted(self.days, self.breaks[here + 1]) if more else len(self.days)
        before = self._tame[max(int(start), place - ARM) : place]
        after = self._tame[place : min(int(stop), place + ARM)]
        if not (len(before) and len(after)):
            return Apart(day, 0.0, 0.0)
        return Apart(day, float(np.mean(before)), float(np.mean(after)))

    @cached_property
    def _tame(self) -> Doubles:
        return without_outliers(self.values) if len(self.values) > 2 else self.values

    @cached_property
    def _noise(self) -> float:
        return noise_of(self.values)

    @cached_property
    def _sums(self) -> Doubles:
        """Sums up to each night of days, values, and their products, about their means."""
        days, values = self.days - self.days.mean(), self._tame - self._tame.mean()
        terms = np.stack([days, values, days * days, days * values, values * values])
        return np.concatenate([np.zeros((5, 1)), np.cumsum(terms, axis=1)], axis=1)
