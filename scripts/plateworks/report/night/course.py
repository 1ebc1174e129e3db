"""The night in time: one small chart for each measure, all on one axis, as plain geometry.

The template draws them as SVG.  Numbers are rounded, so that the same lights give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from plateworks.inventory.sessions import utc_of
from plateworks.report.night.facts import LightFacts, NightFacts
from plateworks.report.night.heavens import Span, bright_spans

#: Size of the drawing: its width, room for numbers on the left, and a chart with the space below.
WIDTH, LEFT, RIGHT, HEIGHT, GAP = 960.0, 74.0, 14.0, 84.0, 22.0
#: Colours of filters are drawn again where there are more.
COLOURS = 8
_TOP = 18.0
#: Height of a row of names of what is wrong, and about how wide a letter of them is.
FAULT_HEIGHT = 15.0
_LETTER = 6.5
_PAD = 6.0  # between the frame of a chart and its outermost points


class _Measure(NamedTuple):
    """A column of the table of verdicts, and how it is drawn.

    Attributes
    ----------
    column : str
    title : str
        What a reader calls it.
    span : float
        The least that its axis spans, lest noise look like weather; of `relative` ones a part of
        the largest value.
    relative : bool
    from_zero : bool
        Whether its axis begins at nothing.
    downward : bool
        Whether less is drawn higher.
    """

    column: str
    title: str
    span: float
    relative: bool = False
    from_zero: bool = False
    downward: bool = False


_MEASURES = (
    _Measure("fwhm_arcsec", "FWHM, ″", 0.5, relative=True),
    _Measure("fwhm_px", "FWHM, px", 0.5, relative=True),
    _Measure("ellipticity", "ellipticity", 0.2, from_zero=True),
    _Measure("sky_mag", "sky, mag/″²", 1.0, downward=True),
    _Measure("sky", "sky, ADU", 0.5, relative=True),
    _Measure("transparency", "transparency", 1.0, from_zero=True),
    _Measure("sources", "stars", 10.0, from_zero=True),
    _Measure("sensor_temp_degC", "sensor, °C", 2.0),
    _Measure("offset_arcmin", "off target, ′", 1.0, from_zero=True),
)
#: Instead of the first, where there are no numbers of it.
_INSTEAD = {"fwhm_px": "fwhm_arcsec", "sky": "sky_mag"}


class Point(NamedTuple):
    """A light in a chart."""

    x: float
    y: float
    colour: int
    verdict: str
    text: str


class Tick(NamedTuple):
    """A mark on an axis."""

    at: float
    text: str


class Chart(NamedTuple):
    """One measure over the night."""

    name: str
    top: float
    ticks: tuple[Tick, ...]
    points: tuple[Point, ...]


class Fault(NamedTuple):
    """What is wrong with lights that follow each other: where they lie, and where it is written.

    Attributes
    ----------
    begin, end : float
        Where the first and the last of them lie.
    at : float
        Where the text begins.
    row : int
        Of the text, from the top.
    text : str
    """

    begin: float
    end: float
    at: float
    row: int
    text: str


class Band(NamedTuple):
    """A time in which the sky was bright."""

    sky: str
    x: float
    width: float


class Course(NamedTuple):
    """All charts of a night."""

    height: float
    filters: tuple[str, ...]
    hours: tuple[Tick, ...]
    bands: tuple[Band, ...]
    faults: tuple[Fault, ...]
    charts: tuple[Chart, ...]


def course(night: NightFacts) -> Course | None:
    """Return the charts of a night; None where less than two lights tell their time."""
    lights = [light for light in night.lights if light.numbers["mjd"] is not None]
    times = sorted({_mjd(light) for light in lights})
    if len(times) < 2:
        return None
    begin, end = times[0], times[-1]
    spread = (end - begin) * 0.02
    axis = Axis(begin - spread, end + spread, LEFT, WIDTH - RIGHT)
    names = tuple(sorted({light.filter for light in lights}))
    faults = tuple(_faults(lights, axis))
    above = _TOP + FAULT_HEIGHT * (1 + max((fault.row for fault in faults), default=-1))
    charts: list[Chart] = []
    drawn: set[str] = set()
    for measure in _MEASURES:
        known = [light for light in lights if light.numbers.get(measure.column) is not None]
        if known and _INSTEAD.get(measure.column) not in drawn:
            drawn.add(measure.column)
            top = above + len(charts) * (HEIGHT + GAP)
            charts.append(_chart(measure, known, names, axis, top))
    spans = bright_spans(axis.low, axis.high, night.place) if night.place else []
    return Course(
        height=above + len(charts) * (HEIGHT + GAP) + 8,
        filters=tuple(name or "no filter" for name in names),
        hours=tuple(_hours(axis)),
        bands=tuple(_band(one, axis) for one in spans),
        faults=faults,
        charts=tuple(charts),
    )


class Axis(NamedTuple):
    """Values from `low` to `high`, drawn from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return round(self.begin + part * (self.end - self.begin), 1)


def _mjd(light: LightFacts) -> float:
    return light.numbers["mjd"] or 0.0


def _faults(lights: Sequence[LightFacts], time: Axis) -> Iterator[Fault]:
    """Yield what is wrong, by time: lights of one cause that follow each other are one."""
    ends: list[float] = []  # of the texts in each row
    for cause, group in groupby(sorted(lights, key=_mjd), key=lambda light: light.cause):
        some = list(group)
        if not cause:
            continue
        text = cause if len(some) == 1 else f"{len(some)} × {cause}"
        begin, width = time.at(_mjd(some[0])), _LETTER * len(text)
        at = min(begin, time.end - width)
        row = next((row for row, end in enumerate(ends) if end < at), len(ends))
        ends[row:] = [at + width + _LETTER, *ends[row + 1 :]]
        yield Fault(begin, time.at(_mjd(some[-1])), round(at, 1), row, text)


def _chart(
    measure: _Measure, lights: Sequence[LightFacts], filters: Sequence[str], time: Axis, top: float
) -> Chart:
    values = [light.numbers[measure.column] or 0.0 for light in lights]
    low, high = _limits(measure, values)
    upper, lower = top + _PAD, top + HEIGHT - _PAD
    axis = Axis(low, high, *((upper, lower) if measure.downward else (lower, upper)))
    return Chart(
        name=measure.title,
        top=top,
        ticks=tuple(Tick(axis.at(value), f"{value:g}") for value in ticks(low, high)),
        points=tuple(
            Point(
                x=time.at(_mjd(light)),
                y=axis.at(value),
                colour=filters.index(light.filter) % COLOURS,
                verdict=light.verdict.replace(" ", "-"),
                text=f"{light.frame}: {measure.title} {value:.4g}"
                + (f"; {light.cause}: {light.why}" if light.cause else ""),
            )
            for light, value in zip(lights, values, strict=True)
        ),
    )


def _limits(measure: _Measure, values: Sequence[float]) -> tuple[float, float]:
    """Return where the axis of a measure begins and ends."""
    low, high = min(values), max(values)
    span = measure.span * (max(abs(low), abs(high)) or 1.0) if measure.relative else measure.span
    if measure.from_zero:
        return min(low, 0.0), max(high, span)
    lacking = max(0.0, span - (high - low)) / 2
    return low - lacking, high + lacking


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return round numbers between two others, at most so many: a step of 1, 2 or 5."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _hours(axis: Axis) -> list[Tick]:
    """Return marks at whole hours, UTC, at most twelve; of a short time at parts of an hour."""
    minutes = (axis.high - axis.low) * 1440
    step = next((one for one in (5, 10, 30, 60, 120, 240) if minutes / one <= 12), 1440)
    first = math.ceil(axis.low * 1440 / step - 1e-6)
    last = math.floor(axis.high * 1440 / step + 1e-6)
    marks = (index * step / 1440 for index in range(first, last + 1))
    return [Tick(axis.at(mark), utc_of(mark).strftime("%H:%M")) for mark in marks]


def _band(span: Span, axis: Axis) -> Band:
    begin = axis.at(span.begin)
    return Band(span.sky, begin, round(axis.at(span.end) - begin, 1))
