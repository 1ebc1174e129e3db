"""Which masters expire soon, by what the trends of earlier runs told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from glob import escape, glob
from typing import NamedTuple

from plateworks.csvtable import read_rows
from plateworks.inventory.sessions import UNDATED, night_number

#: A camera is in use that took lights in so many nights up to the last of all.
IN_USE = 60


class Ending(NamedTuple):
    """The first session that a master serves no more, such as 20250815, and why."""

    until: str
    why: str


def read_endings(results: str) -> dict[str, Ending]:
    """Return when masters expire, by their paths, as the tables of trends tell it.

    Those that are not told to expire are left out; and all, where no trends were asked for.

    Raises
    ------
    PlateworksError
        If a table cannot be read, or is none of ours.
    """
    found: dict[str, Ending] = {}
    for table in sorted(glob(os.path.join(escape(results), "report", "cameras", "*_expiry.csv"))):
        found.update(one for one in read_rows(table, _understood) if one[1].until)
    return found


def last_night(sessions: Iterable[str]) -> int | None:
    """Return the number of the last night of some, None where none has a date."""
    numbers = (night_number(one) for one in sessions if one != UNDATED)
    return max((one for one in numbers if one is not None), default=None)


def due(endings: Mapping[str, Ending], last: int | None, days_ahead: float) -> dict[str, Ending]:
    """Return what expires within so many days after a night, or before it."""
    if last is None:
        return {}
    soon = last + days_ahead
    return {path: endings[path] for path in sorted(endings) if _night(endings[path]) <= soon}


def _night(ending: Ending) -> int:
    return night_number(ending.until) or 0


def _understood(cells: dict[str, str]) -> tuple[str, Ending]:
    return cells["master"], Ending(cells["until"], cells["why"])
