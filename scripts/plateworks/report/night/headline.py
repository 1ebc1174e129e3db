"""What a reader of a night asks first: was it good, and what is to be done."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from plateworks.report.night.facts import LightFacts, NightFacts, Number
from plateworks.wording import counted

#: Things to do that are named; what is beyond stands further down on the page.
MOST_TO_DO = 5
#: Names in one of them.
_NAMES = 3
#: A measured value is apart from that of the header by more than this part.
APART = 0.05

_REMEDIES = {
    "cloud": "leave them out of the stack",
    "obstruction": "look at them, and leave them out of the stack",
    "focus": "leave them out, and focus more often",
    "dew": "leave them out, and heat the optics",
    "trailing": "leave them out, and look at guiding and wind",
    "moon or dawn": "leave them out, or weigh them by their sky",
    "wrong pointing": "leave them out, and look at the mount's alignment",
}


class Task(NamedTuple):
    """Something to do.

    Attributes
    ----------
    what : str
    remedy : str
    link : str
        The block of the page that says more.
    """

    what: str
    remedy: str
    link: str


class FilterSum(NamedTuple):
    """What a filter got: how many lights, how many of them usable, and their hours."""

    filter: str
    lights: int
    usable: int
    hours: float
    fwhm: Number
    limit: Number


def headline(night: NightFacts) -> str:
    """Return the night in a sentence."""
    every = len(night.lights) + night.refused_count
    if not every:
        return "No light of this night takes part."
    usable = len(night.usable)
    said = f"{usable} of {counted(every, 'light')} {'is' if usable == 1 else 'are'} usable"
    whole = hours(night.usable)
    said += f", {whole:.1f} hours" if usable and whole >= 0.05 else ""
    against = [
        f"{sum(night.causes.values())} flagged ({_counts(night)})" if night.causes else "",
        _some(sum(not light.measured for light in night.lights), "not measured"),
        _some(night.refused_count, "refused"),
    ]
    told = ", ".join(filter(None, against))
    return f"{said}: {told}." if told else f"{said}."


def filters(night: NightFacts) -> list[FilterSum]:
    """Return what each filter got, by its name."""
    groups: dict[str, list[LightFacts]] = defaultdict(list)
    for light in night.lights:
        groups[light.filter].append(light)
    sums = []
    for name, lights in sorted(groups.items()):
        usable = [light for light in lights if light.usable]
        sums.append(
            FilterSum(
                name or "no filter", len(lights), len(usable), hours(usable),
                middle(usable, "fwhm_arcsec"), middle(usable, "limit_mag"),
            )
        )  # fmt: skip
    return sums


def hours(lights: Iterable[LightFacts]) -> float:
    """Return for how long some lights were exposed."""
    return sum(light.numbers["exposure_s"] or 0.0 for light in lights) / 3600


def middle(lights: Sequence[LightFacts], name: str) -> Number:
    """Return the median of a number over lights; None where none has it."""
    known = [value for light in lights if (value := light.numbers.get(name)) is not None]
    return statistics.median(known) if known else None


def tasks(night: NightFacts) -> list[Task]:
    """Return what is to be done, the most urgent first, all of it."""
    return [
        *_refused(night),
        *_to_capture(night),
        *_flagged(night),
        *_unsolved(night),
        *_sensors(night),
        *_warnings(night),
    ]


def _refused(night: NightFacts) -> Iterator[Task]:
    for one in night.refused:
        what = f"{counted(len(one.files), 'light')} refused: {one.reason}"
        yield Task(what, "shoot what is missing, or loosen the setting that is named", "refused")


def _to_capture(night: NightFacts) -> Iterator[Task]:
    for gap in night.gaps:
        if gap.urgent:
            yield Task(
                f"{counted(gap.lights, 'light')} would go from {gap.now} to {gap.then}",
                f"shoot {gap.frames} × {gap.title}",
                "next",
            )


def _flagged(night: NightFacts) -> Iterator[Task]:
    for cause, count in night.causes.most_common():
        some = [light.frame for light in night.lights if light.cause == cause]
        yield Task(
            f"{counted(count, 'light')}: {cause} ({_named(some)})",
            _REMEDIES.get(cause, "look at them"),
            "lights",
        )


def _unsolved(night: NightFacts) -> Iterator[Task]:
    unsolved = [light for light in night.lights if light.measured and not light.solved]
    if unsolved:
        what = f"{counted(len(unsolved), 'light')} without plate solution: {unsolved[0].reason}"
        yield Task(what, "see the reasons below", "solutions")
    poor = [light.frame for light in night.lights if light.quality == "poor"]
    if poor:
        what = f"{counted(len(poor), 'light')} of a poor plate solution ({_named(poor)})"
        yield Task(what, "look at the residuals before you measure places", "solutions")


def _sensors(night: NightFacts) -> Iterator[Task]:
    for one in night.sensors:
        for name, measured, told in (
            ("gain", one.gain, one.gain_header),
            ("read noise", one.read_noise, one.read_noise_header),
        ):
            if measured and told and abs(measured / told - 1) > APART:
                what = f"{name} of {one.camera}: {measured:.3g} measured, {told:.3g} in headers"
                yield Task(what, "find out which is true; the measured one is used", "sensor")


def _warnings(night: NightFacts) -> Iterator[Task]:
    for master in night.masters:
        if master.warning:
            yield Task(f"{master.name}: {master.warning}", "look at it below", "masters")


def _counts(night: NightFacts) -> str:
    return ", ".join(f"{count} {cause}" for cause, count in night.causes.most_common())


def _named(frames: Sequence[str]) -> str:
    more = f" and {len(frames) - _NAMES} more" if len(frames) > _NAMES else ""
    return ", ".join(frames[:_NAMES]) + more


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count else ""
