"""What to capture next: the calibration sets that would raise a level, or save refused lights.

For every slot that a light has filled badly or not at all, the masters that could be had are tried
in the ordinary matching: the ideal one, a master bias, and those of sets that only lack something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from plateworks.inventory.sets import kind_of
from plateworks.matching.candidates import SLOTS, Candidate
from plateworks.matching.comparison import compare
from plateworks.matching.match import EXACT, Match, Refusal
from plateworks.matching.matcher import Matcher
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.planning.nearest import nearest
from plateworks.planning.plan import Plan
from plateworks.planning.unmade import Unmade, unmade
from plateworks.report.expiring import expiring
from plateworks.report.gaps import RECOMMENDED, Gap, Wanted
from plateworks.report.wants import MOST_EXPOSURES, NOTHING, Want, Wants, best_for

#: Seconds in which no sensor, cooled or not, gathers dark current that shows in a flat: 1e-5 of it.
_SHORT_S = 0.5
#: Fields of refusals that the poor match itself tells, or the set that was begun.
_TOLD_ELSEWHERE = ("level", "frames")


@dataclass
class _Tally:
    """What has been found so far in favour of capturing a set."""

    wanted: Wanted
    lights: dict[str, PlannedLight] = field(default_factory=dict)  # by path: each counts once
    refused: set[str] = field(default_factory=set)
    now: int = -1
    then: int = EXACT
    reason: str = ""
    instead: Refusal | None = None  # what a setting would let in
    expires: str = ""  # the first session that what serves now does so no more

    def add(self, want: Want, then: int, why: str, instead: Refusal | None) -> None:
        """Note that the set would raise some lights to the level `then`."""
        lights = {light.frame.path: light for light in want.lights}
        self.lights |= lights
        self.refused |= set(lights) if want.refused else set()
        self.then = max(self.then, then)
        if want.level > self.now:
            self.now = want.level
            self.reason = "; ".join(filter(None, (want.reason, why)))
            self.instead = instead


class _Option(NamedTuple):
    """A way to fill a slot better: the match it gives, the effort it takes, what to capture."""

    match: Match | None
    effort: int
    sets: tuple[Wanted, ...]
    why: str = ""  # beside the reason of the poor match

    @property
    def level(self) -> int:
        return NOTHING if self.match is None else self.match.level


def missing(plan: Plan) -> list[Gap]:
    """Return the calibration sets worth capturing, the most urgent first.

    For lights that share a poor match that is the set which would raise their level most, and for
    refused lights also the one that would save them with least effort, if that is another.
    """
    accept_level = plan.settings.matching.accept_level
    not_made = _not_made(plan)
    tallies: dict[tuple[object, ...], _Tally] = {}
    wants = Wants(plan)
    for want in (*wants.of_lights(), *wants.of_flats()):
        options = [one for one in _options(plan, want, not_made) if want.gains_by(one.match)]
        accept = accept_level.of(want.slot)
        saving = [one for one in options if one.level <= accept < want.level]
        best = sorted(options, key=lambda one: (one.level, one.effort))[:1]
        easiest = sorted(saving, key=lambda one: one.effort)[:1]
        for option in best if best == easiest else best + easiest:
            for one in option.sets:
                tally = tallies.setdefault(one.key, _Tally(one))
                tally.add(want, option.level, option.why, _instead(plan, want, one))
    for want, ending in expiring(plan):
        wanted = _set_of(want.frame, plan, want.slot)
        tally = tallies.setdefault(wanted.key, _Tally(wanted))
        tally.add(want, EXACT, "", None)
        tally.expires = min(filter(None, (tally.expires, ending.until)))
    too_few = {_set_of(one.source.frames[0], plan).key: one for one in not_made if one.too_few}
    gaps = [_gap(tally, plan, too_few.get(tally.wanted.key)) for tally in tallies.values()]
    return sorted(gaps, key=lambda gap: gap.order)


def _not_made(plan: Plan) -> list[Unmade]:
    """Return every set that the plan refuses to combine, sorted by set."""
    sets, options = {one.key: one for one in plan.sets}, plan.settings.masters
    refused = (planned for planned in plan.masters if planned.refused)
    return [unmade(sets[one.source.key], one.path, one.refused, options) for one in refused]


def _options(plan: Plan, want: Want, not_made: Iterable[Unmade]) -> Iterator[_Option]:
    """Yield every way to fill a slot that is worth a thought.

    What is there, and would serve if it were made, is not to be captured: what it lacks is.
    """
    need, options = want.need, plan.settings.matching
    bias, own = (_set_of(want.frame, plan, kind) for kind in ("bias", want.slot))
    lacking = "{} is not made for want of it"
    accept, there = options.accept_level.of(want.slot), False
    for one in not_made:
        fits = one.master.kind in SLOTS[want.slot] and not one.too_few
        if fits and not isinstance(compare(need, one.master, options), Refusal):
            sets = tuple(_lacking(one, plan))
            match = _match_with(plan, want, one.master, *_masters(sets, plan))
            yield _Option(match, 0, sets, lacking.format(one.source.name))
            same = own.key == _set_of(one.source.frames[0], plan).key
            there |= same and match is not None and match.level <= accept
    if want.slot == "darkflat" and _is_short(want.frame):
        yield _Option(_match_with(plan, want, *_masters([bias], plan)), 1, (bias,))
    if want.slot == "dark":
        known = plan.matcher.best(need, "bias")
        if known is None or known.level != EXACT:
            darks = (master for master in plan.matcher.masters if master.kind == "dark")
            match = _match_with(plan, want, *_masters([bias], plan), *darks)
            yield _Option(match, 1, (bias,), "a bias would let another dark serve")
            if plan.settings.masters.subtract_bias and not there:
                both = (own, bias)
                yield _Option(_match_with(plan, want, *_masters(both, plan)), 3, both)
    if not there:
        yield _Option(_match_with(plan, want, *_masters([own], plan)), 2, (own,))


def _masters(sets: Iterable[Wanted], plan: Plan) -> list[Candidate]:
    subtract = plan.settings.masters.subtract_bias
    return [one.master(subtract_bias=subtract) for one in sets]


def _match_with(plan: Plan, want: Want, *masters: Candidate) -> Match | None:
    """Return the match of a slot if there were `masters`, beside the biases there are."""
    biases = (master for master in plan.matcher.masters if master.kind == "bias")
    matcher = Matcher((*masters, *biases), plan.settings.matching, plan.log)
    return best_for(want.need, want.slot, matcher)


def _instead(plan: Plan, want: Want, wanted: Wanted) -> Refusal | None:
    """Return the nearest miss in place of a set, where a setting or frames set aside would do."""
    need, kind = wanted.need, wanted.kind
    slots = ("darkflat", "bias") if kind == "darkflat" else (kind,)
    miss = next(iter(plan.matcher.nearest(need, *slots)), None)
    if miss is not None and miss.is_near and miss.refusal.field not in _TOLD_ELSEWHERE:
        return miss.refusal
    match = want.match if kind == want.slot else best_for(need, kind, plan.matcher)
    accept = plan.settings.matching.accept_level.of(kind)
    return None if match is None else match.refused_by_level(accept)


def _lacking(one: Unmade, plan: Plan) -> Iterator[Wanted]:
    """Yield what a set lacks that has frames enough: darks for its own frames, or bias."""
    exposures = {frame.exposure: frame for frame in one.source.frames}
    bias_will_do = one.master.kind != "flat" or len(exposures) > MOST_EXPOSURES
    bias_will_do |= all(map(_is_short, exposures.values()))
    for frame in list(exposures.values())[: 1 if bias_will_do else None]:
        kind = "bias" if bias_will_do else "darkflat"
        yield _set_of(frame, plan, kind)


def _is_short(flat: Frame) -> bool:
    """Whether a flat is over before dark current could show in its light."""
    return flat.exposure is not None and flat.exposure <= _SHORT_S


def _set_of(frame: Frame, plan: Plan, kind: str | None = None) -> Wanted:
    """Return the set that would suit a frame, as its camera would take it."""
    frame = plan.neighbours.completed(frame)
    return Wanted(kind or kind_of(frame), plan.need_of(frame), frame)


def _gap(tally: _Tally, plan: Plan, too_few: Unmade | None) -> Gap:
    """Return the row of the table; `too_few` is a set of the same kind that was begun."""
    wanted, instead, least = tally.wanted, tally.instead, plan.settings.masters.min_frames
    need, frame, kind = wanted.need, wanted.frame, wanted.kind
    is_flat, frames = kind == "flat", max(least, RECOMMENDED)
    begun, setting = "", "" if instead is None else instead.setting
    if too_few is not None:
        setting = "masters.min_frames"  # its frames are what is wanted
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
        setting=setting,
        expires=tally.expires,
    )
    there = "" if instead is None else nearest((instead,)).removeprefix(": ")
    reasons = (tally.reason or f"no {gap.title}", there, begun)
    return gap._replace(reason="; ".join(filter(None, reasons)))
