"""The slots of lights and of flats that another calibration set would fill better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from plateworks.mastercost import DOUBT_OF_GROWTH
from plateworks.matching.candidates import Need
from plateworks.matching.choices import dark_for_flat, dark_for_light
from plateworks.matching.match import EXACT, LAST_RESORT, Match
from plateworks.matching.matcher import Matcher
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight, slots_done
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan

#: A set is worth its time if it spares a frame so much: in the noise of one frame, or of one flat.
WORTH = 0.1
#: The level of a slot that nothing fills.
NOTHING = LAST_RESORT + 1
#: Sky flats have an exposure each.  Nobody takes flat-darks for more than these of one set.
MOST_EXPOSURES = 3


@dataclass
class Want:
    """Lights with the same match in a slot, theirs or that of their flat, that could be better."""

    slot: str
    need: Need  # of the first of the frames
    frame: Frame
    match: Match | None
    #: The same, or what it is if nearly the same exposure counts as the same; None: refused.
    forgiven: Match | None
    reason: str
    lights: list[PlannedLight]
    refused: bool = False  # for want of a better one

    @property
    def level(self) -> int:
        return NOTHING if self.match is None else self.match.level

    def gains_by(self, other: Match | None) -> bool:
        """Whether another match is of a better level, and spares as much as is worth its time."""
        if other is None or other.level >= self.level:
            return False
        if self.forgiven is None:
            return True
        spared = (self.forgiven.cost or 0.0) - (other.cost or 0.0)
        return other.level < self.forgiven.level and spared >= WORTH


class Wants:
    """Finds what the frames of a plan want."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._accept = plan.settings.matching.accept_level

    @cached_property
    def _forgiving(self) -> Matcher:
        """Matches by rules for which exposures are one where a new dark would spare too little."""
        options = self._plan.settings.matching
        nearly = max(options.exposure_tolerance, WORTH / DOUBT_OF_GROWTH)
        options = replace(options, exposure_tolerance=nearly)
        return Matcher(self._plan.matcher.masters, options, self._plan.log)

    def of_lights(self) -> list[Want]:
        """Return the slots of lights that could be filled better, lights of one set together."""
        plan, accept = self._plan, self._accept
        required = plan.settings.calibrate.require
        wants: dict[tuple[object, ...], Want] = {}
        for light in plan.lights:
            frame = light.frame
            filled = {"dark": _as_it_fits(light.dark), "flat": _as_it_fits(light.flat)}
            if "bias" in required:
                bias = plan.matcher.best(light.need, "bias")
                # What is taken of an accepted bias, the dark tells; the light is not the worse.
                if bias is None or bias.level > accept.bias:
                    filled["bias"] = bias
            done = slots_done(light.need, frame)
            for slot, match in filled.items():
                if slot in done or (match is not None and match.level == EXACT):
                    continue
                optics = (frame.telescope, frame.rotator) if slot == "flat" else ()
                key = (light.source.id, slot, match.level if match else light.refused, *optics)
                if key not in wants:
                    need = light.need
                    match = match or best_for(need, slot, plan.matcher)
                    want = self._want(slot, need, frame, match)
                    want.refused = bool(
                        light.refused and slot in required and want.level > accept.of(slot)
                    )
                    wants[key] = want
                wants[key].lights.append(light)
        return list(wants.values())

    def of_flats(self) -> Iterator[Want]:
        """Yield the flats in use whose dark could be better, each exposure, with their lights."""
        users: dict[str, list[PlannedLight]] = {}
        for light in self._plan.to_calibrate:
            if light.flat is not None:
                users.setdefault(light.flat.master.path, []).append(light)
        for planned in self._plan.to_make:
            lights = users.get(planned.path)
            if lights and planned.source.key.kind == "flat":
                yield from self._of_flat(planned, lights)

    def _of_flat(self, planned: PlannedMaster, lights: list[PlannedLight]) -> Iterator[Want]:
        exposures = {frame.exposure: frame for frame in planned.source.frames}
        if len(exposures) > MOST_EXPOSURES:
            return
        for frame in exposures.values():
            need = self._plan.need_of(frame)
            match = dark_for_flat(need, self._plan.matcher)
            if frame.exposure and frame.mjd and (match is None or match.level > EXACT):
                want = self._want("darkflat", need, frame, match)
                want.reason = f"{planned.name}: {want.reason or 'no dark'}"
                want.lights += lights
                yield want

    def _want(self, slot: str, need: Need, frame: Frame, match: Match | None) -> Want:
        forgiven = None
        if match is not None and match.level <= self._accept.of(slot):
            forgiven = match
            if slot in ("dark", "darkflat"):
                other = best_for(need, slot, self._forgiving) or match
                forgiven = min(match, other, key=lambda one: one.level)
        return Want(slot, need, frame, match, forgiven, match.reason if match else "", [])


def _as_it_fits(match: Match | None) -> Match | None:
    """Return a match without what is wrong with the master itself: another would share that."""
    return None if match is None else match._replace(making=())


def best_for(need: Need, slot: str, matcher: Matcher) -> Match | None:
    """Return the match of a slot as it is chosen: a dark, or bias alone in its place."""
    if slot == "dark":
        return dark_for_light(need, matcher)
    return dark_for_flat(need, matcher) if slot == "darkflat" else matcher.best(need, slot)
