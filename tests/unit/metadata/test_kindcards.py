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
        ({"PICTTYPE": "Dark"}, "dark"), ({"IMAGETYP": "Flat-Dark", "PICTTYPE": 3}, "darkflat"),
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
        {"IMAGETYP": "Light Frame", "PICTTYPE": 3},
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


@pytest.mark.parametrize("card", [{"NUMCOMB": 9}, {"NSUBS": 9}, {"STACKED": True}])
def test_other_words_for_a_number_of_frames_make_a_master(card):
    assert kind_of(IMAGETYP="Dark", **card)[0].is_master


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


@pytest.mark.parametrize(
    "stem",
    ["stacked_dark_60s", "Dark-stack.fits", "integration_of_dark", "avgdark", "flat_median.fits",
     "bias mean", "zero-combined-20.fits"],
)  # fmt: skip
def test_a_name_that_says_how_it_was_combined_is_believed(stem):
    assert kind_of(stem, IMAGETYP="DARK")[0].is_master


@pytest.mark.parametrize(
    "stem",
    ["dark_001", "Masterton_dark", "grandmaster_1", "flat_unstacked", "flat_median25000_001",
     "dark_integration60s_001", "flat_avg30000.fits", "meantime_dark"],
)  # fmt: skip
def test_other_names_make_no_master(stem):
    assert not kind_of(stem, IMAGETYP="DARK")[0].is_master


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Zero Image", "bias"), ("BIAS-012", "bias"), ("Biais", "bias"), ("Bias (0.1 s)", "bias"),
        ("DARK 120s", "dark"), ("Dark Image 5 C", "dark"), ("Dunkelbilder", "dark"),
        ("DarkCurrent", "dark"), ("Dark (flat)", "darkflat"), ("darks for flats 2s", "darkflat"),
        ("Morning Sky Flat", "flat"), ("FlatDawn", "flat"), ("LAMP,FLAT", "flat"),
        ("Flat 03", "flat"), ("P.L.U.", "flat"), ("campo plano", "flat"), ("Twilight", "flat"),
        ("Science Image", "light"), ("LIGHT #7", "light"), ("OBJECT,SKY", "light"),
        ("Raw Light", "light"), ("Object (M 31)", "light"),
        ("Light Bias", None), ("dark test", None), ("lamp", None), ("Sky", None), ("focus", None),
        ("flat focus", None), ("sky object", None), ("image", None), ("300 s", None),
    ],
)  # fmt: skip
def test_words_and_numbers_beside_the_kind_are_passed_over_and_others_are_not(text, kind):
    assert kind_of(IMAGETYP=text)[0].kind == kind


@pytest.mark.parametrize("text", ["Master Dark 300s", "DARK STACKED x20 s", "Super Flat Image"])
def test_a_master_may_have_words_beside_it(text):
    told = kind_of(IMAGETYP=text)[0]
    assert told.is_master == (told.kind is not None)
    assert told.kind in ("dark", "flat", None)


@pytest.mark.parametrize("key", ["IMAGTYPE", "IMAGEYYP", "OMAGETYP", "IMAAGETY", "FRAMTYPE"])
def test_a_keyword_with_a_wrong_letter_is_read_and_noted(key):
    told, notes = kind_of(**{key: "flatt"})
    assert (told.kind, key in notes[0]) == ("flat", True)


@pytest.mark.parametrize("text", ["unknown", "N/A", "none", "-", ""])
def test_a_card_that_says_nothing_raises_no_doubt(text):
    told, notes = kind_of(IMAGETYP=text, FRAME="FK5")
    assert (told.kind, told.doubt, notes) == (None, None, [])


@pytest.mark.parametrize(
    ("target", "kind"), [("Dark", "dark"), ("bias 12", "bias"), ("Dome Flat", "flat")]
)
def test_the_name_of_the_target_may_tell_the_kind_where_no_card_does(target, kind):
    told, notes = kind_of(OBJECT=target)
    assert told.kind == kind
    assert notes == [f"no card tells the kind of frame; OBJECT = {target!r} is taken for it"]


@pytest.mark.parametrize("target", ["Dark Shark", "M 31", "Flat Top", "object", "Zero-G", "", 12])
def test_other_targets_tell_no_kind(target):
    assert kind_of(OBJECT=target) == ((None, False, None), [])


def test_a_target_that_disagrees_with_the_card_is_named():
    told, notes = kind_of(IMAGETYP="Light Frame", OBJECT="flat")
    assert told.kind == "light"
    assert notes == ["IMAGETYP = 'Light Frame', but OBJECT = 'flat'; the first is believed"]
    assert kind_of(IMAGETYP="DARKFLAT", OBJECT="Dark")[1] == []
