"""The filter, in one card or in several wheels."""

import pytest

from plateworks.metadata.filtercards import read_filter
from plateworks.metadata.header import Header


def header(cards, repeated=None):
    return Header(cards, 16, 16, 1, 16, repeated=repeated or {})


@pytest.mark.parametrize(
    ("cards", "name"),
    [
        ({"FILTER1": "V", "FILTER2": "Clear"}, "V"), ({"FILTER1": "open", "FILTER2": "B"}, "B"),
        ({"FILTER1": "V", "FILTER2": "ND4"}, "V+ND4"),
        ({"FILTER1": "open1-6", "FILTER2": "g_G0301"}, "g_G0301"),
        ({"FILTER1": "Clear", "FILTER2": "open"}, "Clear"),
        ({"FILTER1": "R", "FILTER2": "-"}, "R"), ({"FILTER1": "R", "FILTER2": "Unknown"}, "R"),
        ({"FILTER1": "R", "FILTER2": "Hole 3"}, "R"),
        ({"ESO INS FILT1 NAME": "R_SPECIAL"}, "R_SPECIAL"),
        ({"FWNAME1": "empty", "FWNAME2": "i"}, "i"), ({"FILTERA": "V", "FILTERB": "Air"}, "V"),
        ({}, None),
    ],
)  # fmt: skip
def test_several_wheels_make_one_name(cards, name):
    assert read_filter(header(cards), []) == name


@pytest.mark.parametrize(
    ("cards", "name"),
    [
        ({"FILTER": "Ha", "FILTER1": "V"}, "Ha"), ({"FILTER": "None", "FILTER1": "V"}, "V"),
        ({"FILTER": "Clear", "FILTER1": "Clear", "FILTER2": "i"}, "i"),
        ({"FILTER": "gp", "FILTER1": "gp", "FILTER2": "air"}, "gp"),
        ({"FILTER": "V", "FILTER1": "V", "FILTER2": "ND2"}, "V+ND2"),
    ],
)  # fmt: skip
def test_a_card_for_all_wheels_is_believed_where_it_says_as_much(cards, name):
    assert read_filter(header(cards), []) == name


@pytest.mark.parametrize(
    ("cards", "name"),
    [
        ({"FILTER": "Clear", "FILTER2": "i"}, "i"), ({"FILTER": "V", "FILTER2": "open"}, "V"),
        ({"FILTER": "V", "FILTER2": "ND2"}, "V+ND2"), ({"FILTER": "V", "FILTER2": "V"}, "V"),
    ],
)  # fmt: skip
def test_where_wheels_are_counted_from_two_the_plain_card_is_the_first(cards, name):
    assert read_filter(header(cards), []) == name


def test_a_name_counts_before_a_number():
    assert read_filter(header({"FILTER": 2, "FILTNAME": "OIII"}), []) == "OIII"
    assert read_filter(header({"FILTER": 2, "FILTER1": "V"}), []) == "V"
    assert read_filter(header({"FILTER": 2}), []) == "2"
    assert read_filter(header({"FILTPOS": 3, "BAND": "J"}), []) == "J"
    assert read_filter(header({"FILTER-POSITION": 3}), []) == "3"


def test_a_filter_that_stands_twice_with_two_names_is_none():
    notes: list[str] = []
    assert read_filter(header({"FILTER": "R"}, {"FILTER": "V"}), notes) is None
    assert "'R' and 'V'" in notes[0]
    assert read_filter(header({"FILTER": "R"}, {"FILTER": "R "}), []) == "R"
