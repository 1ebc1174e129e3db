"""Fields: which lights are refined from which, and how long each is searched for.

That is settled by headers, before a pixel is read, so that a frame is solved from the same frames
for the same time in whatever job and order.  It depends on earlier frames alone: one that is taken
later changes nothing for those before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from plateworks.inventory.sets import setup_of
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.settings.solve import SolveOptions
from plateworks.sky.hints import limits_of, scale_of, scale_untold, separation

#: Frames point at one field that are no farther apart than that, in degrees, or half a diagonal.
NEAR = 1.0
#: Seconds in which a frame is searched for at the least, where its header tells the scale.
LEAST_S = 1.0
#: A search that may take less than that is not begun.
LEAST_SEARCH_S = 0.1
MINUTES = 24 * 60  # of a day


class Place(NamedTuple):
    """What the others of its field are for a light."""

    neighbours: tuple[PlannedLight, ...]
    limit_s: float
    least_s: float


@dataclass
class _Line:
    """Lights of a field in time, and which of them are its scouts.

    Those are the first, and the first ones one, two, four, eight … minutes later: few, and from all
    of the night, since clouds that hide the first ones pass.  They go by time and not by their
    number, so that a frame which comes in late rarely changes who they are.
    """

    scouts: tuple[PlannedLight, ...] = ()
    length: int = 0
    _reach: float = 0.0  # minutes after the first one, where the next scout is due

    def add(self, light: PlannedLight) -> None:
        """Take in a light that is no earlier than the others."""
        self.length += 1
        begins = self.scouts[0].frame.mjd if self.scouts else light.frame.mjd
        minutes = round(((light.frame.mjd or 0.0) - (begins or 0.0)) * MINUTES, 3)
        if minutes >= self._reach:
            self.scouts = (*self.scouts, light)
            while self._reach <= minutes:
                self._reach = max(1.0, 2 * self._reach)


@dataclass
class _Field:
    """Lights that point where the first of them does."""

    first: Frame
    line: _Line = field(default_factory=_Line)


@dataclass
class _Night:
    """The lights of one camera and its optics in one night."""

    fields: list[_Field] = field(default_factory=list)
    untold: _Line = field(default_factory=_Line)  # those whose scale nothing tells

    def line_of(self, frame: Frame) -> _Line:
        for one in self.fields:
            if _beside(one.first, frame):
                return one.line
        self.fields.append(_Field(frame))
        return self.fields[-1].line


class Fields:
    """The fields of a plan.

    Parameters
    ----------
    lights : iterable of PlannedLight
    options : SolveOptions
    """

    def __init__(self, lights: Iterable[PlannedLight], options: SolveOptions):
        self._places = _places(lights, options)

    def place(self, light: PlannedLight) -> Place:
        """Return what the others of its field are for a light."""
        return self._places[light.calibrated]

    def beside(self, lights: Sequence[PlannedLight]) -> list[PlannedLight]:
        """Return all that some lights are solved from, and that is not among them."""
        found = {light.calibrated: light for light in lights}
        waiting = list(lights)
        while waiting:
            for one in self.place(waiting.pop()).neighbours:
                if one.calibrated not in found:
                    found[one.calibrated] = one
                    waiting.append(one)
        return list(found.values())[len(lights) :]

    def free(self, lights: Iterable[PlannedLight]) -> int:
        """Return how many of some lights none is solved from: no other waits for them."""
        lights = list(lights)
        asked = {one.calibrated for light in lights for one in self.place(light).neighbours}
        return sum(light.calibrated not in asked for light in lights)


def _places(lights: Iterable[PlannedLight], options: SolveOptions) -> dict[str, Place]:
    """Return the place of each light, by the path of its calibrated frame."""
    scales = options.scale_low, options.scale_high, options.field_width_deg
    nights: dict[tuple[object, ...], _Night] = {}
    budgets: dict[str, float] = {}
    places: dict[str, Place] = {}
    for light in sorted(lights, key=lambda one: (one.frame.mjd or 0.0, one.frame.path)):
        frame = light.frame
        optics = setup_of(frame), frame.telescope, frame.focal_length
        night = nights.setdefault((light.session, *optics), _Night())
        line = night.line_of(frame)
        neighbours, limit = line.scouts, options.time_limit_s
        least = min(limit, max(LEAST_S, round(limit / 2 ** len(neighbours), 2)))
        if scale_untold(frame, limits_of(frame.width, *scales)):
            left = budgets.setdefault(light.session, options.night_budget_s)
            limit = least = _share(limit, night.untold.length, left)
            budgets[light.session] -= limit
            both = (*neighbours, *night.untold.scouts)
            neighbours = tuple({one.calibrated: one for one in both}.values())
            night.untold.add(light)
        line.add(light)
        places[light.calibrated] = Place(neighbours, limit, least)
    return places


def _share(limit: float, before: int, left: float) -> float:
    """Return how much of a budget is left for a light after so many others that share it.

    Halved step by step, and not a little for each, so that a light which comes in late changes the
    share of those few that it moves over a step.
    """
    limit /= 2 ** ((before + 1).bit_length() - 1)
    while limit > max(left / 2, LEAST_SEARCH_S):
        limit /= 2
    return round(limit, 2) if LEAST_SEARCH_S <= limit <= left / 2 else 0.0


def _beside(one: Frame, other: Frame) -> bool:
    """Whether two frames of a camera point at the same field, as far as headers tell."""
    if one.ra is None or one.dec is None or other.ra is None or other.dec is None:
        told = one.ra is None or one.dec is None, other.ra is None or other.dec is None
        return all(told) and (one.object or "").casefold() == (other.object or "").casefold()
    reach = max(NEAR, math.hypot(one.width, one.height) * (scale_of(one) or 0.0) / 7200)
    near = abs(one.dec - other.dec) <= reach  # which costs less to know
    return near and separation(one.ra, one.dec, other.ra, other.dec) <= reach
