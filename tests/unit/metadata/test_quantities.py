"""Numbers in text: read where there is no doubt, else named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards
from plateworks.metadata.quantities import ELECTRONS, MILLIMETRES, celsius, parse_number, seconds


def frame(**cards):
    named = {key.replace("_", "-"): value for key, value in cards.items()}
    return frame_from_cards("a.fits", Header({"IMAGETYP": "Light", **named}, 64, 48, 1, 16))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", 12.5), ("-0,125", -0.125), ("1.200,5", 1200.5), ("12,345.75", 12345.75),
        ("1.234.567,25", 1234567.25), ("'7,5'", 7.5), ('"90"', 90.0), (" +3.5E2 ", 350.0),
        ("1,234", None), ("1.2.3", None), ("12,34,5", None), ("1 200", None), ("90-", None),
        ("~90", None), ("'90", None), ("ninety", None), ("", None), (True, None), (None, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_countries_and_programs_write_it(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90 s", 90.0), ("90,5sec.", 90.5), ("90 [s]", 90.0), ("90 (SEC)", 90.0),
        ("1.5 min", 90.0), ("45 Sekunden", 45.0), ("45 secondes", 45.0), ("250 ms", 0.25),
        ("250 milliseconds", 0.25), ("30000 µs", 0.03), ("30000 microseconds", 0.03),
        ("1/250", 0.004), ("1/250 s", 0.004), ("00:01:30", 90.0), ("1:00:00.5", 3600.5),
        ("1m30s", 90.0), ("2 min 5.5 s", 125.5), ("1h 2m 3s", 3723.0), ("1 hour", 3600.0),
        ("1:30", None), ("90 x", None), ("90 s s", None), ("s", None), ("1/0 s", None),
        ("90 parsec", None), ("00:61:00", None), ("90 (s", None),
    ],
)  # fmt: skip
def test_a_duration_is_read_with_its_unit(text, value):
    assert seconds(text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize("count", [1, 3, 7, 100, 250, 9999])
def test_a_part_of_a_second_is_the_number_next_to_it(count):
    for unit, digits in (("ms", 3), ("us", 6), ("ns", 9)):
        assert seconds(f"{count} {unit}") == float(f"{count}e-{digits}")
    assert frame(EXPUS=100).exposure == 1e-4 == frame(EXPMS=0.1).exposure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-12,5 °C", -12.5), ("-12.5 degC", -12.5), ("-12.5 Celsius", -12.5), ("5 deg. C", 5.0),
        ("268.15 Kelvin", -5.0), ("5 °F", -15.0), ("-4 Fahrenheit", -20.0), ("-5 (C)", -5.0),
        ("cold", None), ("-5 D", None),
    ],
)  # fmt: skip
def test_a_temperature_is_read_with_its_unit(text, value):
    assert celsius(text) == (None if value is None else pytest.approx(value))


def test_a_unit_counts_where_it_is_one_of_the_quantity_alone():
    assert parse_number("1.2 m", MILLIMETRES) == 1200.0
    assert parse_number("8 inch", MILLIMETRES) == pytest.approx(203.2)
    assert parse_number("7.5 e-", ELECTRONS) == 7.5
    assert parse_number("1.2 m") is None
    assert parse_number("1/2 mm", MILLIMETRES) is None


@given(st.text(max_size=30))
def test_no_text_whatever_stops_a_reader(text):
    for read in (parse_number, seconds, celsius, lambda t: parse_number(t, MILLIMETRES)):
        assert read(text) is None or isinstance(read(text), float)


@pytest.mark.parametrize(
    ("cards", "field", "value"),
    [
        ({"FOCALLEN": "650 mm"}, "focal_length", 650.0),
        ({"FOCALLEN": "0.65 m"}, "focal_length", 650.0),
        ({"XPIXSZ": "2.4 µm"}, "pixel_size", 2.4),
        ({"ROTATANG": "271.5 deg"}, "rotator", 271.5),
        ({"SATURATE": "4095 ADU"}, "saturation", 4095.0),
        ({"RDNOISE": "7,5 e-"}, "read_noise", 7.5),
        ({"EGAIN": "0.78 e-/ADU"}, "egain", 0.78),
        ({"PEDESTAL": "-200 DN"}, "pedestal", -200.0),
        ({"GAIN": "1600 ISO"}, "gain", 1600.0),
        ({"EXPUSEC": 2_500_000}, "exposure", 2.5),
        ({"EXP-MS": "1500"}, "exposure", 1.5),
        ({"INTTIME": "12 sec"}, "exposure", 12.0),
        ({"EXPTIME": "", "EXPOSURE": "12,5"}, "exposure", 12.5),
    ],
)
def test_the_numbers_of_a_header_may_have_their_units(cards, field, value):
    found = frame(**cards)
    assert getattr(found, field) == pytest.approx(value)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EXPTIME", "90 x"), ("EXPOSURE", "1:30"), ("EXPTIME", True), ("CCD-TEMP", "cold"),
        ("FOCALLEN", "f/7"), ("SATURATE", "full"), ("PEDESTAL", "yes"), ("OFFSET", "30 %"),
        ("RDNOISE", "low"), ("ROTATANG", "north"), ("EGAIN", "1/2 e-/ADU"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_read_is_named(key, value):
    assert frame(**{key: value}).notes == (f"{key} says {value!r}, which is no number known here",)


@pytest.mark.parametrize(
    ("cards", "binning"),
    [
        ({"XBINNING": "2x2", "YBINNING": "2x2"}, (2, 2)),
        ({"XBINNING": "1X2", "YBINNING": "1X2"}, (1, 2)),
        ({"XBINNING": "3,0", "YBINNING": 3.0}, (3, 3)),
        ({"BINNING": "2 x 1"}, (2, 1)),
        ({"BINNING": "bin4"}, (4, 4)),
        ({"CCDSUM": "2,2"}, (2, 2)),
    ],
)
def test_binning_is_read_in_the_words_of_many_programs(cards, binning):
    found = frame(**cards)
    assert (found.xbin, found.ybin) == binning
    assert found.notes == ()


@pytest.mark.parametrize("text", ["two", "2 x", "0", "1.5", "high"])
def test_binning_that_cannot_be_read_is_named(text):
    found = frame(BINNING=text)
    assert (found.xbin, found.ybin) == (None, None)
    assert found.notes == (f"BINNING says {text!r}, which is no binning known here",)


@pytest.mark.parametrize(
    ("cards", "value", "note"),
    [
        ({"EXPTIME": 45000, "EXPOSURE": 45.0}, 45.0, "EXPTIME = 45000 counts milliseconds"),
        ({"EXPTIME": 0.045, "EXPOSURE": 45.0}, 0.045, "EXPOSURE = 45 counts milliseconds"),
        ({"EXPTIME": 0.5, "EXP": 500_000}, 0.5, "EXP = 500000 counts microseconds"),
        ({"EXPTIME": 45.0, "EXPOSURE": 450.0}, 45.0, "EXPTIME is believed"),
        ({"EXPTIME": 0, "EXPOSURE": "45 s"}, 45.0, "EXPOSURE is believed"),
        ({"EXPTIME": 0.0}, 0.0, "EXPTIME = 0, which cannot be of a light"),
    ],
)
def test_exposures_that_do_not_agree_are_named_and_units_told_by_each_other(cards, value, note):
    found = frame(**cards)
    assert found.exposure == value
    assert note in found.notes[0]


@pytest.mark.parametrize(
    "cards",
    [
        {"DATE-OBS": "2024-03-09", "UTC-OBS": "21:30:00"},
        {"DATE-OBS": "2024/03/09", "UT": "noon", "UTSTART": "21:30:00"},
        {"DATE_OBS": "2024-03-09 21:30"},
        {"MJD": "60378,895833333333"},
        {"MJD": 1.5, "DATE-OBS": "09.03.2024 21:30:00"},
    ],
)
def test_the_time_is_read_from_the_cards_of_many_programs(cards):
    header = Header(dict(cards), 64, 48, 1, 16)
    assert frame_from_cards("a.fits", header).mjd == pytest.approx(60378 + 21.5 / 24, abs=1e-9)
