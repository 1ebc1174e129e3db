"""Which masters a person certifies, or takes back, by the names of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from plateworks.inventory.library import names_of_master
from plateworks.jobs.jobs import Jobs
from plateworks.likeness import nearest
from plateworks.matching.candidates import Candidate
from plateworks.orders.words import Named, WordOrder
from plateworks.planning.words import libraries_of
from plateworks.records import plain
from plateworks.runs import user_name


def order_of_words(
    jobs: Jobs, state: Literal["certified", "withdrawn"], wildcards: Any
) -> dict[str, Any]:
    """Return what the job is told that writes a person's word, whatever `wildcards` are."""
    plan, settings = jobs.plan, jobs.plan.settings
    masters = [one for one in plan.matcher.masters if not one.constant]
    names = settings.certify if state == "certified" else settings.withdraw
    return plain(
        WordOrder(
            state=state,
            named=tuple(_named(name, masters) for name in names),
            others=tuple(sorted(one.path for one in masters if one.word is None or _praised(one))),
            results=settings.results,
            libraries=tuple(libraries_of(plan.given)),
            who=settings.who or user_name(),
            reason=settings.withdraw_reason or "" if state == "withdrawn" else "",
        )
    )


def _praised(master: Candidate) -> bool:
    return master.word is not None and master.word.is_praise


def _named(name: str, masters: Sequence[Candidate]) -> Named:
    exact = [one.path for one in masters if one.path == name]
    found = exact or [one.path for one in masters if name in names_of_master(one.path)]
    near = None if found else nearest(name, (n for m in masters for n in names_of_master(m.path)))
    return Named(name=name, masters=tuple(found), near=near)
