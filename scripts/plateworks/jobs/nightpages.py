"""The pages of nights: what the plan tells each, and which files it shows."""

from __future__ import annotations

import os
from collections import UserDict, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from plateworks.inventory.sessions import UNDATED, session_of_number
from plateworks.jobs.jobs import Jobs
from plateworks.matching.candidates import Candidate
from plateworks.matching.match import Match
from plateworks.metadata.kinds import KINDS, MasterKind
from plateworks.orders.nights import CalibrationRow, Filling, NightOrder, SetAside, Slot
from plateworks.planning.basis import differing
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.records import plain

#: Sections whose settings say how products are made, and those of them that do not: a raw folder
#: that moves, another selection or more memory make no page anew.
_MAKING = (
    "calibrate.", "cosmetic.", "cosmics.", "grouping.", "masters.", "matching.", "solve.",
)  # fmt: skip
_BESIDE = (
    "calibrate.durable", "masters.durable", "masters.share", "matching.maintenance_log",
    "solve.catalogue", "solve.index_dirs",
)  # fmt: skip


class NightPages:
    """What is told to the pages of nights, looked up by the session.

    Parameters
    ----------
    jobs : Jobs
    """

    def __init__(self, jobs: Jobs):
        self._jobs = jobs
        self._orders: dict[str, NightOrder] = {}  # Snakemake asks for each several times

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the page of the night that `wildcards` name."""
        return UserDict(plain(self._order(wildcards.session)))

    def masters(self, wildcards: Any) -> list[str]:
        """Return the masters that it shows, as far as this run makes them."""
        return self._jobs.files.made(self._paths(wildcards.session))

    def told(self, wildcards: Any) -> str:
        """Return a text that changes with the masters that it shows and this run does not make."""
        return self._jobs.files.told(self.order(wildcards).data, self._paths(wildcards.session))

    def renewal(self, wildcards: Any) -> float:
        """Return after how many seconds the open page renews itself; only the last night grows."""
        last = max(self._nights, key=lambda session: (session != UNDATED, session))
        return self._jobs.plan.settings.renew_s if wildcards.session == last else 0.0

    @cached_property
    def _nights(self) -> dict[str, list[PlannedLight]]:
        nights: dict[str, list[PlannedLight]] = defaultdict(list)
        for light in self._jobs.plan.lights:
            nights[light.session].append(light)
        return dict(nights)

    @cached_property
    def _planned(self) -> dict[str, PlannedMaster]:
        return {master.path: master for master in self._jobs.plan.usable}

    @cached_property
    def _settings(self) -> dict[str, str]:
        """Return the settings that say how products are made, and differ from their defaults."""
        return {
            name: value
            for name, value in differing(self._jobs.plan.settings).items()
            if name.startswith(_MAKING) and name not in _BESIDE
        }

    def _paths(self, session: str) -> list[str]:
        slots = (slot for row in self._order(session).rows for slot in row.slots)
        return sorted({slot.master for slot in slots if slot.master is not None})

    @cached_property
    def _files_aside(self) -> dict[str, list[tuple[str, str]]]:
        """Return the files that take no part by their folder: of each the reason and the name."""
        folders: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for one in (*self._jobs.plan.unread, *self._jobs.plan.rejects):
            folder, name = os.path.split(one.path)
            folders[folder].append((one.reason, name))
        return folders

    def _order(self, session: str) -> NightOrder:
        if session not in self._orders:
            self._orders[session] = self._new_order(session)
        return self._orders[session]

    def _new_order(self, session: str) -> NightOrder:
        lights = self._nights[session]
        return NightOrder(
            session=session,
            place=self._place(lights),
            rows=tuple(self._rows(session, lights)),
            refused=tuple(_by_reason((light.refused, light.name) for light in lights)),
            aside=tuple(self._aside(lights)),
            settings=self._settings,
        )

    def _place(self, lights: Iterable[PlannedLight]) -> tuple[float, float] | None:
        """Return where the telescope stands, by the headers, else by the settings."""
        for light in lights:
            latitude, longitude = light.frame.site_lat, light.frame.site_lon
            if latitude is not None and longitude is not None:
                return latitude, longitude
        return self._jobs.plan.settings.site.place

    def _rows(self, session: str, lights: Iterable[PlannedLight]) -> Iterator[CalibrationRow]:
        groups: dict[tuple[Any, ...], list[PlannedLight]] = defaultdict(list)
        for light in lights:
            chosen = tuple(match and match.master.path for match in (light.dark, light.flat))
            key = (light.frame.filter or "", light.frame.exposure or 0.0, light.source.id)
            groups[(*key, light.refused, tuple(path or "" for path in chosen))].append(light)
        for key in sorted(groups):
            first = groups[key][0]
            yield CalibrationRow(
                setup=first.source.key.setup.name,
                filter=first.frame.filter,
                exposure=first.frame.exposure,
                lights=len(groups[key]),
                refused=first.refused,
                slots=tuple(self._slots(session, first)),
            )

    def _slots(self, session: str, light: PlannedLight) -> Iterator[Slot]:
        dark, flat = light.dark, light.flat
        bias = dark and (dark.bias or dark.dark_bias)
        if dark is None:
            yield Slot(kind="bias", filling="missing", why="no dark and no bias")
        elif bias is not None:
            yield _slot("bias", session, bias, None, "")
        else:
            yield Slot(kind="bias", filling="spare", why="it is in the dark")
        yield _of_match("dark", session, dark)
        yield self._flat_dark(session, flat)
        yield _of_match("flat", session, flat, tried=len(light.flats))

    def _flat_dark(self, session: str, flat: Match | None) -> Slot:
        """Return what the frames of a flat get."""
        planned = None if flat is None else self._planned.get(flat.master.path)
        if planned is None:
            made = "the flat was made already" if flat else "there is no flat"
            return Slot(kind="darkflat", filling="spare", why=made)
        known = [match for match in planned.matches if match is not None]
        if not known:
            return Slot(kind="darkflat", filling="missing", why="flats are used as they are")
        return _of_match("darkflat", session, max(known, key=lambda match: match.level))

    def _aside(self, lights: Iterable[PlannedLight]) -> Iterator[SetAside]:
        folders = {os.path.dirname(light.frame.path) for light in lights}
        yield from _by_reason(
            pair for folder in sorted(folders) for pair in self._files_aside.get(folder, ())
        )


def _of_match(kind: MasterKind, session: str, match: Match | None, tried: int = 0) -> Slot:
    if match is None:
        return Slot(kind=kind, filling="missing", why=f"no {KINDS[kind].title} serves")
    trial = f"the best of {tried} by trial, this one until then; " if tried else ""
    master = match.master
    return _slot(kind, session, master, match.level, trial + match.reason)


def _slot(kind: MasterKind, session: str, master: Candidate, level: int | None, why: str) -> Slot:
    night = session_of_number(master.night)
    filling: Filling = "own" if night == session else "other"
    word = master.word
    said = None if word is None or word.is_praise else word.clause
    return Slot(
        kind=kind, filling=filling, master=master.path, night=night, level=level, why=why,
        said=said,
    )  # fmt: skip


def _by_reason(pairs: Iterable[tuple[str, str]]) -> Iterator[SetAside]:
    """Yield the names of each reason, the most frequent first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for reason, name in pairs:
        if reason:
            groups[reason].append(name)
    for reason in sorted(groups, key=lambda one: (-len(groups[one]), one)):
        yield SetAside(reason=reason, files=tuple(sorted(groups[reason])))
