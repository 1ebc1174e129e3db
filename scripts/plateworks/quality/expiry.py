"""Until when masters serve: by the maintenance log, by how the camera drifts and changes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from plateworks.orders.trends import TrendMaster, TrendOrder, day_of, night_of
from plateworks.pixels.arrays import Doubles
from plateworks.pixels.flatshape import change_of_shape
from plateworks.quality import quantities as q
from plateworks.quality.drift import Drifting
from plateworks.quality.quantities import Quantity
from plateworks.quality.trendcards import Told
from plateworks.quality.trends import Course, optics_of

#: What is farther away is not told: no drift is known so well.
_MOST_DAYS = 3650.0


class Expiry(NamedTuple):
    """How long a master serves; the fields are columns of its table.

    Attributes
    ----------
    kind : str
    filter : str
        Of flats.
    night : str
        Of its frames.
    until : str
        The first night that it serves no more; empty where nothing tells of one.
    why : str
        What ends it.
    master : str
        Its path.
    """

    kind: str
    filter: str
    night: str
    until: str
    why: str
    master: str


class _End(NamedTuple):
    """The first day on which a master serves no more, and why."""

    day: int
    why: str


def expiries_of(order: TrendOrder, told: Sequence[Told], courses: Sequence[Course]) -> list[Expiry]:
    """Return how long each master serves, by night and path.

    Parameters
    ----------
    order : TrendOrder
    told : sequence of Told
        What each of its masters tells.
    courses : sequence of Course
        As :func:`plateworks.quality.trends.courses_of` returns them of these.
    """
    limits = _Limits(order, told, courses)
    found = []
    for one in sorted(told, key=lambda one: (one.master.night, one.master.path)):
        ends = [*_of_upkeep(order, one.master), *limits.of(one)]
        end = min(ends, default=_End(0, ""))
        found.append(
            Expiry(
                kind=one.master.kind,
                filter=one.master.filter or "",
                night=one.master.night,
                until=night_of(end.day) if end.why else "",
                why=end.why,
                master=one.master.path,
            )
        )
    return found


def _of_upkeep(order: TrendOrder, master: TrendMaster) -> Iterator[_End]:
    """Yield the next entry of the maintenance log that concerns masters of this kind."""
    kind = "dark" if master.kind == "darkflat" else master.kind
    if kind in order.bounds:
        later = (one for one in order.upkeep if one.night > master.night)
        for one in sorted(later, key=lambda one: one.night)[:1]:
            yield _End(day_of(one.night), one.words)


class _Limits:
    """What ends the time of masters, by what was measured."""

    def __init__(self, order: TrendOrder, told: Sequence[Told], courses: Sequence[Course]):
        self._expiry = order.expiry
        self._courses = {one.quantity: one for one in courses if not one.filter}
        breaks: dict[str, list[float]] = {}
        for one in courses:
            if one.quantity is q.SHAPE:
                breaks[one.filter] = [float(one.days[change.place]) for change in one.changes]
        self._shapes = _shapes(told, breaks)

    def of(self, one: Told) -> Iterator[_End]:
        """Yield what ends the time of a master."""
        kind, day = one.master.kind, day_of(one.master.night)
        if kind == "flat":
            for cell in self._shapes.get(optics_of(one.master), ()):
                yield from _ends(cell, q.SHAPE, day, self._expiry.flat_shape)
            return
        if not one.bias_off and (noise := self._courses.get(q.FRAME_NOISE)) is not None:
            borne = self._expiry.bias_level * float(np.median(noise.values))
            yield from _ends(self._series(q.BIAS), q.BIAS, day, borne)
        if kind == "dark":
            borne = math.log1p(self._expiry.dark_rate)
            yield from _ends(self._series(q.DARK_RATE), q.DARK_RATE, day, borne)
            yield from self._of_births(day)

    def _of_births(self, day: int) -> Iterator[_End]:
        """Yield when so many pixels became hot since a day that it matters."""
        hot = self._courses.get(q.HOT)
        if hot is None:
            return
        borne = self._expiry.new_pixels * float(hot.values[np.argmin(np.abs(hot.days - day))])
        yield from _by_drift(self._series(q.NEW), q.NEW, day, borne)

    @lru_cache  # noqa: B019  # as long as the limits, which live for one table
    def _series(self, quantity: Quantity) -> Drifting | None:
        course = self._courses.get(quantity)
        if course is None:
            return None
        days, values = course.days, course.values
        breaks = [float(days[change.place]) for change in course.changes]
        if quantity is q.NEW:  # all that were born and stay: some come and go at the limit
            healed = self._courses.get(q.HEALED)
            return Drifting(days, np.cumsum(values - (0.0 if healed is None else healed.values)))
        if quantity is q.DARK_RATE:
            days, values = days[values > 0], np.log(values[values > 0])
        return Drifting(days, values, breaks)


def _shapes(
    told: Sequence[Told], breaks: dict[str, list[float]]
) -> dict[tuple[object, ...], list[Drifting]]:
    """Return how each cell of flats changed, by their optics."""
    nights: dict[tuple[object, ...], dict[str, Doubles]] = defaultdict(dict)
    names: dict[tuple[object, ...], str] = {}
    for one in sorted(told, key=lambda one: (one.master.night, one.master.path)):
        if one.shape is not None:
            optics = optics_of(one.master)
            names[optics] = one.master.filter or ""
            nights[optics].setdefault(one.master.night, one.shape)
    found = {}
    for optics, shapes in nights.items():
        days = np.array([day_of(night) for night in shapes], float)
        first, *_ = shapes.values()
        cells = np.array([change_of_shape(shape, first) for shape in shapes.values()]).T
        found[optics] = [Drifting(days, cell, breaks.get(names[optics], ())) for cell in cells]
    return found


def _ends(series: Drifting | None, quantity: Quantity, day: int, borne: float) -> Iterator[_End]:
    yield from _by_drift(series, quantity, day, borne)
    if series is None:
        return
    for one in series.apart(day, borne):
        before, after = (_shown(quantity, value) for value in (one.before, one.after))
        why = f"{quantity.words} {after} from {night_of(int(one.day))} on, {before} before"
        yield _End(int(one.day), why)


def _by_drift(
    series: Drifting | None, quantity: Quantity, day: int, borne: float
) -> Iterator[_End]:
    drift = 0.0 if series is None else abs(series.drift(day))
    if drift and 0 < borne / drift <= _MOST_DAYS:
        rate, most = (_shown_change(quantity, value) for value in (7 * drift, borne))
        yield _End(
            day + math.ceil(borne / drift), f"{quantity.words}: {rate} a week, {most} are borne"
        )


def _shown(quantity: Quantity, value: float) -> str:
    value = math.exp(value) if quantity is q.DARK_RATE else value
    return f"{value:.5g} {quantity.unit}".rstrip()


def _shown_change(quantity: Quantity, value: float) -> str:
    if quantity in (q.DARK_RATE, q.SHAPE):
        return f"{value:.2%}"
    return f"{value:.3g} {quantity.unit}".rstrip()
