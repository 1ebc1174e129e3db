"""When a frame was taken, from where, and where the telescope pointed."""

from __future__ import annotations

import math
from typing import NamedTuple

from plateworks.metadata import dialects as table
from plateworks.metadata.bounds import within
from plateworks.metadata.programs import Dialect
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.values import Cards, Value, mjd_from_date, number, sexagesimal

#: JD and DATE-OBS are often stamped at either end of an exposure, so hours count, not minutes.
_CLOCK_TOLERANCE_DAYS = 1 / 24


class Time(NamedTuple):
    """The start of an exposure, as MJD; `local`: not UTC, but by a clock of the place."""

    mjd: float | None
    local: bool | None = None


def read_time(cards: Cards, notes: list[str]) -> Time:
    """Give the start of the exposure, UTC where any card tells it.

    A DATE-OBS that contradicts a Julian Date is noted.
    """
    found: list[tuple[float, str]] = []
    for key, form in table.TIME_KEYS:
        value = cards.get(key)
        if value is None or (found and key != "DATE-OBS"):
            continue
        source = key
        if form in ("jd", "mjd"):
            mjd = parse_number(value)
            if mjd is not None and form == "jd":
                mjd -= 2400000.5
        else:
            mjd, zoned = _read_date(cards, str(value))
            if mjd is None and key == "DATE-OBS":
                for clock in table.CLOCK_KEYS:
                    time_of_day = cards.get(clock)
                    if isinstance(time_of_day, str):
                        source = f"{key}+{clock}"
                        mjd, zoned = _read_date(cards, str(value), time_of_day)
                    if mjd is not None:
                        break
            if form == "zoned date" and not zoned:
                continue
        mjd = within("mjd", mjd)
        if mjd is not None:
            found.append((mjd, source))
        elif value != "":
            notes.append(f"{key} = {value} gives no date and time and is ignored")
    if not found:
        local, zoned = mjd_from_date(str(cards.get(table.LOCAL_KEY) or ""))
        return Time(within("mjd", local), None if local is None or zoned else True)
    (mjd, source), last = found[0], found[-1]
    if abs(mjd - last[0]) > _CLOCK_TOLERANCE_DAYS:
        hours = (last[0] - mjd) * 24
        notes.append(f"{last[1]} is {hours:+.1f} h from {source}; {source} is believed")
    return Time(mjd)


def _read_date(cards: Cards, text: str, clock: str | None = None) -> tuple[float | None, bool]:
    """Read a date and a time of day, whose half of the day may stand in a card of its own."""
    half = next((str(cards[key]) for key in table.HALF_KEYS if cards.get(key)), None)
    if half is not None:
        whole = (text, f"{clock} {half}") if clock else (f"{text} {half}", None)
        told = mjd_from_date(*whole)
        if told[0] is not None:
            return told
    return mjd_from_date(text, clock)


def _degrees(value: Value) -> float | None:
    found = number(value)
    return sexagesimal(value) if found is None else found


def _first_degrees(cards: Cards, keys: tuple[str, ...]) -> float | None:
    return next((d for d in map(_degrees, map(cards.get, keys)) if d is not None), None)


def read_site(cards: Cards, dialect: Dialect) -> tuple[float | None, float | None]:
    """Give latitude and longitude of the site in degrees, north and east positive."""
    lat = _first_degrees(cards, table.LATITUDE_KEYS)
    lon = _first_degrees(cards, table.LONGITUDE_KEYS)
    if lat == 0 and lon == 0:  # the ocean off Ghana: a site that was never set
        return None, None
    if lon is not None:
        if dialect.west_positive:
            lon = -lon
        lon = within("longitude", lon)
        lon = (lon + 180) % 360 - 180 if lon is not None and abs(lon) > 180 else lon
    return within("latitude", lat), lon


def read_pointing(
    cards: Cards, dialect: Dialect, notes: list[str]
) -> tuple[float | None, float | None]:
    """Give right ascension and declination in degrees; both zero is a pointing never set."""
    found: list[tuple[float, float, str]] = []
    for ra_key, dec_key in table.POINTING_KEYS:
        ra_value, dec = cards.get(ra_key), _degrees(cards.get(dec_key))
        ra = sexagesimal(ra_value)
        hours = ra is not None
        if not hours and ra_key != "OBJCTRA":
            ra = number(ra_value)
            hours = dialect.ra_in_hours and ra is not None and abs(ra) <= 24
        if ra is None or dec is None or (ra == 0 and dec == 0):
            continue
        if hours:
            ra *= 15
        if within("ra", ra) is not None and within("dec", dec) is not None:
            found.append((ra % 360, dec, ra_key))
        else:
            notes.append(f"{ra_key} = {ra_value}, {dec_key} = {cards[dec_key]} is no direction")
    if not found:
        return None, None
    ra, dec, source = found[0]
    for other_ra, other_dec, key in found[1:]:
        east = ((other_ra - ra + 180) % 360 - 180) * math.cos(math.radians(dec))
        if math.hypot(east, other_dec - dec) > 1:
            notes.append(f"{key} points more than a degree away from {source}, which is believed")
    return ra, dec
