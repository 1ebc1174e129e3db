"""Values of cards, and quantities read from them."""

import warnings
from datetime import UTC, datetime, timedelta, timezone

import pytest
from astropy.coordinates import Angle
from astropy.io import fits
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from plateworks.metadata.quantities import celsius
from plateworks.metadata.values import mjd_from_date, number, parse_value, sexagesimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 'ZWO ASI294MC Pro'   / Imaging instrument", "ZWO ASI294MC Pro"),
        (" 'Bias Frame          '", "Bias Frame"),
        (" 'O''Neill / his own' / telescope", "O'Neill / his own"),
        ("'close'/by", "close"),
        (" ''", ""),
        (" '' / '", ""),
        (" '' / 'quoted'", ""),
        (" 'a'' /b' / it's", "a' /b"),
        (" ''''", "'"),
        (" '        '", ""),
        (" 'never closed", "never closed"),
        (" 'ends in one''", "ends in one'"),
        (" ' 38.2955' / leading blanks count", " 38.2955"),
        ("                    T/CCDSOFT-SOFTWARE BISQUE 3", True),
        ("                    F", False),
        ("                   16 /8 unsigned int, 16 & 32 int", 16),
        (" -100 ", -100),
        (" +7", 7),
        (" 060.00 / Exposure", 60.0),
        (" 007", 7),
        (" +2.3E+001", 23.0),
        (" 3.D2", 300.0),
        (" 1d-3", 0.001),
        (" 240. / s", 240.0),
        (" .5", 0.5),
        (" 0.E0", 0.0),
        ("", None),
        ("    / only a comment", None),
        (" (1.0, 2.0)", "(1.0, 2.0)"),
        (" 1_000", "1_000"),
        (" nan", "nan"),
        (" 1 2", "1 2"),
        (" " + "9" * 30, int("9" * 30)),
        (" ²", "²"),
    ],
)
def test_a_value_is_read_as_programs_write_it(text, value):
    found = parse_value(text)
    assert found == value
    assert type(found) is type(value)


def test_text_in_utf8_is_read_though_fits_forbids_it():
    as_read_from_file = "'Höhenstraße'".encode().decode("latin-1")
    assert parse_value(as_read_from_file) == "Höhenstraße"
    assert parse_value("'Höhenstraße'") == "Höhenstraße"  # written in Latin-1


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
values = st.one_of(
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    printable,
)


@given(values, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_a_valid_card_is_read_as_astropy_means_it(value, comment):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = fits.Card("KEY", value, comment).image
        except ValueError:
            return  # too long for a card
        if len(image) > 80:
            return  # carried on in CONTINUE cards, which are tested with the reader
        # Of a text what astropy wrote, and not what it reads: as the end of '' / ' and 'a'' /b' it
        # takes another quote than the first that is not doubled, by which the FITS standard 4.0,
        # section 4.2.1, closes a text.  Blanks at its end do not count.
        text = isinstance(value, str)
        expected = value.rstrip(" ") if text else fits.Card.fromstring(image).value
    found = parse_value(image[9:])
    assert found == expected
    assert type(found) is type(expected)


@given(st.text(max_size=80))
def test_no_text_whatever_stops_the_parser(text):
    found = parse_value(text)
    assert found is None or isinstance(found, str | int | float | bool)
    number(found)
    celsius(found)
    sexagesimal(found)
    mjd_from_date(text, text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        ("3.62", 3.62),
        (" 769.4 ", 769.4),
        ("3,62", None),
        ("abc", None),
        ("", None),
        (None, None),
        (True, None),
        (float("inf"), None),
        ("1e999", None),
        (10**400, None),
    ],
)
def test_a_number_is_finite_or_unknown(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "kelvin", "expected"),
    [
        (-10, False, -10.0),
        ("11 C", False, 11.0),
        ("11 C", True, 11.0),
        ("271.0 K", False, -2.15),
        (271.0, True, -2.15),
        ("-10.5°C", False, -10.5),
        ("-5", False, -5.0),
        ("cold", False, None),
        (None, True, None),
    ],
)
def test_a_temperature_is_in_celsius(value, kelvin, expected):
    assert celsius(value, kelvin) == (None if expected is None else pytest.approx(expected))


@given(st.integers(0, 359), st.integers(0, 59), st.integers(0, 5999), st.sampled_from("+- "))
def test_a_sexagesimal_angle_is_that_of_astropy(whole, minutes, hundredths, sign):
    seconds = hundredths / 100
    text = f"{sign}{whole:02d} {minutes:02d} {seconds:05.2f}"
    expected = Angle(text.strip(), unit="deg").deg
    assert sexagesimal(text) == pytest.approx(expected, abs=1e-10)
    assert sexagesimal(text.replace(" ", ":").lstrip(":")) == pytest.approx(expected, abs=1e-10)


def test_an_angle_just_below_zero_keeps_its_sign():
    assert sexagesimal("-00 18 18") == pytest.approx(-0.305)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("110 52 48 W", -110.88),
        ("31 40 48 n", 31.68),
        ("+33d21m36s", 33.36),
        ("12 61 00", None),
        ("12 00 60", None),
        ("31.68", None),
        (31, None),
    ],
)
def test_an_angle_may_name_its_side_and_units(text, expected):
    assert sexagesimal(text) == (None if expected is None else pytest.approx(expected))


@pytest.mark.filterwarnings("ignore:.*dubious year")
@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31)),
    st.one_of(st.none(), st.integers(-14 * 60, 14 * 60)),
)
def test_a_date_is_that_of_astropy_in_any_zone(moment, zone):
    text, utc = moment.isoformat(), moment
    if moment.microsecond == 0:
        text += ".0"
    if zone is not None:
        offset = timezone(timedelta(minutes=zone))
        text = moment.replace(tzinfo=offset).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        utc = moment.replace(tzinfo=offset).astimezone(UTC).replace(tzinfo=None)
    mjd, zoned = mjd_from_date(text)
    # astropy spreads a leap second over its day; ours is the count of seconds by the clock.
    day = Time(datetime(utc.year, utc.month, utc.day)).mjd
    clock = utc - datetime(utc.year, utc.month, utc.day)
    assert mjd == pytest.approx(day + clock.total_seconds() / 86400, abs=1e-9)
    assert zoned == (zone is not None)


@pytest.mark.parametrize(
    ("text", "clock", "same_as"),
    [
        ("2018-09-17", "21:04:46", "2018-09-17T21:04:46"),
        ("04/07/18", "14:03:03", "2018-07-04T14:03:03"),
        ("30/05/98", "02:58:39.5", "1998-05-30T02:58:39.5"),
        ("30/05/2025", "02:58:39", "2025-05-30T02:58:39"),
        ("2017-12-19T18:33:43.317-0700", None, "2017-12-20T01:33:43.317"),
        ("2017-12-19T23:30:00Z", None, "2017-12-19T23:30:00"),
        ("2017-12-19 23:30", None, "2017-12-19T23:30:00"),
        ("2017/12/19 23:30:01,5", None, "2017-12-19T23:30:01.5"),
        ("17.9.2018 12:00", None, "2018-09-17T12:00:00"),
        ("2018.09.17", "21:04:46,25", "2018-09-17T21:04:46.25"),
        ("2017-12-19T23:30:00", "01:02:03", "2017-12-19T23:30:00"),
        ("2025:03:30 21:05:03", None, "2025-03-30T21:05:03"),  # as in EXIF
        ("20250330T210503", None, "2025-03-30T21:05:03"),
        ("20250330T210503.25Z", None, "2025-03-30T21:05:03.25"),
        ("20250330T210503+0200", None, "2025-03-30T19:05:03"),
        ("2025-Mar-30T21:05:03", None, "2025-03-30T21:05:03"),
        ("30 March 2025 21:05:03", None, "2025-03-30T21:05:03"),
        ("30-DEC-98", "21:05:03", "1998-12-30T21:05:03"),
        ("1-may-2025", "9:05:03 PM", "2025-05-01T21:05:03"),
        ("2025-03-30T9:05:03 p. m.", None, "2025-03-30T21:05:03"),
        ("2025-03-30T9:05:03 a.\u00a0m.", None, "2025-03-30T09:05:03"),
        ("2025-03-30T21:05:03+02", None, "2025-03-30T19:05:03"),
        ("2025-03-30T21:05:03 GMT+2", None, "2025-03-30T19:05:03"),
        ("2025-03-30T21:05:03 UTC-05:30", None, "2025-03-31T02:35:03"),
        ("2025-03-30T21:05:03 GMT", None, "2025-03-30T21:05:03"),
    ],
)
def test_dates_of_older_programs_are_understood(text, clock, same_as):
    assert mjd_from_date(text, clock)[0] == pytest.approx(mjd_from_date(same_as)[0], abs=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "2018-09-17", "2018-13-01T00:00:00", "2018-02-30T00:00:00", "2018-01-01T25:00:00",
     "17.9-2018 12:00", "2018/09-17 12:00", "09/17/2018 12:00", "19:04:23",
     "2018-09-17T12:00:00+99:00", "20251330T210503", "20250330", "2025-Mrz-30T12:00:00",
     "30 Foo 2025 12:00", "2025-03-30T13:05:03 AM", "2025-03-30T13:05:03 PM", "2025:03-30 12:00",
     "2025-03-30T12:00:00 CEST", "30-3-2025 12:00", "2025-03-30T12:00:00+15"],
)  # fmt: skip
def test_what_is_no_date_with_a_time_of_day_is_unknown(text):
    assert mjd_from_date(text)[0] is None
