"""From cards to when and where a frame was taken."""

import pytest

from cards import normalised as frame
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards

# --- time ---------------------------------------------------------------------------------------


def test_time_is_jd_then_mjd_then_date_obs_then_date_beg():
    cards = {
        "JD": 2460000.75, "MJD-OBS": 60000.26, "DATE-OBS": "2023-02-25T06:28:48",
        "DATE-BEG": "2023-02-25T06:43:12",
    }  # fmt: skip
    for mjd, source in ((60000.25, "JD"), (60000.26, "MJD-OBS"), (60000.27, "DATE-OBS"),
                        (60000.28, "DATE-BEG")):  # fmt: skip
        known = frame_from_cards("a", Header(dict(cards), 16, 16, 1, 16))
        assert known.mjd == pytest.approx(mjd, abs=1e-8)
        assert known.notes == ()
        del cards[source]


def test_date_and_time_may_stand_in_two_cards():
    assert frame(DATE__OBS="25/02/23", TIME__OBS="06:28:48").mjd == pytest.approx(60000.27)
    assert frame(DATE__OBS="2023-02-25", UT="06:28:48").mjd == pytest.approx(60000.27)


def test_a_date_without_time_of_day_is_no_time():
    known = frame(DATE__OBS="2023-02-25")
    assert known.mjd is None
    assert "DATE-OBS = 2023-02-25" in known.notes[0]


def test_ut_obs_counts_only_with_its_zone():
    assert frame(UT__OBS="06:28:48").mjd is None
    assert frame(UT__OBS="2023-02-25T06:28:48").mjd is None
    assert frame(UT__OBS="2023-02-25T06:28:48-0000").mjd == pytest.approx(60000.27)


def test_a_zone_is_reckoned_to_utc():
    assert frame(DATE__OBS="2023-02-24T23:28:48-0700").mjd == pytest.approx(60000.27)


def test_a_clock_of_the_place_that_tells_its_zone_is_reckoned_once():
    known = frame(DATE__LOC="2023-02-25T08:28:48+02:00")
    assert known.mjd == pytest.approx(60000.27) and known.local_time is None
    assert frame(DATE__LOC="2023-02-25T08:28:48").local_time


@pytest.mark.parametrize("jd", [0, 60000.27, 1e9, "soon"])
def test_an_impossible_julian_date_gives_way_to_the_date(jd):
    known = frame(JD=jd, DATE__OBS="2023-02-25T06:28:48")
    assert known.mjd == pytest.approx(60000.27)
    assert "JD = " in known.notes[0]


def test_a_date_hours_away_from_the_julian_date_is_noted():
    known = frame(JD=2460000.77, DATE__OBS="2023-02-25T13:28:48")
    assert known.mjd == pytest.approx(60000.27)
    assert "+7.0 h" in known.notes[0]


# --- place and pointing -------------------------------------------------------------------------


def test_the_site_is_read_in_every_form():
    for cards in (
        {"SITELAT": "32 46 49", "SITELONG": "-105 49 13"},
        {"LAT__OBS": 32.7802777778, "LONG__OBS": -105.820277778},
        {"OBSGEO__B": "32.7802777778", "OBSGEO__L": "254.179722222"},
        {"LATITUDE": 32.7802777778, "LONGITUD": 105.820277778, "CREATOR": "MicroObservatory"},
    ):
        known = frame(**cards)
        assert known.site_lat == pytest.approx(32.7802777778)
        assert known.site_lon == pytest.approx(-105.820277778)


def test_a_site_never_set_or_impossible_is_unknown():
    assert frame(SITELAT=0, SITELONG=0.0) == frame()
    assert frame(SITELAT="00 00 00", SITELONG="00 00 00") == frame()
    assert frame(SITELAT=91.0, SITELONG=400.0) == frame()
    assert frame(SITELAT=0, SITELONG=9.0).site_lat == 0


def test_the_pointing_is_in_degrees_whatever_the_form():
    for cards in (
        {"OBJCTRA": "05 35 17", "OBJCTDEC": "-05 23 28"},
        {"RA": "05:35:17", "DEC": "-05:23:28"},
        {"RA": 83.8208333333, "DEC": -5.39111111111},
        {"RA": "83.8208333333", "DEC": "-5.39111111111"},
        {"RA__MNT": 83.8208333333, "DEC__MNT": -5.39111111111},
        {"RA": 5.58805555556, "DEC": -5.39111111111, "ORIGIN": "DWARFLAB"},
        {"RA": 83.8208333333, "DEC": -5.39111111111, "ORIGIN": "DWARFLAB"},
    ):
        known = frame(**cards)
        assert (known.ra, known.dec) == (pytest.approx(83.8208333333), pytest.approx(-5.3911111111))


@pytest.mark.parametrize(
    "cards",
    [
        {"OBJCTRA": "00 00 00", "OBJCTDEC": "+00 00 00"}, {"RA": 0, "DEC": 0.0}, {"RA": 10.0},
        {"OBJCTRA": "unknown", "OBJCTDEC": ""},
    ],
)  # fmt: skip
def test_a_pointing_never_set_is_unknown(cards):
    assert frame(**cards) == frame()


def test_an_unset_target_gives_way_to_the_mount():
    known = frame(OBJCTRA="00 00 00", OBJCTDEC="00 00 00", RA=10.0, DEC=20.0)
    assert (known.ra, known.dec) == (10, 20)


def test_an_impossible_direction_is_unknown_and_noted():
    known = frame(RA=400.0, DEC=20.0)
    assert known.ra is None
    assert "RA = 400.0" in known.notes[0]


@pytest.mark.parametrize(("ra", "noted"), [(10.5, False), (12.5, True), (359.9, True)])
def test_two_pointings_a_degree_apart_are_noted(ra, noted):
    known = frame(OBJCTRA="00 40 00", OBJCTDEC="+20 00 00", RA=ra, DEC=20.0)
    assert known.ra == pytest.approx(10)
    assert bool(known.notes) == noted


def test_hours_of_right_ascension_are_short_near_the_pole():
    assert frame(OBJCTRA="00 40 00", OBJCTDEC="+80 00 00", RA=13.0, DEC=80.0).notes == ()


def test_pointings_on_both_sides_of_zero_hours_are_near_each_other():
    assert frame(OBJCTRA="00 00 01", OBJCTDEC="+20 00 00", RA=359.99, DEC=20.0).notes == ()


# --- clocks of twelve hours ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-25 06:28:48 AM", "2023-02-25T6:28:48am", "2023/02/25 AM 06:28:48",
        "25.02.2023 6:28:48 a.m.", "2/25/2023 6:28:48 AM", "2023-02-25 06:28:48\u202fAM",
        "2023-02-24 11:28:48 PM -0700",
    ],
)  # fmt: skip
def test_a_clock_of_twelve_hours_is_read_with_its_half(text):
    assert frame(DATE__OBS=text).mjd == pytest.approx(60000.27)


@pytest.mark.parametrize(
    ("clock", "hour"), [("12:00:00 AM", 0), ("12:00:00 PM", 12), ("1:00:00 P.M.", 13)]
)
def test_noon_is_twelve_pm_and_midnight_twelve_am(clock, hour):
    assert frame(DATE__OBS="2023-02-25", TIME__OBS=clock).mjd == pytest.approx(60000 + hour / 24)


@pytest.mark.parametrize("text", ["2023-02-25 13:28:48 PM", "2023-02-25 0:28:48 AM"])
def test_an_hour_that_no_such_clock_shows_is_no_time(text):
    known = frame(DATE__OBS=text)
    assert known.mjd is None and "gives no date and time" in known.notes[0]


def test_whether_the_month_comes_first_is_not_guessed():
    assert frame(DATE__OBS="3/2/2023 6:28:48 AM").mjd is None
    assert frame(DATE__OBS="3/3/2023 6:28:48 AM").mjd == pytest.approx(60006.27)
    assert frame(DATE__OBS="03/02/2023 06:28:48").mjd == pytest.approx(59978.27)


def test_the_half_of_the_day_may_stand_in_a_card_beside_the_time():
    assert frame(DATE__OBS="2023-02-25T06:28:48", AMPM="PM").mjd == pytest.approx(60000.77)
    halves = {"DATE__OBS": "2023-02-25", "TIME__OBS": "06:28:48", "AM_PM": "p.m."}
    assert frame(**halves).mjd == pytest.approx(60000.77)
    assert frame(DATE__OBS="2023-02-25T18:28:48", AMPM="PM").mjd == pytest.approx(60000.77)
