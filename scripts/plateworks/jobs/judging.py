"""The masters that are judged: those of a run, and those that are there from others."""

from __future__ import annotations

import math
import os
from collections import UserDict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from plateworks.digests import digest_of
from plateworks.inventory.sessions import night_number, session_of_number
from plateworks.jobs.jobs import Jobs
from plateworks.matching.candidates import Candidate
from plateworks.matching.match import Match
from plateworks.orders.judging import JudgedMaster, JudgingOrder
from plateworks.planning.words import libraries_of
from plateworks.records import plain

#: Degrees C within which masters are to be alike.
_WARMTH = 2.0


class Judging:
    """What is told to the job that judges masters.

    Parameters
    ----------
    jobs : Jobs
    """

    def __init__(self, jobs: Jobs):
        self._jobs = jobs

    def files(self) -> list[str]:
        """Return the masters that this run makes."""
        return self._jobs.files.made(self._paths)

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order, whatever `wildcards` are."""
        return UserDict(plain(self._order))

    def told(self, wildcards: Any) -> str:
        """Return a text that changes with the order, and with the masters that are found."""
        return self._jobs.files.told(self.order(wildcards).data, self._paths)

    @cached_property
    def _paths(self) -> list[str]:
        return [one.path for one in self._order.masters]

    @cached_property
    def _order(self) -> JudgingOrder:
        masters = map(self._judged, self._there())
        return JudgingOrder(
            masters=tuple(sorted(masters, key=_age)),
            results=self._jobs.results,
            libraries=tuple(libraries_of(self._jobs.plan.given)),
        )

    def _there(self) -> Iterator[Candidate]:
        """Yield the masters that are made or found; one level everywhere is no measurement."""
        plan = self._jobs.plan
        made = {master.path for master in plan.usable}
        for one in plan.matcher.masters:
            here = not one.made or one.path in made or os.path.exists(one.path)
            if here and not one.constant and one.modelled is None:
                yield one

    def _judged(self, one: Candidate) -> JudgedMaster:
        night = session_of_number(one.night)
        return JudgedMaster(
            path=one.path,
            kind=one.kind,
            setup=one.setup.name,
            alike=_alike(one),
            made=one.made,
            night=night,
            mjd=one.mjd,
            exposure=one.exposure,
            temperature=one.temperature,
            filter=one.filter,
            age=self._ages.get(one.path),
            fresh=self._jobs.plan.settings.matching.fresh_days.of(one.kind),
        )

    @cached_property
    def _ages(self) -> dict[str, int]:
        """Return of each master that serves how many nights lie between it and its frames."""
        ages: dict[str, int] = {}
        for night, master in self._uses():
            if night is not None and master.night is not None:
                ages[master.path] = max(ages.get(master.path, 0), abs(night - master.night))
        return ages

    def _uses(self) -> Iterator[tuple[int | None, Candidate]]:
        """Yield the night of frames, and a master that they get."""
        plan = self._jobs.plan
        for light in plan.to_calibrate:
            for master in _served_by((light.first_dark, light.flat)):
                yield light.need.night, master
        for made in plan.usable:
            for master in _served_by(made.matches):
                yield night_number(made.source.key.session), master


def _served_by(matches: Iterable[Match | None]) -> Iterator[Candidate]:
    for match in matches:
        if match is not None:
            yield from match.masters


def _alike(one: Candidate) -> str:
    """Return the same text for masters that are to be alike."""
    if one.kind == "flat":
        apart: tuple[object, ...] = one.filter, one.telescope, one.focal_length, one.rotator
    else:
        warmth = None if one.temperature is None else round(one.temperature / _WARMTH)
        exposure = None if one.exposure is None or one.kind == "bias" else f"{one.exposure:.3g}"
        apart = warmth, exposure, one.bias_inside
    return digest_of(kind=one.kind, setup=one.setup, apart=apart)


def _age(one: JudgedMaster) -> tuple[float, str, str]:
    """Order masters by their time; of those without one nobody knows it, so they come first."""
    return (-math.inf if one.mjd is None else one.mjd, one.night or "", one.path)
