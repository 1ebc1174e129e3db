"""The nights of a run: which frames each has, and which nights came before it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from plateworks.inventory.sessions import UNDATED
from plateworks.jobs.jobs import Jobs
from plateworks.planning.lights import PlannedLight

#: So many nights before one tell what is usual for a camera.
MOST_EARLIER = 30
#: The table of a night, in the folder of measures.
_TABLE = re.compile(r"\d{8}\.csv")
#: The numbers of the page of a night.
_NUMBERS = re.compile(rf"(\d{{8}}|{UNDATED})\.json")


class Nights:
    """The tables of each night, looked up by its session.

    Parameters
    ----------
    jobs : Jobs
    solved : iterable
        All solved frames as rules name them: the outputs of a rule, or a single one.
    """

    def __init__(self, jobs: Jobs, solved: Iterable[str | Iterable[str]]):
        self._jobs = jobs
        outputs = ([one] if isinstance(one, str) else one for one in solved)
        self._files = {str(path): path for some in outputs for path in some}

    @cached_property
    def _solved(self) -> dict[str, list[PlannedLight]]:
        nights: dict[str, list[PlannedLight]] = defaultdict(list)
        for light in self._jobs.plan.to_calibrate:
            if light.solved in self._files:  # else this run solves none
                nights[light.session].append(light)
        return dict(nights)

    def pattern(self) -> str:
        """Return a regular expression for the nights of this run: no rule makes others again."""
        return "|".join(map(re.escape, self._solved)) or r"(?!)"

    def solved(self, wildcards: Any) -> list[str]:
        """Return the solved frames of the night that `wildcards` name."""
        return [self._files[light.solved] for light in self.lights(wildcards.session)]

    def lights(self, session: str) -> list[PlannedLight]:
        """Return the lights of a night, in the order of :meth:`solved`."""
        return self._solved[session]

    def earlier(self, wildcards: Any) -> list[str]:
        """Return the measures of nights before it, of this run or of those before it."""
        session = wildcards.session
        if session == UNDATED:
            return []
        known = {*self._solved, *self._measured} - {UNDATED}
        before = sorted(one for one in known if one < session)
        return [self._measures(one) for one in before[-MOST_EARLIER:]]

    def verdicts(self) -> list[str]:
        """Return the tables of verdicts of all nights."""
        return [self.table_of(one) for one in self.sessions]

    @property
    def sessions(self) -> list[str]:
        """The nights whose lights are solved."""
        return sorted(self._solved)

    def table_of(self, session: str) -> str:
        """Return the table of verdicts of a night."""
        return f"{self._jobs.results}/report/lights/{session}.csv"

    def pages(self) -> list[str]:
        """Return the pages of all nights."""
        return [self._jobs.page_of(one) for one in sorted(self._solved)]

    def numbers(self) -> list[str]:
        """Return the numbers of all nights that have a page, of this run or of those before it."""
        known = {*self._solved, *self._there("", _NUMBERS)}
        return [f"{self._jobs.results}/report/{one}.json" for one in sorted(known)]

    @cached_property
    def _measured(self) -> list[str]:
        return self._there("measures", _TABLE)

    def _there(self, folder: str, names: re.Pattern[str]) -> list[str]:
        """Return the nights, of whatever run, that have a file in a folder of the reports."""
        try:
            found = os.listdir(f"{self._jobs.results}/report/{folder}")
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name.partition(".")[0] for name in found if names.fullmatch(name)]

    def _measures(self, session: str) -> str:
        return f"{self._jobs.results}/report/measures/{session}.csv"
