"""The trends of a camera: one small chart for each quantity, on one axis of days, as geometry.

The template draws them as SVG.  Numbers are rounded, so that the same tables give the same bytes.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.orders.trends import day_of
from plateworks.quality import quantities as q
from plateworks.quality.quantities import Quantity
from plateworks.quality.trends import Course
from plateworks.report.camera.facts import CameraFacts
from plateworks.report.night.course import HEIGHT, LEFT, RIGHT, WIDTH, Axis, Tick, ticks
from plateworks.report.planviews import date
from plateworks.report.trendtable import ChangeRow

#: Height of a row of what changed, and about how wide a letter of it is.
ROW = 15.0
_LETTER = 6.6
#: Room for a title, how far above a chart it stands, and what is left below.
_TOP, _ABOVE, _BELOW = 18.0, 5.0, 6.0
_PAD = 7.0  # between the frame of a chart and its outermost points
#: The least that the axis of a quantity spans, lest noise look like a trend; of others this part
#: of the largest value.
_LEAST = {q.BIAS: 4.0, q.NEW: 10.0, q.HEALED: 10.0, q.SHAPE: 0.02, q.ZERO_POINT: 0.5}
_PART = 0.2
#: Quantities whose axis begins at none.
_FROM_NONE = (q.NEW, q.HEALED, q.SHAPE)
#: Quantities of a filter each.
_OF_FILTERS = (q.FLAT, q.SHAPE, q.FWHM, q.ZERO_POINT)
_MONTH = 30.44
_MOST_DATES = 11


class Point(NamedTuple):
    """A night in a chart: where it lies, how far its error reaches, and its page, if it has one."""

    x: float
    y: float
    low: float
    high: float
    text: str
    page: str | None


class Changed(NamedTuple):
    """A change of level: where it lies, and where it is written."""

    x: float
    at: float
    y: float
    text: str


class Chart(NamedTuple):
    """One quantity over all nights."""

    title: str
    top: float
    ticks: tuple[Tick, ...]
    points: tuple[Point, ...]
    changes: tuple[Changed, ...]


class Group(NamedTuple):
    """The charts of the sensor, or of the light through one filter."""

    title: str
    height: float
    dates: tuple[Tick, ...]
    charts: tuple[Chart, ...]


def groups_of(camera: CameraFacts) -> list[Group]:
    """Return the charts of a camera: of its sensor first, then by filter."""
    if not camera.nights:
        return []
    first, last = day_of(camera.nights[0]), day_of(camera.nights[-1])
    spread = max(0.02 * (last - first), 1.0)
    time = Axis(first - spread, last + spread, LEFT, WIDTH - RIGHT)
    groups: dict[str, list[Course]] = defaultdict(list)
    for one in camera.courses:
        groups[one.filter or "no filter" if one.quantity in _OF_FILTERS else ""].append(one)
    return [_group(camera, name, groups[name], time) for name in sorted(groups)]


def _group(camera: CameraFacts, name: str, courses: Sequence[Course], time: Axis) -> Group:
    charts, top = [], 0.0
    for one in courses:
        titled = _titled(one.quantity)
        labels = list(_labels(list(camera.changes_of(one)), one, time, titled))
        top += _TOP + ROW * max((row for *_, row in labels), default=0)
        charts.append(_chart(camera, one, time, top, titled, labels))
        top += HEIGHT + _BELOW
    return Group(
        title=f"Optics and flats: {name}" if name else "Sensor",
        height=top + _TOP,
        dates=tuple(_dates(time)),
        charts=tuple(charts),
    )


def _titled(quantity: Quantity) -> str:
    return f"{quantity.words}, {quantity.unit}" if quantity.unit else quantity.words


def _chart(
    camera: CameraFacts,
    course: Course,
    time: Axis,
    top: float,
    title: str,
    labels: Sequence[tuple[float, float, str, int]],
) -> Chart:
    quantity = course.quantity
    axis = Axis(*_limits(quantity, course.values), top + HEIGHT - _PAD, top + _PAD)
    points = zip(course.nights, course.days, course.values, course.errors, strict=True)
    return Chart(
        title=title,
        top=top,
        ticks=tuple(Tick(axis.at(value), f"{value:g}") for value in ticks(axis.low, axis.high)),
        points=tuple(
            Point(
                x=time.at(day),
                y=axis.at(value),
                low=min(axis.at(value - reach), top + HEIGHT),
                high=max(axis.at(value + reach), top),
                text=_said(night, quantity, value, error),
                page=night if night in camera.pages else None,
            )
            for night, day, value, error in points
            for reach in (float(np.nan_to_num(error)),)
        ),
        changes=tuple(
            Changed(x, at, top - _ABOVE - row * ROW, text) for x, at, text, row in labels
        ),
    )


def _said(night: str, quantity: Quantity, value: float, error: float) -> str:
    known = f" ± {error:.2g}" if math.isfinite(error) else ""
    unit = f" {quantity.unit}" if quantity.unit else ""
    return f"{date(night)}: {quantity.words} {value:.5g}{known}{unit}"


def _limits(quantity: Quantity, values: np.ndarray) -> tuple[float, float]:
    """Return where the axis of a quantity begins and ends."""
    low, high = float(values.min()), float(values.max())
    span = _LEAST.get(quantity) or _PART * max(abs(low), abs(high)) or 1.0
    if quantity in _FROM_NONE:
        return min(low, 0.0), max(high, span)
    lacking = max(0.0, span - (high - low)) / 2
    return low - lacking, high + lacking


def _labels(
    changes: Iterable[ChangeRow], course: Course, time: Axis, title: str
) -> Iterator[tuple[float, float, str, int]]:
    """Yield of each change where it lies, where its text begins, this, and its row from below."""
    ends = [LEFT + _LETTER * (len(title) + 2)]  # of the texts in each row; the title is the first
    unit = f" {course.quantity.unit}" if course.quantity.unit else ""
    for one in changes:
        text = f"▼ {date(one.night)}: {one.level_before:g} became {one.level_after:g}{unit}"
        x, width = time.at(day_of(one.night)), _LETTER * len(text)
        at = max(LEFT, min(x, time.end - width))
        row = next((row for row, end in enumerate(ends) if end < at), len(ends))
        ends[row:] = [at + width + _LETTER, *ends[row + 1 :]]
        yield x, round(at, 1), text, row


def _dates(time: Axis) -> Iterator[Tick]:
    """Yield marks at whole days, weeks, months or years, as many as are legible."""
    for mark, said in _marks(time):
        at = time.at(mark)
        if at + _LETTER * len(said) / 2 <= WIDTH:
            yield Tick(at, said)


def _marks(time: Axis) -> Iterator[tuple[int, str]]:
    """Yield numbers of days, each with what is written below it."""
    days = time.high - time.low
    if days <= 7 * _MOST_DATES:
        step = 1 if days <= _MOST_DATES else 7
        for mark in range(math.ceil(time.low / step) * step, math.floor(time.high) + 1, step):
            yield mark, datetime.date.fromordinal(mark).isoformat()
        return
    steps = (1, 3, 6, 12, 24, 60)
    step = next((one for one in steps if days / _MONTH / one <= _MOST_DATES), 120)
    begin, end = (datetime.date.fromordinal(math.ceil(one)) for one in (time.low, time.high))
    for month in range(12 * begin.year // step * step, 12 * end.year + 12, step):
        first = datetime.date(month // 12, month % 12 + 1, 1)
        if time.low <= first.toordinal() <= time.high:
            yield first.toordinal(), first.strftime("%Y" if step >= 12 else "%Y-%m")
