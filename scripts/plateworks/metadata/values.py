"""From the text of a card to a value, and from values to numbers, angles and times.

Nothing here raises on strange text: what cannot be understood is ``None``, which means unknown.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from plateworks.printable import printable

#: What a card can hold.  A card without a value holds None.
Value = str | int | float | bool | None

#: Keyword -> value.
Cards = dict[str, Value]

_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(\.\d*)?|(\.\d{1,400}))([EeDd][+-]?\d+)?").fullmatch
_WORDS = {"T": True, "F": False, "": None}
_QUOTED = re.compile(r"'((?:[^']|'')*)'?.*", re.DOTALL).sub
_SEXAGESIMAL = re.compile(
    r"([+-])?\s*(\d{1,3})[\s:d°h]+(\d{1,2})(?:[\s:m'′]+(\d{1,2}(?:\.\d*)?)[s\"″]?)?\s*([NSEW])?",
    re.IGNORECASE,
).fullmatch
_DATE = re.compile(
    r"(?:(?P<year>\d{4})(?P<mark>[-/.:])(?P<month>\d\d?|[a-z]{3,9})(?P=mark)(?P<day>\d\d?)"
    r"|(?P<day_>\d\d?)(?P<mark_>[/.])(?P<month_>\d\d?)(?P=mark_)(?P<year_>\d{4}|\d\d)"
    r"|(?P<day__>\d\d?)(?P<mark__>[-\s])(?P<month__>[a-z]{3,9})(?P=mark__)(?P<year__>\d{4}|\d\d))"
    r"(?:[T\s]+(?:(?P<half_>[ap]\.?\s?m\.?)\s+)?"
    r"(?P<hour>\d\d?):(?P<minute>\d\d?)(?::(?P<second>\d\d?(?:[.,]\d*)?))?"
    r"(?:\s*(?P<half>[ap]\.?\s?m\.?))?)?"
    r"\s*(?P<zone>Z|(?:UTC?|GMT)?(?:(?P<side>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?)",
    re.IGNORECASE,
).fullmatch
#: The same without marks (ISO 8601, basic form).
_BASIC = re.compile(
    r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d(?:[.,]\d*)?.*)", re.IGNORECASE
).fullmatch
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip

#: Minutes: no clock is farther from UTC.
_FARTHEST_ZONE = 14 * 60
_MJD_OF_YEAR_1 = date(1858, 11, 17).toordinal()


# The headers of a night say the same, but for a few cards each.
@lru_cache(maxsize=8192)
def parse_value(text: str) -> Value:
    """Read the value of a card from what follows its ``=`` (FITS standard 4.0, section 4.2).

    Fixed and free format, and what programs write beside the standard: ``T/comment``, an exponent
    written ``D``, leading zeros, a quote never closed.  A number or a logical that is not one, and
    a complex value, come back as text.
    """
    text = text.strip()
    if text[:1] == "'":
        end = text.find("'", 1)
        if text[end + 1 : end + 2] != "'" and end > 0:
            body = text[1:end].rstrip()
        else:
            body = _QUOTED(r"\1", text, count=1).replace("''", "'").rstrip()
        return printable(body if body.isascii() else _mend_utf8(body))
    body = text.partition("/")[0].rstrip()
    if body.isdecimal() and body.isascii() and len(body) < 20:
        return int(body)
    if body in _WORDS:
        return _WORDS[body]
    number = _NUMBER(body)
    if not number:
        return printable(body)
    point, bare_point, exponent = number.groups()
    if point is bare_point is exponent is None:
        return int(body)
    return float(body.replace(exponent[0], "E") if exponent else body)


def _mend_utf8(text: str) -> str:
    # FITS allows ASCII only.  Programs that break this write UTF-8 more often than Latin-1.
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def number(value: Value) -> float | None:
    """Read a finite number, also from a text that holds nothing else (as PixInsight writes)."""
    if isinstance(value, str):
        value = parse_value(value) if _NUMBER(value.strip()) else None
    if value is None or isinstance(value, bool):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def sexagesimal(value: Value) -> float | None:
    """Read ``'-105 49 13'``, ``'+54:20:41.5'`` or ``'110 52 W'`` in the unit of its first part."""
    match = _SEXAGESIMAL(value.strip()) if isinstance(value, str) else None
    if not match:
        return None
    sign, whole, minutes, seconds, side = match.groups()
    if int(minutes) >= 60 or float(seconds or 0) >= 60:
        return None
    size = int(whole) + int(minutes) / 60 + float(seconds or 0) / 3600
    return -size if sign == "-" or (side and side in "SsWw") else size


def date_from_mjd(mjd: float) -> str:
    """Return the date and time of a Modified Julian Date, in ISO 8601, to the millisecond."""
    when = datetime(1858, 11, 17) + timedelta(milliseconds=round(mjd * 86_400_000))
    return when.isoformat(timespec="milliseconds")


def mjd_from_date(text: str, clock: str | None = None) -> tuple[float | None, bool]:
    """Read a date with a time of day as a Modified Julian Date, UTC.

    Parameters
    ----------
    text : str
        ISO 8601, also without marks, with or without a zone (none means UTC), the old ``dd/mm/yy``,
        or the month by its English name; with points or slashes between the parts, or colons, as in
        EXIF.  A year of two digits lies between 1970 and 2069: some programs
        went on to write it after 1999, and no CCD frame is older.  The clock may have twelve hours,
        with AM or PM before or behind the time; whether its date begins with the month, as in
        America, is known where no month has the other number, or both are the same.
    clock : str, optional
        The time of day, from another card, for a date that has none.

    Returns
    -------
    mjd : float or None
        None where the text is no date, or has no time of day.
    zoned : bool
        Whether the text names its zone.
    """
    text = text.strip()
    match = _DATE(text)
    if match is None and (basic := _BASIC(text)):
        match = _DATE("{}-{}-{}T{}:{}:{}".format(*basic.groups()))
    if match and match["hour"] is None and clock:
        match = _DATE(f"{text}T{clock.strip()}")
    if not match or match["hour"] is None:
        return None, False
    half = (match["half"] or match["half_"] or "")[:1].lower()
    day = _day_of(match, american=bool(half))
    if day is None:
        return None, False
    hour, minute = int(match["hour"]), int(match["minute"])
    if half:
        if not 1 <= hour <= 12:
            return None, False
        hour = hour % 12 + (12 if half == "p" else 0)
    second = float((match["second"] or "0").replace(",", "."))
    if hour > 24 or minute > 59 or second >= 61:
        return None, False
    if match["side"]:
        offset = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        if offset > _FARTHEST_ZONE:
            return None, False
        minute -= offset if match["side"] == "+" else -offset
    seconds = hour * 3600 + minute * 60 + second
    return day.toordinal() - _MJD_OF_YEAR_1 + seconds / 86400, bool(match["zone"])


def _day_of(match: re.Match[str], american: bool) -> date | None:
    """Return the day that a text tells; in America, where clocks have AM and PM, months are first.

    Where neither number can be but the other's, nobody knows.
    """
    year = match["year"] or match["year_"] or match["year__"]
    told = match["month"] or match["month_"] or match["month__"]
    number = int(match["day"] or match["day_"] or match["day__"])
    century = 0 if len(year) == 4 else 1900 if int(year) >= 70 else 2000
    if told.isdecimal():
        month = int(told)
    else:
        month = next((i for i, name in enumerate(_MONTHS, 1) if name.startswith(told.lower())), 0)
    if american and match["day_"]:
        if month <= 12 and number <= 12 and month != number:
            return None
        month, number = (number, month) if month > 12 else (month, number)
    try:
        return date(century + int(year), month, number)
    except ValueError:
        return None
