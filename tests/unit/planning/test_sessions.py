"""The night a frame belongs to."""

import os
import time
from datetime import UTC, datetime

import pytest

from plateworks.errors import ConfigError
from plateworks.metadata.frame import Frame
from plateworks.planning.sessions import UNDATED, session_finder


def frame_at(utc: str, **known) -> Frame:
    when = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    mjd = (when - datetime(1858, 11, 17, tzinfo=UTC)).total_seconds() / 86400
    return Frame(path="x.fits", width=1, height=1, bitpix=16, mjd=mjd, **known)


def site(timezone=None, longitude=None):
    return {"timezone": timezone, "longitude": longitude}


@pytest.mark.parametrize(
    ("place", "noon_utc", "second_later_utc"),
    [
        (site("UTC"), "2025-05-30T12:00:00", "2025-05-30T12:00:01"),
        (site("Europe/Madrid"), "2025-05-30T10:00:00", "2025-05-30T10:00:01"),
        (site("America/La_Paz"), "2025-05-30T16:00:00", "2025-05-30T16:00:01"),
        (site(longitude=0.0), "2025-05-30T12:00:00", "2025-05-30T12:00:01"),
        (site(longitude=-70.0), "2025-05-30T16:40:00", "2025-05-30T16:40:01"),
        (site(longitude=175.0), "2025-05-30T00:20:00", "2025-05-30T00:20:01"),
    ],
)
def test_noon_itself_belongs_to_the_night_before(place, noon_utc, second_later_utc):
    session_of = session_finder(place)
    assert session_of(frame_at(noon_utc)) == "20250529"
    assert session_of(frame_at(second_later_utc)) == "20250530"


def test_a_night_in_which_the_clocks_change_stays_one_night():
    session_of = session_finder(site("Europe/Madrid"))
    # 26 October 2025: 3 h summer time becomes 2 h.  Noon is at 10 h UTC before, at 11 h after.
    assert session_of(frame_at("2025-10-25T10:00:01")) == "20251025"
    assert session_of(frame_at("2025-10-26T01:30:00")) == "20251025"
    assert session_of(frame_at("2025-10-26T11:00:00")) == "20251025"
    assert session_of(frame_at("2025-10-26T11:00:01")) == "20251026"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_the_zone_of_the_computer_makes_no_difference(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        session_of = session_finder(site(longitude=-70.0))
        assert session_of(frame_at("2025-05-30T16:40:00")) == "20250529"
    finally:
        monkeypatch.delenv("TZ")
        os.environ.pop("TZ", None)
        time.tzset()


def test_without_a_configured_site_the_header_tells_the_longitude():
    session_of = session_finder(site())
    assert session_of(frame_at("2025-05-30T16:39:00", site_lon=-70.0)) == "20250529"
    assert session_of(frame_at("2025-05-30T16:39:00")) == "20250530"


def test_a_frame_without_time_is_undated():
    frame = Frame(path="x.fits", width=1, height=1, bitpix=16)
    assert session_finder(site())(frame) == UNDATED


def test_an_unknown_zone_is_said_by_name():
    with pytest.raises(ConfigError, match=r"site\.timezone.*'Europe/Madird'"):
        session_finder(site("Europe/Madird"))
