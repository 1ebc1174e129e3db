"""The trends of a setup: each quantity over its nights, with its errors and its changes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from plateworks.orders.trends import TrendMaster, day_of
from plateworks.pixels.arrays import Doubles
from plateworks.pixels.flatshape import CELLS, change_of_shape
from plateworks.pixels.framemeasure import SAMPLE
from plateworks.pixels.photontransfer import Measured
from plateworks.quality import quantities as q
from plateworks.quality.cameras import mean_of
from plateworks.quality.changepoints import Change, changes_of
from plateworks.quality.darkrates import dark_rates, usual_darks
from plateworks.quality.history import NightLevels
from plateworks.quality.quantities import Quantity
from plateworks.quality.trendcards import Told


class LightsOfNight(NamedTuple):
    """What the lights of a night and filter show."""

    night: str
    filter: str
    levels: NightLevels


class Births(NamedTuple):
    """How many defects a setup got, and lost, in each night."""

    new: Mapping[str, int]
    healed: Mapping[str, int]


NOBODY_KNOWS = Births({}, {})


@dataclass(frozen=True, eq=False)
class Course:
    """One quantity of a setup over its nights.

    Attributes
    ----------
    quantity : Quantity
    filter : str
        Empty where it is of the camera.
    nights : tuple of N str
        Upwards.
    values, errors : (N,) float64 array
        Errors are NaN where they are not known.
    """

    quantity: Quantity
    filter: str
    nights: tuple[str, ...]
    values: Doubles
    errors: Doubles

    @cached_property
    def days(self) -> Doubles:
        """Numbers of the days of its nights."""
        return np.array([day_of(night) for night in self.nights], float)

    @cached_property
    def changes(self) -> list[Change]:
        """Where its level changed."""
        even = np.sqrt(self.values) if self.quantity.counted else self.values
        found = changes_of(self.days, even)
        if not self.quantity.counted:
            return found
        return [one._replace(before=one.before**2, after=one.after**2) for one in found]


class _Seen(NamedTuple):
    """A value of a night."""

    quantity: Quantity
    filter: str
    night: str
    value: Measured


def courses_of(
    told: Sequence[Told],
    lights: Iterable[LightsOfNight] = (),
    births: Births = NOBODY_KNOWS,
    pixels: int = SAMPLE,
) -> list[Course]:
    """Follow a setup over its nights.

    Parameters
    ----------
    told : sequence of Told
        By its masters, in any order.
    lights : iterable of LightsOfNight
    births : Births
    pixels : int
        Of an image.

    Returns
    -------
    list of Course
        In the order of :data:`plateworks.quality.quantities.QUANTITIES`, and of filters.
    """
    ordered = sorted(told, key=lambda one: (one.master.night, one.master.path))
    groups: dict[tuple[Quantity, str], dict[str, list[Measured]]] = {}
    for one in _seen(ordered, lights, births, pixels):
        nights = groups.setdefault((one.quantity, one.filter), defaultdict(list))
        nights[one.night].append(one.value)
    courses = [_course(*key, nights) for key, nights in groups.items()]
    return sorted(courses, key=lambda one: (q.QUANTITIES.index(one.quantity), one.filter))


def _course(quantity: Quantity, name: str, nights: Mapping[str, list[Measured]]) -> Course:
    shared = quantity is q.READ_NOISE  # by the same biases, whichever flat tells it
    means = {night: mean_of(nights[night], shared=shared) for night in sorted(nights)}
    known = {night: one for night, one in means.items() if one is not None}
    values, errors = np.array(list(known.values()), float).reshape(-1, 2).T
    return Course(quantity, name, tuple(known), values, errors)


def _seen(
    told: Sequence[Told], lights: Iterable[LightsOfNight], births: Births, pixels: int
) -> Iterator[_Seen]:
    for one in told:
        yield from _of_master(one)
    for master, rate in dark_rates(told):
        yield _Seen(q.DARK_RATE, "", master.night, rate)
    for one in usual_darks(told):
        for quantity, count in ((q.HOT, one.hot), (q.FLICKERING, one.flickering)):
            if count is not None:
                yield _Seen(quantity, "", one.master.night, count)
    yield from _born(told, births)
    yield from _shapes(told, pixels)
    for night, name, levels in lights:
        width, zero = math.exp(levels.width), levels.zero_point * 2.5 / math.log(10)
        for quantity, value, error in (
            (q.FWHM, width, width * levels.width_error),
            (q.ZERO_POINT, zero, levels.zero_point_error * 2.5 / math.log(10)),
        ):
            if math.isfinite(value):
                yield _Seen(quantity, name, night, Measured(value, error))


def _of_master(one: Told) -> Iterator[_Seen]:
    """Yield what a master tells by itself."""
    master, camera = one.master, one.camera
    values: dict[Quantity, tuple[str, Measured | None]] = {}
    if master.kind == "bias":
        values = {q.BIAS: ("", one.level), q.FRAME_NOISE: ("", camera.frame_noise)}
    if master.kind == "flat":
        values = {
            q.GAIN: ("", camera.gain),
            q.READ_NOISE: ("", camera.read_noise),
            q.FLAT: (master.filter or "", one.light),
        }
    for quantity, (name, value) in values.items():
        if value is not None:
            yield _Seen(quantity, name, master.night, value)


def _born(told: Sequence[Told], births: Births) -> Iterator[_Seen]:
    """Yield new and healed pixels of the nights with darks; in the first all would be new."""
    nights = sorted({one.master.night for one in told if one.master.kind == "dark"})
    for night in nights[1:] if births.new else ():
        for quantity, counts in ((q.NEW, births.new), (q.HEALED, births.healed)):
            count = counts.get(night, 0)
            yield _Seen(quantity, "", night, Measured(count, math.sqrt(max(count, 1))))


def _shapes(told: Sequence[Told], pixels: int) -> Iterator[_Seen]:
    """Yield by which part the cells of flats changed at most since the first of their optics."""
    first: dict[tuple[object, ...], Doubles] = {}
    for one in told:
        if one.shape is not None and one.level is not None:
            master = one.master
            before = first.setdefault(optics_of(master), one.shape)
            change = float(np.abs(change_of_shape(one.shape, before)).max())
            part = one.level.error / one.level.value if one.level.value else math.nan
            error = part * CELLS * math.sqrt(max(pixels / SAMPLE, 1.0))
            yield _Seen(q.SHAPE, master.filter or "", master.night, Measured(change, error))


def optics_of(master: TrendMaster) -> tuple[object, ...]:
    """Return what flats share whose shapes are compared."""
    return master.filter, master.telescope, master.rotator
