"""Why each frame has the masters it has, and why it has no others: rows of the plan's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from plateworks.jobs.jobs import Jobs
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.choices import dark_for_light
from plateworks.matching.match import EXACT, Match, Refusal
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan


class Differences(NamedTuple):
    """What a light has more than a master; None where unknown, or of no matter to the slot."""

    age_days: float | None = None  # positive: the master is older
    exposure_s: float | None = None
    temperature_degC: float | None = None
    gain: float | None = None
    rotator_deg: float | None = None  # from -180 to 180


class Association(NamedTuple):
    """One slot of one light; the fields are columns of ``associations.csv``."""

    frame: str
    set: str
    slot: str
    chosen: str | None
    level: int | None
    reason: str
    k: float | None = None
    cost: float | None = None  # in read noises of one frame; of a flat in noises of one flat
    age_days: float | None = None
    exposure_difference_s: float | None = None
    temperature_difference_degC: float | None = None
    gain_difference: float | None = None
    rotator_difference_deg: float | None = None
    runner_up: str | None = None
    product: str | None = None


def differences(need: Need, master: Candidate, slot: str) -> Differences:
    """Return how far a master is from what a light needs, in the fields that matter to a slot."""
    turned = _less(need.rotator, master.rotator) if slot == "flat" else None
    return Differences(
        age_days=_less(need.mjd, master.mjd),
        exposure_s=_less(need.exposure, master.exposure) if slot == "dark" else None,
        temperature_degC=_less(need.temperature, master.temperature) if slot != "flat" else None,
        gain=_less(need.setup.gain, master.setup.gain),
        rotator_deg=None if turned is None else (turned + 180.0) % 360.0 - 180.0,
    )


def associations(plan: Plan) -> Iterator[Association]:
    """Yield the slots bias, dark, flat and cosmetic of every light, lights in order of the plan."""
    jobs = Jobs(plan)
    for light in plan.lights:
        frame, source = light.frame.path, light.source.id
        product = light.calibrated or None
        need = light.need
        for slot, match, reason in _slots(light, plan, need, jobs):
            if match is None:
                yield Association(frame, source, slot, None, None, reason, product=product)
                continue
            k = match.k if slot == "dark" else None
            apart = differences(need, match.master, slot)
            cost = None if match.cost is None else round(match.cost, 3)
            yield Association(
                frame, source, slot, match.master.path, match.level, reason, k, cost, *apart,
                match.runner_up, product,
            )  # fmt: skip
        listed = jobs.orders.frame_of(light).cosmetic
        why = "of the chosen dark" if listed else "no dark is chosen"
        why = "pinned by overrides" if light.cosmetic else why
        level = EXACT if listed else None
        yield Association(frame, source, "cosmetic", listed, level, why, product=product)


def _slots(
    light: PlannedLight, plan: Plan, need: Need, jobs: Jobs
) -> Iterator[tuple[str, Match | None, str]]:
    """Yield slot, match and reason for what a light is calibrated with."""
    nothing = light.refused or "nothing acceptable matches; not required"
    dark, flat = light.first_dark, light.flat
    if dark is None:
        yield "bias", None, nothing
        yield "dark", None, nothing
    elif dark.master.kind == "bias":
        yield "bias", dark, dark.reason
        yield "dark", None, "bias alone"
    else:
        if dark.bias is None:
            own = dark.dark_bias
            yield "bias", None, f"taken out of the dark: {own.path}" if own else "inside the dark"
        else:
            best = plan.matcher.best(need, "bias")
            bias = best if best and best.master == dark.bias else Match(dark.bias)
            why = f"for the scaled or bias-free dark; {bias.reason}{_other_bias(dark)}"
            yield "bias", bias, why
        yield "dark", dark, f"{dark.reason}{_otherwise(light)}"
    if flat is None:
        yield "flat", None, nothing
    elif light.flats and not light.refused:
        scores = jobs.trials.scores(light)
        yield "flat", flat, f"one of {len(light.flats)} that are tried ({scores}); {flat.reason}"
    else:
        yield "flat", flat, flat.reason


def _otherwise(light: PlannedLight) -> str:
    """Say what a light gets where the model of its dark does not serve."""
    if light.modelled is None:
        return ""
    instead = "it is set aside" if light.lacking else "nothing"
    if light.dark is not None:
        instead = f"{light.dark.master.path} ({light.dark.reason})"
    return f"; unless its darks do not bear the model out: then {instead}"


def _other_bias(dark: Match) -> str:
    """Say which other bias a dark is freed of."""
    own = dark.dark_bias
    return "" if own in (None, dark.bias) else f"; the dark is freed of its own, {own.path}"


def refusals(plan: Plan) -> Iterator[tuple[str, str, Refusal]]:
    """Yield set, slot and refusal: once for each set, slot, candidate and field.

    Of lights, and of flats that are left out since nothing calibrates them.  What serves at two
    times serves at all times between: every rule that knows dates accepts one stretch of time.  So
    what is refused at all is refused for the first or the last of the frames that differ in time
    alone, and no others are looked at.
    """
    ends: dict[tuple[tuple[str, ...], *tuple[object, ...]], list[tuple[str, Need]]] = {}
    for source, need, slots in _in_need(plan):
        one = (source, need)
        found = ends.setdefault((slots, source, need.timeless, need.mjd is None), [one, one])
        found[1] = one
    seen: set[tuple[str, ...]] = set()
    for (slots, *_), (first, last) in ends.items():
        for source, need in (first, last) if first is not last else (first,):
            for slot in slots:
                for refusal in _refused(plan, need, slot):
                    mark = (source, slot, refusal.path, refusal.field)
                    if mark not in seen:
                        seen.add(mark)
                        yield source, slot, refusal


def _in_need(plan: Plan) -> Iterator[tuple[str, Need, tuple[str, ...]]]:
    """Yield set, need and slots of the lights, and of the flats that are left out."""
    for light in plan.lights:
        yield light.source.id, light.need, ("bias", "dark", "flat")
    left_out = {reject.path for reject in plan.rejects}
    for one in plan.sets:
        if one.key.kind == "flat":
            for frame in one.frames:
                if frame.path in left_out:
                    yield one.id, plan.need_of(frame), ("bias", "darkflat")


def _refused(plan: Plan, need: Need, slot: str) -> Iterator[Refusal]:
    """Yield every candidate of a slot that is refused at one time."""
    options = plan.settings.matching
    yield from plan.matcher.misses(need, slot)
    if slot == "dark" and plan.models is not None:
        yield from plan.models.refusals(need)
    if slot == "dark":
        alone = dark_for_light(need, plan.matcher)
        if alone is not None and alone.master.kind == "bias":
            refusal = alone.refused_by_level(options.accept_level.of(slot))
            if refusal is not None:
                yield refusal


def _less(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else round(ours - theirs, 6)
