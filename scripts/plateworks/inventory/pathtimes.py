"""Dates and times of day as they stand in paths."""

from __future__ import annotations

import re
from collections.abc import Mapping

from plateworks.metadata.bounds import within
from plateworks.metadata.values import mjd_from_date

#: Parts of a date, in whatever order a path has them.
DATE_PARTS = ("year", "month", "day")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"(?:(?P<year>\d{4})[-_. ]?(?P<month>\d\d|[a-z]{3,9})[-_. ]?(?P<day>\d\d)"
    r"|(?P<day_>\d\d?)\.(?P<month_>\d\d?)\.(?P<year_>\d{4})"
    r"|(?P<day__>\d\d?)[-_. ]?(?P<month__>[a-z]{3,9})[-_. ]?(?P<year__>\d{4}))"
    r"(?:[T_\s-]*(?P<clock>.+))?",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(\d{1,2})[-:_.h ]?(\d\d)(?:[-:_.m ]?(\d\d)(?:[.,](\d+)|[-:_]?(\d{3}))?)?[ms_\s]*"
    r"([ap]\.?\s?m\.?)?\s*(Z|UTC?|\+\d\d:?\d\d|-\d\d:\d\d)?",
    re.IGNORECASE,
)
_HOUR_ALONE = re.compile(r"(\d{1,2})[h_\s]*([ap])\.?\s?m\.?", re.IGNORECASE)


def time_of(told: Mapping[str, str]) -> tuple[float | None, bool]:
    """Return the MJD that groups tell, and whether it names its zone; None: no date with a time.

    Parameters
    ----------
    told : mapping
        What was found as ``date``, or as its parts :data:`DATE_PARTS`, and as ``time``.
    """
    day = told.get("date") or _day(told)
    date = _DATE.fullmatch(day)
    if date is None:
        return None, False
    clock = told.get("time") or date["clock"] or ""
    if alone := _HOUR_ALONE.fullmatch(clock):
        clock = f"{alone[1]}:00:00 {alone[2]}m"
    time = _TIME.fullmatch(clock)
    if time is None:
        return None, False
    hour, minute, second, *fractions, half, zone = time.groups()
    fraction = next((one for one in fractions if one), "0")
    of_day = f"{hour}:{minute}:{second or '00'}.{fraction} {(half or '')[:1]}{'m' if half else ''}"
    year, month, number = (
        date[part] or date[f"{part}_"] or date[f"{part}__"] for part in DATE_PARTS
    )
    mjd, zoned = mjd_from_date(f"{year}-{month}-{number}T{of_day.strip()}{zone or ''}")
    return within("mjd", mjd), zoned


def _day(told: Mapping[str, str]) -> str:
    """Return a date from its parts, a month also by its English name."""
    year, month, day = (told.get(part, "") for part in DATE_PARTS)
    if month[:3].lower() in _MONTHS:
        month = str(_MONTHS.index(month[:3].lower()) + 1)
    century = "20" if len(year) == 2 else ""
    return f"{century}{year}-{month:0>2}-{day:0>2}"
