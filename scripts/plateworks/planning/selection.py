"""The part of an archive that a run is about: ``dates`` and ``select`` in the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from plateworks.errors import ConfigError
from plateworks.inventory.filters import filter_identity
from plateworks.inventory.scan import Reject
from plateworks.inventory.sessions import chosen_sessions
from plateworks.inventory.sets import FrameSet
from plateworks.inventory.tokens import identity
from plateworks.matching.candidates import Candidate
from plateworks.matching.match import Match
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.settings.select import Select


class Selection:
    """Which lights a run is about: those that ``dates`` and every list of ``select`` name.

    Parameters
    ----------
    select : Select
        An empty list selects everything.
    dates : str or None
        None selects all nights.
    """

    def __init__(self, select: Select, dates: str | None):
        self._sessions = {_date(session) for session in select.sessions}
        self._in_dates = chosen_sessions(dates)
        self._filters = {filter_identity(name) for name in select.filters}
        self._targets = {identity(name) for name in select.targets}
        self._cameras = {identity(name) for name in select.cameras}
        self._given: dict[str, Any] = {"dates": dates}
        self._given |= {f"select.{key}": value for key, value in select.as_dict().items()}

    def __bool__(self) -> bool:
        return any(self._given.values())

    @property
    def by_night(self) -> bool:
        """Whether it names nights."""
        return bool(self._sessions or self._given["dates"])

    def takes_night(self, session: str) -> bool:
        """Whether it takes frames of a session."""
        return self._in_dates(session) and (not self._sessions or session in self._sessions)

    def takes(self, frame: Frame, session: str) -> bool:
        """Whether it takes a light."""
        return (
            self.takes_night(session)
            and (not self._filters or filter_identity(frame.filter) in self._filters)
            and (not self._targets or identity(frame.object) in self._targets)
            and (not self._cameras or identity(frame.camera) in self._cameras)
        )

    def of_lights(self, sets: Iterable[FrameSet]) -> list[FrameSet]:
        """Return the sets of lights with the lights it takes, empty ones left out.

        Raises
        ------
        ConfigError
            If it takes none, though there are lights.
        """
        sets = list(sets)
        if not self:
            return sets
        taken = []
        for one in sets:
            frames = tuple(frame for frame in one.frames if self.takes(frame, one.key.own_session))
            if frames:
                taken.append(replace(one, frames=frames))
        if sets and not taken:
            words = ", ".join(f"{key}: {value}" for key, value in self._given.items() if value)
            nights = sorted({one.key.own_session for one in sets})
            raise ConfigError(
                f"The configuration ({words}) selects none of the lights.  Their sessions are "
                f"{nights[0]} to {nights[-1]}; their filters, objects and cameras are in "
                "plan/frames.csv of a run that selects nothing."
            )
        return taken

    def of_masters(
        self, masters: Iterable[PlannedMaster], lights: Iterable[PlannedLight]
    ) -> list[PlannedMaster]:
        """Return the masters that `lights` use, those they are made with, and those that lack.

        What lacks is a master of a selected night that cannot be made.
        """
        masters = list(masters)
        if not self:
            return masters
        planned = {master.path: master for master in masters}
        used: set[str] = set()
        pending = [
            m for light in lights for m in (light.dark, light.modelled, light.flat, *light.flats)
        ]
        while pending:
            for master in _masters_of(pending.pop()):
                if master.path not in used and master.path in planned:
                    used.add(master.path)
                    pending += planned[master.path].matches
        return [
            master
            for master in masters
            if master.path in used or (master.refused and self._names(master.source.key.session))
        ]

    def _names(self, session: str | None) -> bool:
        return self.by_night and session is not None and self.takes_night(session)

    def of_rejects(self, rejects: Iterable[Reject], frames: Iterable[Frame]) -> list[Reject]:
        """Return the files set aside that lie beside the frames of the run; all if it has none."""
        folders = {os.path.dirname(frame.path) for frame in frames}
        if not self or not folders:
            return list(rejects)
        return [reject for reject in rejects if os.path.dirname(reject.path) in folders]


def _masters_of(match: Match | None) -> list[Candidate]:
    """Return the masters that a match takes, and those of which a modelled one is made."""
    if match is None:
        return []
    modelled = match.master.modelled
    return [*match.masters, *(() if modelled is None else modelled.made_of)]


def _date(value: str | int) -> str:
    return str(value).replace("-", "")
