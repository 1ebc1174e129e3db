"""Frames that were combined from several, by the marks of many programs."""

import pytest

from plateworks.metadata.header import Header
from plateworks.metadata.mastermarks import is_combined


def combined(cards=(), kind="dark", name="a.fits", history=()):
    return is_combined(Header(dict(cards), 16, 16, 1, 16, history=list(history)), kind, name)


@pytest.mark.parametrize(
    "cards",
    [
        {"NCOMBINE": 12}, {"NUMCOMB": "9"}, {"STACKNUM": "20 frames"}, {"COMBINED": True},
        {"IS_STACK": "yes"}, {"COMBTYPE": "median"}, {"IMCMB001": "d1.fits"}, {"DARK_CNT": 7},
        {"CALSTAT": "M"}, {"CALSTAT": "DM"}, {"CALSTAT": "BDM"},
    ],
)  # fmt: skip
def test_cards_tell_it(cards):
    assert combined(cards)


@pytest.mark.parametrize(
    "cards",
    [{}, {"NCOMBINE": 1}, {"COMBINED": False}, {"FLAT_CNT": 7}, {"CALSTAT": "BD"},
     {"CALSTAT": "None"}, {"STACKCNT": "many"}],
)  # fmt: skip
def test_cards_of_single_frames_do_not(cards):
    assert not combined(cards)


def test_a_calibrated_light_with_that_letter_is_no_stack():
    assert not combined({"CALSTAT": "BDFM"}, kind="light")


@pytest.mark.parametrize(
    "line",
    ["Median combine of 15 images", "stacked 20 frames, winsorized", "Average of 12 slices",
     "siril 1.2: stack dark_ rej 3 3", "Master dark created from 30 exposures",
     "ImageIntegration.numberOfImages: 25"],
)  # fmt: skip
def test_lines_of_history_tell_it(line):
    assert combined(history=[line])


@pytest.mark.parametrize(
    "line", ["median sky 200", "Dark frame 3 of 20", "stack of filters: 5 mm", "combined focus run"]
)
def test_other_lines_do_not(line):
    assert not combined(history=[line])


@pytest.mark.parametrize(
    "name",
    ["mdark_300.fits", "median-bias.fit", "flat_v_avg.fits", "Flats averaged.fit", "SuperDark.fits",
     "stack_of_30_darks.fits", "dark_mean.fits", "MSTR_DARK.fits",
     "Light_Stack_7frames_M 13_20sec_Bin1_-5.0C_gain100_2024-05-02_231510.fit",
     "Stack_32bits_41frames_1230s.fits", "stack 12 frames.fit"],
)  # fmt: skip
def test_names_tell_it(name):
    expected = name != "flat_v_avg.fits"  # a filter stands between the words
    assert combined(name=name) == expected


@pytest.mark.parametrize(
    "name", ["dark_0001.fits", "medley_dark.fits", "flat_meander.fits", "bias_mstars.fits",
             "dark_stack_0001.fits"]
)  # fmt: skip
def test_names_of_single_frames_do_not(name):
    assert not combined(name=name)
