"""The defects of each setup with dates: which darks and flats of a run, or found, tell of them."""

from __future__ import annotations

import re
from collections import UserDict, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from plateworks.inventory.sessions import UNDATED, session_of_number
from plateworks.inventory.sets import Setup
from plateworks.jobs.jobs import Jobs
from plateworks.matching.match import Refusal
from plateworks.matching.placement import place
from plateworks.orders.defects import DARK, FLAT, DefectsOrder, DefectSource
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.records import plain


class _Told(NamedTuple):
    setup: Setup
    source: DefectSource

    @property
    def age(self) -> tuple[str, str]:
        return self.source.night or "", self.source.path


class DefectTables:
    """The tables of defects, looked up by the name of a setup.

    Parameters
    ----------
    jobs : Jobs
    """

    def __init__(self, jobs: Jobs):
        self._jobs = jobs

    @cached_property
    def _setups(self) -> dict[str, list[_Told]]:
        setups: dict[str, list[_Told]] = defaultdict(list)
        for one in (*self._darks(), *self._masks()):
            setups[one.setup.name].append(one)
        return {name: sorted(setups[name], key=lambda one: one.age) for name in sorted(setups)}

    def pattern(self) -> str:
        """Return a regular expression for the setups of this run: no rule makes others again."""
        return "|".join(map(re.escape, self._setups)) or r"(?!)"

    def tables(self) -> list[str]:
        """Return the tables of all setups."""
        return [f"{self._jobs.results}/report/defects_{setup}.csv" for setup in self._setups]

    def table_of(self, setup: str) -> str | None:
        """Return the table of a setup, None if nothing tells of its defects."""
        return next((one for one in self.tables() if one.endswith(f"/defects_{setup}.csv")), None)

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the table of the setup that `wildcards` name."""
        return UserDict(plain(self._order(wildcards.setup)))

    def files(self, wildcards: Any) -> list[str]:
        """Return what other rules make of the files that tell of its defects."""
        return self._jobs.files.made(self._paths(wildcards.setup))

    def told(self, wildcards: Any) -> str:
        return self._jobs.files.told(self.order(wildcards).data, self._paths(wildcards.setup))

    def _paths(self, setup: str) -> list[str]:
        sources = self._order(setup).sources
        return [path for one in sources for path in (one.path, one.listed) if path is not None]

    def _order(self, name: str) -> DefectsOrder:
        """Say what tells of the defects of a setup, its pixels as they lie in the latest."""
        some = self._setups[name]
        latest = some[-1].setup
        sources, apart = list[DefectSource](), list[str]()
        for setup, source in some:
            placed = place(latest, setup, source.path)
            if isinstance(placed, Refusal):
                apart.append(
                    f"{source.path} shows other pixels than {some[-1].source.path}, the latest of "
                    f"its setup: {placed.field} {placed.found}, not {placed.wanted}"
                )
            else:
                sources.append(replace(source, turned=placed.turned))
        return DefectsOrder(
            sources=tuple(sources),
            apart=tuple(apart),
            height=latest.height,
            width=latest.width,
            form=self._jobs.plan.settings.cosmetic.list_form,
            row_order=latest.row_order,
        )

    def _darks(self) -> Iterator[_Told]:
        """Yield the darks that are made or found; flat-darks are too short to show much."""
        jobs, plan = self._jobs, self._jobs.plan
        nights = {one.path: night_of_master(plan, one) for one in plan.usable}
        for dark in plan.matcher.masters:
            if dark.kind == "dark" and (not dark.made or dark.path in nights):
                source = DefectSource(
                    witness=DARK,
                    path=dark.path,
                    listed=jobs.orders.lists.get(dark.path),
                    night=nights[dark.path] if dark.made else session_of_number(dark.night),
                    exposure=dark.exposure,
                    temperature=dark.temperature,
                    turned=False,
                )
                yield _Told(dark.setup, source)

    def _masks(self) -> Iterator[_Told]:
        masks = self._jobs.orders.masks
        for flat in self._jobs.plan.usable:
            if flat.path in masks:
                mask, night = masks[flat.path], night_of_master(self._jobs.plan, flat)
                source = DefectSource(witness=FLAT, path=mask, night=night, turned=False)
                yield _Told(flat.source.key.setup, source)


def night_of_master(plan: Plan, master: PlannedMaster) -> str | None:
    """Return the night of the frames of a master, the last of several; None if it is unknown."""
    nights = map(plan.session_of, master.source.frames)
    return max((one for one in nights if one != UNDATED), default=None)
