"""Numbers of headers that cannot be: not believed and said, or the frame is set aside."""

import math

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from headerfiles import complete, header_block
from plateworks.errors import FrameError
from plateworks.metadata import dialects
from plateworks.metadata.bounds import BOUNDS, believed, within
from plateworks.metadata.cards import read_cards
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards

NUMBERS = {**dialects.NUMBERS, **dialects.TEMPERATURES}
#: Card -> the field of the frame that it tells, and the bounds of it.
CARDS = {quantity.keys[0]: (field, field) for field, quantity in NUMBERS.items()} | {
    "GAIN": ("gain", "gain"),
    "XBINNING": ("xbin", "binning"),
    "XPIXSZ": ("pixel_size", "pixel_size"),
    "SITELAT": ("site_lat", "latitude"),
    "SITELONG": ("site_lon", "longitude"),
    "JD": ("mjd", "mjd"),
    "MJD-OBS": ("mjd", "mjd"),
    "XORGSUBF": ("x_origin", "origin"),
    "NCOMBINE": ("combined", "frames"),
}


def frame(**cards) -> Frame:
    named = {key.replace("__", "-"): value for key, value in cards.items()}
    return frame_from_cards("a.fits", Header(named, 16, 16, 1, -32))


@pytest.mark.parametrize("number", [1e300, -1e300, 7e18, math.inf, 10**40])
@pytest.mark.parametrize("key", CARDS)
def test_a_number_beyond_sense_is_unknown(key, number):
    field, _ = CARDS[key]
    assert getattr(frame(**{key: number, "YORGSUBF": 0, "IMAGETYP": "Master Dark"}), field) is None


@pytest.mark.parametrize("key", [key for key, (field, _) in CARDS.items() if field in NUMBERS])
def test_a_number_beyond_sense_is_named_with_its_bounds(key):
    words = f"{key} = 1e+300 cannot be ({BOUNDS[CARDS[key][1]]}) and is ignored"
    assert words in frame(**{key: 1e300}).notes


def test_every_number_of_a_frame_has_its_bounds():
    assert set(NUMBERS) | {"gain"} <= set(BOUNDS)
    assert all(limits.low < limits.high for limits in BOUNDS.values())


@given(st.sampled_from(sorted(BOUNDS)), st.floats(allow_nan=True, allow_infinity=True))
def test_what_is_believed_lies_within_bounds_and_the_rest_is_said(name, number):
    notes = []
    found = believed(name, number, "CARD", notes)
    assert found == within(name, number)
    assert (found is None) == bool(notes)
    assert found is None or BOUNDS[name].low <= found <= BOUNDS[name].high


@given(
    st.dictionaries(
        st.sampled_from(sorted(dialects.WANTED)),
        st.one_of(st.floats(), st.integers(), st.text(max_size=68), st.booleans(), st.none()),
    )
)
def test_whatever_a_header_says_no_number_of_a_frame_is_beyond_its_bounds(cards):
    found = frame_from_cards("a", Header(cards, 16, 16, 1, 16))
    for field in NUMBERS:
        number = getattr(found, field)
        # A pedestal may change its sign, and its bounds are the same on either side.
        assert number is None or BOUNDS[field].hold(number)
    assert found.xbin is None or BOUNDS["binning"].hold(found.xbin)


@pytest.mark.parametrize("text", ["'abc     '", "NaN", "'nan'", "1E308", "-1E300", "INF", "T"])
@pytest.mark.parametrize("keyword", ["BZERO", "BSCALE"])
def test_a_frame_whose_pixels_cannot_be_reckoned_is_set_aside(tmp_path, keyword, text):
    raw = tmp_path / "a.fits"
    raw.write_bytes(header_block(complete([f"{keyword:8}= {text:>20}"])) + bytes(2880))
    with pytest.raises(FrameError, match=rf"has {keyword} = .*by which no pixel can be reckoned"):
        read_cards(raw)


def test_a_factor_of_zero_makes_all_pixels_one_and_is_none(tmp_path):
    raw = tmp_path / "a.fits"
    raw.write_bytes(header_block(complete([f"{'BSCALE':8}= {0:>20}"])) + bytes(2880))
    with pytest.raises(FrameError, match="has BSCALE = 0"):
        read_cards(raw)


@pytest.mark.parametrize("text", ["'32768   '", "3.2768E4", "32768"])
def test_an_offset_is_read_in_every_form_that_is_a_number(tmp_path, text):
    raw = tmp_path / "a.fits"
    raw.write_bytes(header_block(complete([f"{'BZERO':8}= {text:>20}"])) + bytes(2880))
    assert read_cards(raw).bzero == 32768.0


@pytest.mark.parametrize(
    "date",
    ["0001-01-01T00:00:00", "0085-06-04T22:00:00", "1066-10-14T09:00:00", "9999-12-31T23:59"],
)
def test_a_year_without_cameras_is_no_date(date):
    odd = frame(DATE__OBS=date)
    assert odd.mjd is None
    assert f"DATE-OBS = {date} gives no date and time and is ignored" in odd.notes


def test_a_year_of_two_digits_is_one():
    assert frame(DATE__OBS="04/06/12", TIME__OBS="22:00:00").mjd == pytest.approx(56082.9166667)


@pytest.mark.parametrize("tiles", [False, True])
def test_a_header_that_was_changed_since_it_was_written_is_remarked(tmp_path, tiles):
    hdu = (fits.CompImageHDU if tiles else fits.PrimaryHDU)(
        np.arange(256, dtype=np.int16).reshape(16, 16)
    )
    hdu.header["FILTER"] = "Ha"
    raw = tmp_path / "a.fits"
    hdu.writeto(raw, checksum=True)
    assert read_cards(raw).notes == []
    raw.write_bytes(raw.read_bytes().replace(b"'Ha  ", b"'OIII"))
    assert [note.split(":")[0] for note in read_cards(raw).notes] == [
        "CHECKSUM does not agree with the header"
    ]


def test_a_checksum_that_was_never_reckoned_says_nothing(tmp_path):
    raw = tmp_path / "a.fits"
    cards = [f"CHECKSUM= '{'0' * 16}'", "DATASUM = '0       '"]
    raw.write_bytes(header_block(complete(cards)) + bytes(2880))
    assert read_cards(raw).notes == []
