"""What is said of masters: the table that people edit, and the one word that is in force."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.errors import PlateworksError
from plateworks.ledger.entry import OURSELVES, Entry, settle
from plateworks.ledger.ledger import Ledger
from plateworks.ledger.table import COLUMNS, read_ledger, write_ledger

A, B = "a" * 32, "b" * 32
GOOD = Entry("masters/s/dark.fits", "good", OURSELVES, "2025-08-16", digest=A)
POOR = Entry("masters/s/flat.fits", "poor", OURSELVES, "2025-08-16", "noise 1.3, at most 1.1", A)
TAKEN_BACK = Entry("masters/s/dark.fits", "withdrawn", "Ann", "2025-08-20", "a light leak")
HEAD = ",".join(COLUMNS)


def in_force(*entries: Entry, digest: str = A) -> Entry | None:
    return settle(entries, lambda master: digest).get(entries[0].master)


# -- the table -----------------------------------------------------------------------------------


def test_no_ledger_says_nothing(tmp_path):
    assert read_ledger(tmp_path / "ledger.csv") == ()


def test_what_is_written_is_read(tmp_path):
    dated = TAKEN_BACK._replace(since=date(2025, 8, 1), until=date(2025, 8, 9), reason="=1+1")
    write_ledger(tmp_path / "ledger.csv", [GOOD, POOR, dated])
    assert read_ledger(tmp_path / "ledger.csv") == (GOOD, POOR, dated)
    assert "'=1+1" in (tmp_path / "ledger.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "master,state,who,when,reason\n"
        "./masters/s/dark.fits, Withdrawn ,Ann,2025-08-20,a light leak",
        "\ufeffwho;when;state;reason;master\r\n\r\n;;;;\r\nAnn;2025-08-20;WITHDRAWN;a light leak;"
        "masters/s/dark.fits\r\n",
        f"{HEAD}\nmasters/s/dark.fits,,withdrawn,,,a light leak,Ann,2025-08-20,\n",
        f"{HEAD},,\nmasters/s/dark.fits,,withdrawn,,,a light leak,Ann,2025-08-20,,\n",
    ],
)
def test_a_row_typed_by_hand_or_saved_by_a_spreadsheet_is_understood(tmp_path, text):
    (tmp_path / "ledger.csv").write_text(text, encoding="utf-8", newline="")
    assert read_ledger(tmp_path / "ledger.csv") == (TAKEN_BACK,)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("d.fits,,withdrawm,,,why,Ann,2025-08-20", "line 2: state is 'withdrawm'; it is one of g"),
        ("d.fits,,withdrawn,,,,Ann,2025-08-20", "line 2: reason is empty"),
        (",,withdrawn,,,why,Ann,2025-08-20", "line 2: master is empty"),
        ("d.fits,,good,,,,,2025-08-20", "line 2: who is empty"),
        ("d.fits,,good,,,,Ann,20.8.2025", "line 2: when is '20.8.2025'; it is a date"),
        ("d.fits,,good,1.8.2025,,,Ann,2025-08-20", "line 2: from is '1.8.2025'; it is a night"),
        ("d.fits,,good,2025-08-09,2025-08-01,,Ann,2025-08-20", "until is 2025-08-01, which is be"),
        ("d.fits,PWDATA,good,,,,Ann,2025-08-20", "line 2: digest is 'PWDATA'; it is the master"),
        ("d.fits,,withdrawn,,,dust, and a leak,Ann,2025-08-20", "line 2: it has 9 cells"),
        (
            "d.fits,,good,,,,Ann,2025-08-20\n./d.fits,,withdrawn,,,why,Ann,2025-08-20",
            "line 3: Ann says two things of d.fits at one moment",
        ),
        ("a\0b", "line 2: "),
        ("d.fits,,good,,,,Ann,2205-08-20", "when is '2205-08-20'; that is still to come"),
        (
            'd.fits,,withdrawn,,,"leak,Ann,2025-08-20\nf.fits,,withdrawn,,,"dust",Bob,2025-08-21',
            "line 3: ',' expected after",
        ),
    ],
)
def test_a_row_that_is_not_understood_is_named_with_its_line(tmp_path, row, said):
    (tmp_path / "ledger.csv").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    with pytest.raises(PlateworksError) as caught:
        read_ledger(tmp_path / "ledger.csv")
    assert said in str(caught.value)
    assert str(tmp_path / "ledger.csv") in str(caught.value)


def test_all_mistakes_of_a_ledger_are_said_at_once(tmp_path):
    (tmp_path / "ledger.csv").write_text(f"{HEAD}\nd,,bad,,,,Ann,x\n", encoding="utf-8")
    with pytest.raises(PlateworksError, match=r"(?s)state is 'bad'.*when is 'x'"):
        read_ledger(tmp_path / "ledger.csv")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("master,who,when", "the column state is missing"),
        (f"{HEAD},note", "'note' is no column of it"),
        (f"{HEAD},state", "the column state is told 2 times"),
        ("", "the column master is missing"),
    ],
)
def test_columns_are_those_that_it_has(tmp_path, head, said):
    (tmp_path / "ledger.csv").write_text(head, encoding="utf-8")
    with pytest.raises(PlateworksError, match=said):
        read_ledger(tmp_path / "ledger.csv")


@given(st.binary(max_size=200))
def test_a_file_of_another_hand_is_refused_in_a_sentence_or_understood(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "drawn-ledger.csv"
    path.write_bytes(f"{HEAD}\n".encode() + data)
    try:
        read_ledger(path)
    except PlateworksError as error:
        assert all(line.isprintable() for line in str(error).splitlines())


# -- the word in force ---------------------------------------------------------------------------


def test_a_persons_word_goes_before_a_later_verdict():
    assert in_force(TAKEN_BACK, GOOD._replace(when="2026-01-01")) == TAKEN_BACK


def test_a_later_word_goes_before_an_earlier_one_wherever_it_stands():
    midnight = TAKEN_BACK._replace(when="2025-08-20T00:00:00")
    later = TAKEN_BACK._replace(state="certified", when="2025-08-20T02:00:00+01:00")
    assert in_force(later, midnight) == later
    assert in_force(midnight, later._replace(when="2025-08-20T00:30:00+01:00")) == midnight


def test_a_verdict_on_other_data_does_not_count_and_a_word_on_any_data_does():
    assert in_force(POOR, digest=B) is None
    assert in_force(TAKEN_BACK, digest=B) == TAKEN_BACK
    assert (
        in_force(TAKEN_BACK._replace(digest=A), GOOD._replace(digest=B), digest=B).state == "good"
    )


def test_digests_are_asked_only_of_masters_with_a_word_on_some_data():
    asked = []
    settle([POOR, TAKEN_BACK], lambda master: asked.append(master) or A)
    assert asked == [POOR.master]


def test_a_word_holds_from_its_first_night_to_its_last_and_for_unknown_nights():
    word = TAKEN_BACK._replace(since=date(2025, 8, 1), until=date(2025, 8, 9))
    nights = [date(2025, 7, 31), date(2025, 8, 1), date(2025, 8, 9), date(2025, 8, 10), None]
    assert [word.holds(night) for night in nights] == [False, True, True, False, True]


def test_a_word_with_a_date_alone_is_later_than_those_of_that_day_above_it():
    certified = TAKEN_BACK._replace(state="certified", when="2025-08-20T14:00:00")
    assert in_force(certified, TAKEN_BACK) == TAKEN_BACK
    assert in_force(TAKEN_BACK, certified) == certified
    assert in_force(certified, TAKEN_BACK._replace(when="2025-08-19")) == certified


# -- adding to it --------------------------------------------------------------------------------


def test_masters_go_by_their_path_below_the_folder_or_by_the_whole_one(tmp_path):
    ledger = Ledger.of_results(f"{tmp_path}/results")
    below, beside = f"{tmp_path}/results/masters/s/dark.fits", f"{tmp_path}/library/flat.fits"
    ledger.record([GOOD._replace(master=below), POOR._replace(master=beside)])
    named = [one.master for one in read_ledger(ledger.path)]
    assert named == [beside, "masters/s/dark.fits"]
    assert [one.master for one in ledger.read()] == [beside, below]


def test_what_is_said_again_changes_no_byte_whatever_the_time(tmp_path):
    ledger = Ledger.of_library(str(tmp_path))
    words = [one._replace(master=f"{tmp_path}/{one.master}") for one in (GOOD, POOR, TAKEN_BACK)]
    ledger.record(words)
    before = (tmp_path / "ledger.csv").read_bytes()
    ledger.record(one._replace(when="2026-01-01T00:00:00") for one in reversed(words))
    assert (tmp_path / "ledger.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "more"),
    [(" d.fits", {}), ("d.fits", {"who": "Ann "}), ("d.fits", {"reason": "dust,\nand a leak "})],
)
def test_blanks_and_line_breaks_make_no_other_word_and_no_other_master(tmp_path, name, more):
    ledger = Ledger.of_library(str(tmp_path))
    word = TAKEN_BACK._replace(master=f"{tmp_path}/{name}", **more)
    for when in ("2025-08-20", "2025-08-21"):
        ledger.record([word._replace(when=when)])
    [read] = ledger.read()
    assert read.master == word.master


def test_a_ledger_that_is_linked_is_written_where_it_lies(tmp_path):
    write_ledger(tmp_path / "shared.csv", [GOOD])
    ledger = Ledger.of_library(str(tmp_path / "library"))
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "ledger.csv").symlink_to(tmp_path / "shared.csv")
    ledger.record([TAKEN_BACK._replace(master=f"{ledger.root}/d.fits")])
    assert len(read_ledger(tmp_path / "shared.csv")) == 2


def test_the_lock_of_a_ledger_in_results_lies_among_what_nobody_looks_at(tmp_path):
    (tmp_path / ".plateworks").mkdir()
    ledger = Ledger.of_results(str(tmp_path))
    ledger.record([GOOD._replace(master=f"{tmp_path}/masters/d.fits")])
    assert [path.name for path in (tmp_path / "masters").iterdir()] == ["ledger.csv"]


def test_a_new_verdict_takes_the_place_of_the_one_before_and_peoples_words_stay(tmp_path):
    ledger = Ledger.of_library(str(tmp_path))
    write_ledger(ledger.path, [GOOD, TAKEN_BACK])
    anew = GOOD._replace(digest=B, state="doubtful", when="2025-09-01")
    ledger.record([anew._replace(master=f"{tmp_path}/{GOOD.master}")])
    assert read_ledger(ledger.path) == (TAKEN_BACK, anew)


def test_a_master_may_be_taken_back_again_after_it_was_certified(tmp_path):
    ledger = Ledger.of_library(str(tmp_path))
    taken = TAKEN_BACK._replace(master=f"{tmp_path}/d.fits")
    for when, state in (("08-20", "withdrawn"), ("08-21", "certified"), ("08-22", "withdrawn")):
        ledger.record([taken._replace(state=state, when=f"2025-{when}")])
    assert [one.state for one in ledger.read()] == ["withdrawn", "certified", "withdrawn"]


def test_the_order_in_which_jobs_speak_is_no_matter(tmp_path):
    ledgers = [Ledger.of_library(str(tmp_path / name)) for name in ("one", "other")]
    words = [GOOD, POOR]
    for ledger, order in zip(ledgers, (words, words[::-1]), strict=True):
        for word in order:
            ledger.record([word._replace(master=f"{ledger.root}/{word.master}")])
    assert read_ledger(ledgers[0].path) == read_ledger(ledgers[1].path)


def test_a_ledger_that_is_not_understood_is_not_written_over(tmp_path):
    (tmp_path / "ledger.csv").write_text(f"{HEAD}\nd,,bad,,,,Ann,2025-08-20\n", encoding="utf-8")
    with pytest.raises(PlateworksError, match="state is 'bad'"):
        Ledger.of_library(str(tmp_path)).record([GOOD])
    assert "bad" in (tmp_path / "ledger.csv").read_text(encoding="utf-8")
