"""A frame whose overscan nobody can take off is named, and what was trimmed is not."""

import pytest

from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards


def notes(**cards):
    named = {key.replace("__", " ").replace("_", "-"): value for key, value in cards.items()}
    header = Header({"IMAGETYP": "Dark", **named}, width=1100, height=1000, planes=1, bitpix=16)
    return frame_from_cards("a.fits", header).notes


@pytest.mark.parametrize(
    "cards",
    [
        {"BSEC11": "[1:24,1:400]"},
        {"DATASECA": "[1:550,1:1000]"},
        {"BIASSEC": "[501:520,401:410]"},
        {"OVERSCNX": 50},
        {"POSTPIX": "80"},
        {"ESO__DET__OUT1__OVSCX": 50},
    ],
)
def test_cards_of_many_observatories_tell_of_overscan(cards):
    ((key, value),) = cards.items()
    key = key.replace("__", " ")
    assert notes(**cards) == (f"{key} = {value!r}: its overscan is neither subtracted nor trimmed",)


@pytest.mark.parametrize(
    "cards",
    [
        {"BIASSEC": "[1101:1150,1:1000]"},  # trimmed since
        {"BIASSEC": "[0:0,0:0]"},
        {"BIASSEC": "UNKNOWN"},
        {"BIASSEC": ""},
        {"TRIMSEC": "[1:1100,1:1000]"},
        {"DATASEC": "[1:1100, 1:1000]"},
        {"DATASEC": "[1:2200,1:2000]"},  # of the sensor
        {"OVERSCNX": 0, "PRESCAN": None},
        {"CCDSEC": "[1:500,1:500]"},
    ],
)
def test_cards_of_what_is_not_in_the_image_tell_nothing(cards):
    assert notes(**cards) == ()


def test_the_first_card_that_tells_is_enough():
    assert len(notes(BIASSEC1="[1:50,1:1000]", BIASSEC2="[1051:1100,1:1000]", PREPIX=50)) == 1


def test_an_overscan_that_is_taken_off_is_not_named():
    assert notes(TRIMSEC="[51:1100,1:1000]", BIASSEC="[1:50,1:1000]", PREPIX=50) == ()


@pytest.mark.parametrize("value", [1.2, -0.4, "small"])
def test_coefficients_of_crosstalk_that_cannot_be_are_named(value):
    [told] = notes(CRSTLK21=value, CRSTLK12=-0.002, CRSTLK31=None)
    assert told == f"CRSTLK21 = {value!r} cannot be (from -0.1 to 0.1) and is ignored"


def test_an_overscan_upon_the_picture_is_named():
    [told] = notes(TRIMSEC="[51:1100,1:1000]", DATASEC="[51:1100,1:1000]", BIASSEC="[60:99,1:1000]")
    assert told.startswith("BIASSEC = '[60:99,1:1000]': lies not beside all")
    assert notes(TRIMSEC="[51:1100,1:1000]") == ()
    subtracted = {"OVERSCAN": "overscan subtracted", "BIASSEC": "[60:99,1:1000]"}
    assert not any("lies not" in one for one in notes(TRIMSEC="[51:1100,1:1000]", **subtracted))
