"""The trends of each setup: which masters, lights and tables tell of it."""

from __future__ import annotations

import re
from collections import UserDict, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from plateworks.inventory.filters import filter_identity
from plateworks.inventory.sessions import UNDATED, session_of_number
from plateworks.inventory.sets import Setup
from plateworks.jobs.defects import DefectTables, night_of_master
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.nights import Nights
from plateworks.matching.candidates import Candidate
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import MasterKind
from plateworks.orders.trends import TrendLights, TrendMaster, TrendOrder, Upkeep
from plateworks.planning.lights import PlannedLight
from plateworks.records import plain


class TrendTables:
    """The trends of setups, looked up by the name of a setup.

    Parameters
    ----------
    jobs : Jobs
    nights : Nights
    defects : DefectTables
    """

    def __init__(self, jobs: Jobs, nights: Nights, defects: DefectTables):
        self._jobs, self._nights, self._defects = jobs, nights, defects
        self._orders: dict[str, TrendOrder] = {}  # Snakemake asks for each several times

    @cached_property
    def _masters(self) -> dict[str, list[tuple[Setup, TrendMaster]]]:
        """Return the masters that are made or found, by setup, and by night in each."""
        plan = self._jobs.plan
        nights = {one.path: night_of_master(plan, one) for one in plan.usable}
        setups: dict[str, list[tuple[Setup, TrendMaster]]] = defaultdict(list)
        for one in plan.matcher.masters:
            if one.constant or (one.made and one.path not in nights):
                continue
            night = nights[one.path] if one.made else session_of_number(one.night)
            if night is not None:
                setups[one.setup.name].append((one.setup, _told(one, night)))
        return {name: sorted(setups[name], key=_when) for name in sorted(setups)}

    @property
    def setups(self) -> list[str]:
        """The names of all setups."""
        return list(self._masters)

    def setup_of(self, name: str) -> Setup:
        """Return a setup as it was last."""
        return self._masters[name][-1][0]

    def masters_of(self, name: str) -> tuple[TrendMaster, ...]:
        """Return the masters of a setup, by night."""
        return tuple(one for _, one in self._masters[name])

    def pattern(self) -> str:
        """Return a regular expression for the setups of this run: no rule makes others again."""
        return "|".join(map(re.escape, self.setups)) or r"(?!)"

    def tables(self) -> list[str]:
        """Return the tables of the nights of all setups."""
        return [f"{self._jobs.results}/report/cameras/{setup}.csv" for setup in self.setups]

    def memory(self, wildcards: Any) -> str:
        """Return where is kept what was read for the setup that `wildcards` name."""
        return f"{self._jobs.results}/.plateworks/trends/{wildcards.setup}.json"

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the tables of the setup that `wildcards` name."""
        return UserDict(plain(self._order(wildcards.setup)))

    def files(self, wildcards: Any) -> list[str]:
        """Return what other rules make of the files that tell of its trends."""
        order = self._order(wildcards.setup)
        tables = {one.table for one in order.lights}
        tables |= set() if order.defects is None else {order.defects}
        return [*self._jobs.files.made(one.path for one in order.masters), *sorted(tables)]

    def told(self, wildcards: Any) -> str:
        paths = [one.path for one in self._order(wildcards.setup).masters]
        return self._jobs.files.told(self.order(wildcards).data, paths)

    def _order(self, name: str) -> TrendOrder:
        if name not in self._orders:
            self._orders[name] = self._new_order(name)
        return self._orders[name]

    def _new_order(self, name: str) -> TrendOrder:
        settings, setup = self._jobs.plan.settings, self.setup_of(name)
        return TrendOrder(
            masters=self.masters_of(name),
            lights=tuple(self._of_lights(name)),
            defects=self._defects.table_of(name),
            upkeep=tuple(self._upkeep(setup)),
            bounds=settings.matching.maintenance_bounds,
            expiry=settings.expiry,
            pixels=setup.pixels,
        )

    def _of_lights(self, setup: str) -> Iterator[TrendLights]:
        lights = self._lights.get(setup, {})
        for night, name in sorted(lights):
            frames = (Path(one.solved).stem for one in lights[night, name])
            table = self._nights.table_of(night)
            yield TrendLights(night=night, filter=name, table=table, frames=tuple(sorted(frames)))

    @cached_property
    def _lights(self) -> dict[str, dict[tuple[str, str], list[PlannedLight]]]:
        """Return the lights of each setup, by night and filter."""
        setups: dict[str, dict[tuple[str, str], list[PlannedLight]]] = defaultdict(
            lambda: defaultdict(list)
        )
        judged = set(self._nights.sessions) - {UNDATED}
        for light in self._jobs.plan.to_calibrate:
            if light.session in judged:
                key = light.session, filter_identity(light.frame.filter) or ""
                setups[light.source.key.setup.name][key].append(light)
        return setups

    def _upkeep(self, setup: Setup) -> Iterator[Upkeep]:
        """Yield the entries of the maintenance log that concern the camera."""
        plan = self._jobs.plan
        taken = next((one.frames[0] for one in plan.sets if one.key.setup == setup), _NOWHERE)
        for change in plan.log.changes_of(setup.camera):
            night = plan.session_of(replace(taken, path="", mjd=change.mjd))
            comment = f" ({change.comment})" if change.comment else ""
            yield Upkeep(night=night, words=f"maintenance of {change.when}{comment}")


_NOWHERE = Frame("", 0, 0, 16)


def _when(master: tuple[Setup, TrendMaster]) -> tuple[str, str]:
    return master[1].night, master[1].path


def _told(one: Candidate, night: str) -> TrendMaster:
    return TrendMaster(
        kind=cast(MasterKind, one.kind),  # masters are of no others
        path=one.path,
        night=night,
        exposure=None if one.kind == "flat" else one.exposure,
        temperature=None if one.kind == "flat" else one.temperature,
        filter=one.filter,
        telescope=one.telescope,
        rotator=None if one.rotator is None else round(one.rotator, 1),
    )
