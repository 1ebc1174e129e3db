"""What to capture next: the calibration sets that would raise a level, or save refused lights.

For every slot that a light has filled badly or not at all, the masters that could be had are tried
in the ordinary matching: the ideal one, a master bias, and those of sets that only lack something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from plateworks.inventory.sets import kind_of
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.choices import dark_for_flat, dark_for_light
from plateworks.matching.comparison import compare
from plateworks.matching.match import EXACT, LAST_RESORT, Match, Refusal
from plateworks.matching.matcher import Matcher
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan
from plateworks.planning.unmade import Unmade, unmade
from plateworks.report.gaps import Gap, Wanted

#: Frames that make a master whose noise does not matter beside that of a light.
RECOMMENDED = 20
#: The level of a slot that nothing fills.
NOTHING = LAST_RESORT + 1
#: Sky flats have an exposure each.  Nobody takes flat-darks for more than these of one set.
_MOST_EXPOSURES = 3


@dataclass
class _Want:
    """Lights of one set with the same match in a slot, one that could be better."""

    slot: str
    need: Need  # of the first of them
    frame: Frame
    level: int
    reason: str
    lights: list[PlannedLight]
    refused: bool = False  # for want of a better one


@dataclass
class _Tally:
    """What has been found so far in favour of capturing a set."""

    wanted: Wanted
    lights: dict[str, PlannedLight] = field(default_factory=dict)  # by path: each counts once
    refused: set[str] = field(default_factory=set)
    now: int = -1
    then: int = EXACT
    reason: str = ""

    def add(self, want: _Want, then: int, why: str = "") -> None:
        """Note that the set would raise some lights to the level `then`."""
        lights = {light.frame.path: light for light in want.lights}
        self.lights |= lights
        self.refused |= set(lights) if want.refused else set()
        self.then = max(self.then, then)
        if want.level > self.now:
            self.now, self.reason = want.level, "; ".join(filter(None, (want.reason, why)))


class _Option(NamedTuple):
    """A way to fill a slot better: the level it gives, the effort it takes, what to capture."""

    level: int
    effort: int
    sets: tuple[Wanted, ...]
    why: str = ""  # beside the reason of the poor match


def missing(plan: Plan) -> list[Gap]:
    """Return the calibration sets worth capturing, the most urgent first.

    For lights that share a poor match that is the set which would raise their level most, and for
    refused lights also the one that would save them with least effort, if that is another.
    """
    accept_level = plan.settings.matching.accept_level
    not_made = _not_made(plan)
    tallies: dict[tuple[object, ...], _Tally] = {}
    for want in _wants(plan):
        options = [one for one in _options(plan, want, not_made) if one.level < want.level]
        accept = accept_level.of(want.slot)
        saving = [one for one in options if one.level <= accept < want.level]
        best = sorted(options, key=lambda one: (one.level, one.effort))[:1]
        easiest = sorted(saving, key=lambda one: one.effort)[:1]
        for option in best if best == easiest else best + easiest:
            for one in option.sets:
                tallies.setdefault(one.key, _Tally(one)).add(want, option.level, option.why)
    for want, one in _flat_darks(plan):
        tallies.setdefault(one.key, _Tally(one)).add(want, EXACT)
    too_few = {_set_of(one.source.frames[0], plan).key: one for one in not_made if one.too_few}
    gaps = [_gap(tally, plan, too_few.get(tally.wanted.key)) for tally in tallies.values()]
    return sorted(gaps, key=lambda gap: gap.order)


def _not_made(plan: Plan) -> list[Unmade]:
    """Return every set that the plan refuses to combine, sorted by set."""
    sets, options = {one.key: one for one in plan.sets}, plan.settings.masters
    refused = (planned for planned in plan.masters if planned.refused)
    return [unmade(sets[one.source.key], one.path, one.refused, options) for one in refused]


def _wants(plan: Plan) -> Iterable[_Want]:
    """Collect the slots that could be filled better, lights of one set and match together."""
    accept = plan.settings.matching.accept_level
    required = plan.settings.calibrate.require
    wants: dict[tuple[object, ...], _Want] = {}
    for light in plan.lights:
        frame = light.frame
        filled = {"dark": _as_it_fits(light.dark), "flat": _as_it_fits(light.flat)}
        if "bias" in required:
            bias = plan.matcher.best(plan.need_of(frame), "bias")
            # What is taken of an accepted bias, the dark tells; the light is not the worse for it.
            if bias is None or bias.level > accept.bias:
                filled["bias"] = bias
        for slot, match in filled.items():
            if match is not None and match.level == EXACT:
                continue
            optics = (frame.telescope, frame.rotator) if slot == "flat" else ()
            key = (light.source.id, slot, match.level if match else light.refused, *optics)
            if key not in wants:
                need = plan.need_of(frame)
                match = match or _best(need, slot, plan.matcher)
                level = NOTHING if match is None else match.level
                reason = "" if match is None else match.reason
                refused = bool(light.refused) and slot in required and level > accept.of(slot)
                wants[key] = _Want(slot, need, frame, level, reason, [], refused)
            wants[key].lights.append(light)
    return wants.values()


def _as_it_fits(match: Match | None) -> Match | None:
    """Return a match without what is wrong with the master itself: another would share that."""
    return None if match is None else replace(match, making=())


def _best(need: Need, slot: str, matcher: Matcher) -> Match | None:
    return dark_for_light(need, matcher) if slot == "dark" else matcher.best(need, slot)


def _options(plan: Plan, want: _Want, not_made: Iterable[Unmade]) -> Iterator[_Option]:
    """Yield every way to fill a slot that is worth a thought."""
    need, options = want.need, plan.settings.matching
    for one in not_made:
        fits = one.master.kind == want.slot and not one.too_few
        if fits and not isinstance(compare(need, one.master, options), Refusal):
            sets = tuple(_lacking(one, plan))
            level = _level_with(plan, want, one.master, *_masters(sets, plan))
            yield _Option(level, 0, sets, f"{one.source.name} is not made for want of it")
    bias, own = (Wanted(kind, need, want.frame) for kind in ("bias", want.slot))
    if want.slot == "dark":
        known = plan.matcher.best(need, "bias")
        if known is None or known.level != EXACT:
            darks = (master for master in plan.matcher.masters if master.kind == "dark")
            level = _level_with(plan, want, *_masters([bias], plan), *darks)
            yield _Option(level, 1, (bias,), "a bias would let another dark serve")
            if plan.settings.masters.subtract_bias:
                both = (own, bias)
                yield _Option(_level_with(plan, want, *_masters(both, plan)), 3, both)
    yield _Option(_level_with(plan, want, *_masters([own], plan)), 2, (own,))


def _masters(sets: Iterable[Wanted], plan: Plan) -> list[Candidate]:
    subtract = plan.settings.masters.subtract_bias
    return [one.master(subtract_bias=subtract) for one in sets]


def _level_with(plan: Plan, want: _Want, *masters: Candidate) -> int:
    """Return the level of a slot if there were `masters`, beside the biases there are."""
    biases = (master for master in plan.matcher.masters if master.kind == "bias")
    matcher = Matcher((*masters, *biases), plan.settings.matching, plan.log)
    match = _best(want.need, want.slot, matcher)
    return NOTHING if match is None else match.level


def _lacking(one: Unmade, plan: Plan) -> Iterator[Wanted]:
    """Yield what a set lacks that has frames enough: darks for its own frames, or bias."""
    exposures = {frame.exposure: frame for frame in one.source.frames}
    bias_will_do = one.master.kind != "flat" or len(exposures) > _MOST_EXPOSURES
    for frame in list(exposures.values())[: 1 if bias_will_do else None]:
        kind = "bias" if bias_will_do else "darkflat"
        yield _set_of(frame, plan, kind)


def _flat_darks(plan: Plan) -> Iterator[tuple[_Want, Wanted]]:
    """Yield the flat-darks that flats in use lack: their lights, and the set."""
    users: dict[str, list[PlannedLight]] = {}
    for light in plan.to_calibrate:
        if light.flat is not None:
            users.setdefault(light.flat.master.path, []).append(light)
    for planned in plan.to_make:
        lights, frames = users.get(planned.path), planned.source.frames
        exposures = {frame.exposure: frame for frame in frames}
        if not lights or planned.source.key.kind != "flat" or len(exposures) > _MOST_EXPOSURES:
            continue
        for frame in exposures.values():
            need = plan.need_of(frame)
            match = dark_for_flat(need, plan.matcher)
            level = NOTHING if match is None else match.level
            if level > EXACT and frame.exposure and frame.mjd:
                reason = f"{planned.name}: {match.reason if match else 'no dark'}"
                want = _Want("darkflat", need, frame, level, reason, lights)
                yield want, Wanted("darkflat", need, frame)


def _set_of(frame: Frame, plan: Plan, kind: str | None = None) -> Wanted:
    return Wanted(kind or kind_of(frame), plan.need_of(frame), frame)


def _gap(tally: _Tally, plan: Plan, too_few: Unmade | None) -> Gap:
    """Return the row of the table; `too_few` is a set of the same kind that was begun."""
    wanted, least = tally.wanted, plan.settings.masters.min_frames
    need, frame, kind = wanted.need, wanted.frame, wanted.kind
    is_flat, frames = kind == "flat", max(least, RECOMMENDED)
    begun = ""
    if too_few is not None:
        count, session = len(too_few.source.frames), too_few.source.key.session
        begun = f"{count} frames of {session or 'all nights'} are too few (masters.min_frames)"
        # Where each night makes masters of its own, later frames do not complete an earlier set.
        frames = frames if session else least - count
    gap = Gap(
        kind=kind,
        camera=frame.camera,
        width=frame.width,
        height=frame.height,
        xbin=frame.xbin,
        ybin=frame.ybin,
        gain=frame.gain,
        offset=frame.offset,
        readout_mode=frame.readout_mode,
        set_temp_degC=need.temperature,
        exposure_s=None if is_flat else 0.0 if kind == "bias" else need.exposure,
        filter=frame.filter if is_flat else None,
        telescope=frame.telescope if is_flat else None,
        rotator_deg=frame.rotator if is_flat else None,
        frames=frames,
        lights=len(tally.lights),
        refused=len(tally.refused),
        level_now=None if tally.now == NOTHING else tally.now,
        level_then=tally.then,
        nights=" ".join(sorted({light.session for light in tally.lights.values()})),
        reason="",
    )
    reasons = (tally.reason or f"no {gap.title}", begun)
    return gap._replace(reason="; ".join(filter(None, reasons)))
