"""The night a frame belongs to."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plateworks.errors import ConfigError
from plateworks.inventory.sessions import UNDATED, chosen_sessions, session_finder
from plateworks.metadata.frame import Frame
from plateworks.settings.site import Site


def frame_at(utc: str, **known) -> Frame:
    when = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    mjd = (when - datetime(1858, 11, 17, tzinfo=UTC)).total_seconds() / 86400
    return Frame(path="x.fits", width=1, height=1, bitpix=16, mjd=mjd, **known)


def site(timezone=None, longitude=None):
    return Site(timezone=timezone, longitude=longitude)


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


def test_a_night_in_which_an_hour_is_missing_stays_one_night():
    session_of = session_finder(site("Europe/Madrid"))
    # 30 March 2025: 2 h becomes 3 h summer time.  Noon is at 11 h UTC before, at 10 h after.
    assert session_of(frame_at("2025-03-29T11:00:00")) == "20250328"
    assert session_of(frame_at("2025-03-29T11:00:01")) == "20250329"
    assert session_of(frame_at("2025-03-30T01:30:00")) == "20250329"
    assert session_of(frame_at("2025-03-30T10:00:00")) == "20250329"
    assert session_of(frame_at("2025-03-30T10:00:01")) == "20250330"


def test_summer_time_of_the_south_is_that_of_its_own_date():
    session_of = session_finder(site("America/Santiago"))
    # Noon is at 15 h UTC in January and at 16 h in July.
    assert session_of(frame_at("2025-01-10T15:00:00")) == "20250109"
    assert session_of(frame_at("2025-01-10T15:00:01")) == "20250110"
    assert session_of(frame_at("2025-07-10T16:00:00")) == "20250709"
    assert session_of(frame_at("2025-07-10T16:00:01")) == "20250710"


@pytest.mark.parametrize("place", [site("UTC"), site(longitude=0.0)])
def test_a_part_of_a_second_after_noon_belongs_to_the_next_night(place):
    session_of = session_finder(place)
    assert session_of(frame_at("2025-05-30T11:59:59.900")) == "20250529"
    assert session_of(frame_at("2025-05-30T12:00:00.100")) == "20250530"


@pytest.mark.parametrize("east", [-179.9, -70.0, -1.0, 0.0, 12.5, 175.0, 180.0])
def test_a_noon_that_went_through_a_julian_date_is_not_missed(east):
    """A Julian date as a float tells 40 microseconds apart, an MJD less than one."""
    session_of = session_finder(site(longitude=east))
    for day in range(60000, 60100):
        noon = day + 0.5 - east / 360
        through_jd = (noon + 2_400_000.5) - 2_400_000.5
        second = 1 / 86400
        nights = [
            session_of(Frame(path="x", width=1, height=1, bitpix=16, mjd=mjd))
            for mjd in (through_jd - second, through_jd, through_jd + second)
        ]
        assert nights[0] == nights[1] < nights[2]


@pytest.mark.parametrize(
    "zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "UTC"]
)
@pytest.mark.parametrize(
    ("place", "noon_utc"),
    [
        (site(longitude=-70.0), "2025-05-30T16:40:00"),
        (site(longitude=0.0), "2025-05-30T12:00:00"),
        (site(longitude=175.0), "2025-05-30T00:20:00"),
        (site("Europe/Madrid"), "2025-05-30T10:00:00"),
        (site(), "2025-05-30T12:00:00"),
    ],
)
def test_the_zone_of_the_computer_makes_no_difference(zone, place, noon_utc, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        session_of = session_finder(place)
        assert session_of(frame_at(noon_utc)) == "20250529"
        assert session_of(frame_at(noon_utc[:-1] + "1")) == "20250530"
    finally:
        monkeypatch.undo()
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


@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("data/2012-06-04/2012-06-04-CAMS/x.fits", "20120604"),
        ("lib/2024_05_20/flats/x.fits", "20240520"),
        ("2012-06-03/20120604_b/x.fits", "20120604"),
        ("data/2012-06-04.fits", "20250529"),
        ("data/120120604/x.fits", "20250529"),
        ("data/201206041/x.fits", "20250529"),
    ],
)
def test_a_folder_named_by_a_date_may_say_the_night(path, session):
    frame = replace(frame_at("2025-05-30T02:00:00"), path=path)
    assert session_finder(Site(session_from_folder=True))(frame) == session
    assert session_finder(site())(frame) == "20250529"


@pytest.mark.parametrize(
    ("dates", "chosen"),
    [
        (None, "ABCu"), ("2012-06-04", "B"), ("20120604", "B"), ("2012-06-03..2012-06-04", "AB"),
        ("2012-06-04..", "BC"), ("..2012-06-04", "AB"),
    ],
)  # fmt: skip
def test_dates_choose_sessions(dates, chosen):
    sessions = {"A": "20120603", "B": "20120604", "C": "20120605", "u": UNDATED}
    choose = chosen_sessions(dates)
    assert "".join(name for name, session in sessions.items() if choose(session)) == chosen
