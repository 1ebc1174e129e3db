"""The part of the archive a run is about: the section ``select``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Select(Section):
    """What a light must be to be planned; an empty list selects everything."""

    sessions: tuple[str | int, ...] = setting(
        (),
        'nights, by the date of their evening: "20250815", or `undated`',
        what='a list of nights by the date of their evening, such as "20250815", or undated',
        pattern=r"^(\d{4}-?\d{2}-?\d{2}|undated)$",
        least=19000101,
        most=29991231,
    )
    filters: tuple[str, ...] = setting(
        (), "filters, in any spelling Plateworks knows", what="a list of names"
    )
    targets: tuple[str, ...] = setting(
        (), "what OBJECT says, upper and lower case alike", what="a list of names"
    )
    cameras: tuple[str, ...] = setting(
        (), "cameras, as INSTRUME names them", what="a list of names"
    )
