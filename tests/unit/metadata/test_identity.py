"""Camera, mode, filter and place on the sensor, in the keywords of many programs."""

import pytest

from plateworks.metadata import identity
from plateworks.metadata.header import Header


def header(repeated=None, **cards):
    cards = {key.replace("__", "-"): value for key, value in cards.items()}
    return Header(cards, 16, 16, 1, 16, repeated=repeated or {})


@pytest.mark.parametrize(
    ("cards", "name"),
    [
        ({"FILTER1": "V", "FILTER2": "Clear"}, "V"), ({"FILTER1": "open", "FILTER2": "B"}, "B"),
        ({"FILTER1": "V", "FILTER2": "ND4"}, "V+ND4"),
        ({"FILTER1": "open1-6", "FILTER2": "g_G0301"}, "g_G0301"),
        ({"FILTER1": "Clear", "FILTER2": "open"}, "Clear"),
        ({"ESO INS FILT1 NAME": "R_SPECIAL"}, "R_SPECIAL"),
        ({"FILTER": "Ha", "FILTER1": "V"}, "Ha"), ({"FILTER": "None", "FILTER1": "V"}, "V"),
        ({}, None),
    ],
)  # fmt: skip
def test_a_filter_may_stand_in_several_wheels(cards, name):
    assert identity.read_filter(header(**cards), []) == name


def test_a_filter_that_stands_twice_with_two_names_is_none():
    notes: list[str] = []
    assert identity.read_filter(header({"FILTER": "V"}, FILTER="R"), notes) is None
    assert "'R' and 'V'" in notes[0]
    assert identity.read_filter(header({"FILTER": "R"}, FILTER="R "), []) == "R"


@pytest.mark.parametrize(
    ("cards", "gain"),
    [({"ISO": "ISO800"}, 800), ({"ISOSPEED": "iso 1600"}, 1600), ({"GAIN": "100,5"}, 100.5),
     ({"GAIN": -1, "ISO": 400}, 400), ({"GAIN": "High"}, None), ({"GAIN": 0}, 0)],
)  # fmt: skip
def test_a_gain_may_be_a_text(cards, gain):
    assert identity.read_gain(header(**cards), []) == gain


def test_a_gain_that_stands_twice_is_none():
    notes: list[str] = []
    assert identity.read_gain(header({"GAIN": 200}, GAIN=100), notes) is None
    assert "100 and 200" in notes[0]


@pytest.mark.parametrize(
    ("cards", "mode"),
    [
        ({"LOWNOISE": True, "FULLWELL": 0}, "fullwell=0 lownoise=1"), ({"HCG": "On"}, "hcg=1"),
        ({"GAIN": "High"}, "gain=high"), ({"GAIN": 100}, None), ({"ISO": "ISO800"}, None),
        ({"CONVGAIN": "LCG mode"}, "convgain=lcg-mode"), ({"GAIN": "auto"}, None),
    ],
)  # fmt: skip
def test_switches_of_the_driver_make_one_mode(cards, mode):
    assert identity.read_mode(header(**cards).cards) == mode


@pytest.mark.parametrize(
    ("cards", "origin"),
    [
        ({"XORGSUBF": 200, "YORGSUBF": 150}, (200, 150)), ({"STARTX": 8, "STARTY": 0}, (8, 0)),
        ({"DETSEC": "[201:328,151:246]", "XBINNING": 2}, (100, 75)),
        ({"XORGSUBF": 200}, (None, None)), ({"XORGSUBF": -1, "YORGSUBF": 0}, (None, None)),
        ({"DETSEC": "somewhere"}, (None, None)),
    ],
)  # fmt: skip
def test_the_origin_of_a_subframe_goes_by_several_names(cards, origin):
    binning = 2 if "XBINNING" in cards else None
    assert identity.read_origin(header(**cards).cards, binning, binning) == origin


def test_a_card_that_says_the_image_is_as_it_was_differs_from_no_card():
    assert identity.read_flip({}) is None
    assert identity.read_flip({"FLIPSTAT": "  "}) == "none"
    assert identity.read_flip({"FLIPSTAT": "Flip/Mirror"}) == "flip mirror"
