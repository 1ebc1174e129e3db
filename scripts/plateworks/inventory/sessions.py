"""Observing sessions: the night a frame belongs to, from local noon to local noon of the site."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from plateworks.metadata.frame import Frame
from plateworks.settings.site import Site
from plateworks.settings.zones import zone_of

_MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
UNDATED = "undated"
_DATED = re.compile(r"(\d{4})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")


def utc_of(mjd: float) -> datetime:
    """Return the UTC of a modified Julian date, rounded to the millisecond."""
    return _MJD_EPOCH + timedelta(milliseconds=round(mjd * 86_400_000))


def session_finder(site: Site) -> Callable[[Frame], str]:
    """Return a function that names the session of a frame, for instance ``"20250530"``.

    The date is that of the evening.  12:00:00 local time belongs to the night before, anything
    later to the next.  Local time is that of the IANA zone, else mean solar time of the longitude
    in the configuration, else that of the zone that the profile of its site names, else mean solar
    time of the longitude in the frame's header, else UTC; never that of the computer.  A frame
    without time belongs to the session ``"undated"``.  With ``session_from_folder`` the innermost
    folder that is named by a date comes first.

    Raises
    ------
    ConfigError
        If the time zone is not known.
    """
    zone_name, longitude, named = site.timezone, site.longitude, site.session_from_folder
    own = None if zone_name is None else zone_of(zone_name, "Config key site.timezone")

    def session_of(frame: Frame) -> str:
        if named and (session := session_of_folder(frame.path)) is not None:
            return session
        if frame.mjd is None:
            return UNDATED
        zone = own
        if zone is None and longitude is None and frame.timezone is not None:
            zone = zone_of(frame.timezone, f"The profile of {frame.site}")
        if zone is not None:
            local = utc_of(frame.mjd).astimezone(zone)
            return _evening(local.replace(tzinfo=None)).strftime("%Y%m%d")
        east = longitude if longitude is not None else (frame.site_lon or 0.0)
        return _solar_session(_seconds(frame.mjd), east)

    return session_of


def session_of_folder(path: str) -> str | None:
    """Return the session that the innermost folder named by a date says, None without such."""
    for folder in reversed(os.path.dirname(path).split(os.sep)):
        found = _DATED.match(folder)
        if found:
            with suppress(ValueError):  # digits that are no date
                return date(*map(int, found.groups())).strftime("%Y%m%d")
    return None


def chosen_sessions(dates: str | None) -> Callable[[str], bool]:
    """Return a function that says whether a session is among those the key ``dates`` names."""
    if dates is None:
        return lambda session: True
    first, between, last = dates.replace("-", "").partition("..")
    last = last if between else first
    return lambda session: session != UNDATED and first <= session <= (last or "9")


def session_now(site: Site) -> str:
    """Return the session that begins or goes on at this moment."""
    now = (datetime.now(UTC) - _MJD_EPOCH) / timedelta(days=1)
    return session_finder(site)(Frame(path="", width=0, height=0, bitpix=0, mjd=now))


def session_start(session: str) -> float:
    """Return a fixed modified Julian date at the beginning of `session`: 0 h UTC of its date."""
    year, month, day = int(session[:4]), int(session[4:6]), int(session[6:8])
    return float((date(year, month, day) - _MJD_EPOCH.date()).days)


def night_number(session: str | None) -> int | None:
    """Return a number of `session` that counts nights, None where no night is known."""
    return None if session in (None, UNDATED) else int(session_start(session))


def session_of_number(number: int | None) -> str | None:
    """Return the session that :func:`night_number` gives a number, None for None."""
    return None if number is None else _date_text(number)


def _seconds(mjd: float) -> float:
    """Seconds of a date, to the millisecond, so that a noon is not missed by rounding."""
    return round(mjd * 86_400_000) / 1000


@lru_cache(maxsize=4096)
def _date_text(day: int) -> str:
    return (_MJD_EPOCH.date() + timedelta(days=day)).strftime("%Y%m%d")


def _solar_session(seconds: float, east: float) -> str:
    local = seconds + east * 240.0  # 15 degrees an hour
    return _date_text(math.ceil((local - 43_200.0) / 86_400.0) - 1)


def _evening(local: datetime) -> date:
    """The date on whose evening the session of `local` began; noon itself ends a session."""
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    return local.date() if local > noon else local.date() - timedelta(days=1)
