"""What is chosen once for frames that differ only in time: by slot, between two dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.flatrules import Window, allowed_dates
from plateworks.matching.match import Finding, Match
from plateworks.matching.nearby import Nearby
from plateworks.settings.matching import Matching

#: What matters of a need for each slot, besides its setup and its date.
MATTERS = {
    "bias": attrgetter("temperature", "telescope"),
    "dark": attrgetter("temperature", "exposure", "telescope", "bias_off"),
    "darkflat": attrgetter("temperature", "exposure", "telescope", "bias_off"),
    "flat": attrgetter("filter", "telescope", "focal_length", "rotator"),
}

#: What a need is looked up by.
Key = tuple[object, ...]
#: A master that may serve, and what is found of it at any date.
Fit = tuple[Candidate, tuple[Finding, ...]]


class Judged(NamedTuple):
    """What becomes of some candidates of a slot between two dates of a night."""

    ranked: list[Match]  # the best first
    refused: list[Fit]  # for their date


@dataclass
class Stretch:
    """The choice for a slot between two dates of a night."""

    need: Need  # of the first frame
    near: Judged  # those that may come first or second
    best: Match | None  # with its cost
    whole: Judged | None = None  # all, once somebody asks


@dataclass
class Field:
    """The candidates of a slot for frames that differ only in time."""

    fit: list[Fit]
    dates: list[float]  # at which the choice may change
    judged: dict[Key, Stretch]  # by night, and place among the dates
    nearby: Nearby | None = None


def fresh(kind: str, mjd: float, options: Matching) -> Window:
    """Return the dates of frames that a master of some date is fresh for."""
    days = options.fresh_days.of(kind)
    return Window(mjd - days, mjd + days)


def dates_of(slot: str, fit: Iterable[Fit], options: Matching) -> set[float]:
    """Return the dates at which a master of a slot becomes another, by its own date alone."""
    dates: set[float] = set()
    for master, _ in fit:
        if master.mjd is not None:
            dates |= set(fresh(master.kind, master.mjd, options).edges)
            if slot == "flat":
                dates |= set(allowed_dates(master.mjd, options).edges)
    return dates
