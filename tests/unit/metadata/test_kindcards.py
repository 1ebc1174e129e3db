"""What kind of frame a header says, in the words and slips of many programs."""

import pytest

from plateworks.metadata.header import Header
from plateworks.metadata.kindcards import read_kind


def kind_of(stem="a", history=(), repeated=None, **cards):
    cards = {key.replace("__", "-"): value for key, value in cards.items()}
    header = Header(cards, 16, 16, 1, 16, history=list(history), repeated=repeated or {})
    notes: list[str] = []
    return read_kind(header, stem, notes), notes


@pytest.mark.parametrize(
    ("cards", "kind"),
    [
        ({"OBSTYPE": "EXPOSE"}, "light"), ({"OBSTYPE": "STANDARD"}, "light"),
        ({"OBSTYPE": "SKYFLAT"}, "flat"), ({"OBSTYPE": "ZERO"}, "bias"),
        ({"ESO DPR TYPE": "FLAT,SKY"}, "flat"), ({"ESO DPR TYPE": "FLAT, LAMP"}, "flat"),
        ({"ESO DPR TYPE": "OBJECT"}, "light"), ({"DATA-TYP": "DOMEFLAT"}, "flat"),
        ({"FLAVOR": "science"}, "light"), ({"IMAGETYP": "Dome Flat"}, "flat"),
        ({"IMAGETYP": "offset"}, "bias"), ({"IMAGETYP": "PLU"}, "flat"),
        ({"PICTTYPE": 3}, "dark"), ({"PICTTYPE": "4"}, "flat"),
    ],
)  # fmt: skip
def test_the_words_of_archives_are_known(cards, kind):
    assert kind_of(**cards)[0].kind == kind


@pytest.mark.parametrize(
    "key", ["IMAGTYP", "IMGETYP", "IMAGETY", "IMAEGTYP", "IMAGETPY", "MAGETYP", "IMAGETYPE"]
)
def test_a_keyword_that_lost_a_letter_is_read_and_noted(key):
    told, notes = kind_of(**{key: "dark"})
    assert told.kind == "dark"
    assert key in notes[0]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Lihgt Frame", "light"), ("Drak", "dark"), ("Falt", "flat"), ("BAIS", "bias"),
     ("Ligt", "light"), ("Master Drak", "dark")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_read_and_noted(word, kind):
    told, notes = kind_of(IMAGETYP=word)
    assert (told.kind, told.is_master) == (kind, word.startswith("Master"))
    assert word in notes[0]


@pytest.mark.parametrize(
    "cards",
    [
        {"IMAGETYP": "Light", "FRAME": "Dark"},
        {"IMAGETYP": "Flat Field", "OBSTYPE": "BIAS"},
        {"IMAGTYP": "Bias", "OBSTYPE": "DARK"},
    ],
)
def test_of_cards_that_contradict_each_other_none_is_believed_and_both_are_named(cards):
    told, _ = kind_of(**cards)
    assert told.kind is None
    for key, value in cards.items():
        assert f"{key} = {value!r}" in told.doubt


def test_a_card_that_stands_twice_with_two_kinds_is_not_believed():
    told, _ = kind_of(IMAGETYP="Light", repeated={"IMAGETYP": "Dark"})
    assert (told.kind, "contradict" in told.doubt) == (None, True)


def test_a_driver_that_knows_no_flat_darks_contradicts_nobody():
    assert kind_of(IMAGETYP="DarkFlat", FRAME="Dark")[0].kind == "darkflat"


def test_a_word_that_is_no_kind_beside_one_that_is_contradicts_nothing():
    assert kind_of(FRAME="FK5", IMAGETYP="Light")[0].kind == "light"


def test_a_word_that_nobody_knows_is_given_with_its_card():
    told, notes = kind_of(IMAGETYP="Snapshot")
    assert told.kind is None
    assert "IMAGETYP = 'Snapshot'" in told.doubt
    assert "IMAGETYP = 'Snapshot'" in notes[0]


@pytest.mark.parametrize(
    "cards",
    [{"DARK_CNT": 30}, {"ISMASTER": "T"}, {"ISMASTER": True}, {"MASTER": "Y"}, {"NSTACK": 12},
     {"IMCMB001": "d1.fits"}, {"NCOMBINE": 5}],
)  # fmt: skip
def test_what_other_programs_count_makes_a_master(cards):
    assert kind_of(IMAGETYP="DARK", **cards)[0].is_master


def test_the_darks_behind_a_light_make_it_no_master():
    assert not kind_of(IMAGETYP="LIGHT", DARK_CNT=30)[0].is_master
    assert not kind_of(IMAGETYP="DARK", DARK_CNT=1)[0].is_master


@pytest.mark.parametrize(
    "stem",
    [
        "master_dark",
        "MasterDark_60s",
        "superbias",
        "dark_stacked",
        "masterflat-V",
        "Flats_combined",
    ],
)
def test_a_name_that_says_master_is_believed(stem):
    assert kind_of(stem, IMAGETYP="DARK")[0].is_master


@pytest.mark.parametrize("stem", ["dark_001", "Masterton_dark", "grandmaster_1", "flat_unstacked"])
def test_other_names_make_no_master(stem):
    assert not kind_of(stem, IMAGETYP="DARK")[0].is_master
