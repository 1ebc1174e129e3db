"""A person's word by target: which masters are meant, and in which ledger it stands."""

import os
from pathlib import Path

import pytest

from frames import settings, write_frame, write_night
from plateworks.errors import PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.vouching import order_of_words
from plateworks.ledger.table import read_ledger
from plateworks.orders.words import WordOrder
from plateworks.planning.run import plan_run
from plateworks.products.vouching import vouch
from plateworks.records import record_of

A = "a" * 32
DARK = "dark_60s_m10c_20250815"


@pytest.fixture
def place(tmp_path) -> Path:
    """A night of which a dark is made already, and a library with a flat of another program."""
    write_night(tmp_path / "raw", lights=1)
    write_frame(
        tmp_path / "library" / "flat_l.fit", "MASTER FLAT",
        exptime=2.0, filter="L", date_obs="2025-08-14T20:00:00",
    )  # fmt: skip
    plan = planned(tmp_path)
    [dark] = (one.path for one in plan.masters if DARK in one.path)
    write_frame(dark, "MASTER DARK", exptime=60.0, pwvers="1", pwdata=A)
    return tmp_path


def planned(folder: Path, **given):
    library = [str(folder / "library")]
    return plan_run(
        settings(folder / "raw", folder / "results", library=library, **given), rescan=True
    )


def say(folder: Path, state: str, **given: object) -> str:
    plan = planned(folder, **{"who": "Ann"} | given)
    order = order_of_words(Jobs(plan), state, None)
    return vouch(record_of(WordOrder, order, "The order"))


def said(ledger: Path) -> list[tuple[str, ...]]:
    return [(x.master, x.state, x.who, x.digest, x.reason) for x in read_ledger(ledger)]


def of_dark(folder: Path) -> str:
    return os.path.relpath(next(folder.glob(f"results/masters/*/{DARK}.fits")), folder / "results")


def test_all_masters_that_are_there_are_certified_each_where_it_lies(place):
    say(place, "certified")
    assert said(place / "results/masters/ledger.csv") == [
        (of_dark(place), "certified", "Ann", A, "")
    ]
    assert said(place / "library/ledger.csv") == [("flat_l.fit", "certified", "Ann", "", "")]


def test_what_is_certified_again_changes_no_byte_and_is_said(place):
    assert say(place, "certified") == ""
    before = (place / "library/ledger.csv").read_bytes()
    assert say(place, "certified") == "2 masters were certified already by Ann."
    assert (place / "library/ledger.csv").read_bytes() == before


def test_where_no_master_can_be_certified_that_is_said(place):
    for path in [*place.glob("results/masters/*/*.fits"), *place.glob("library/*.fit")]:
        path.unlink()
    assert say(place, "certified").startswith("No master is certified: none is there yet")


def test_a_master_that_is_withdrawn_is_so_whatever_its_data_and_not_certified_with_the_others(
    place,
):
    say(place, "withdrawn", withdraw=[DARK], withdraw_reason="a light leak")
    say(place, "certified")
    assert said(place / "results/masters/ledger.csv") == [
        (of_dark(place), "withdrawn", "Ann", "", "a light leak")
    ]
    say(place, "certified", certify=[DARK])
    assert [one[1] for one in said(place / "results/masters/ledger.csv")] == [
        "withdrawn", "certified",
    ]  # fmt: skip


def test_the_word_on_a_library_that_can_only_be_read_stands_in_the_results(place, monkeypatch):
    # The owner of all files may write them, so a folder without permission would tell nothing.
    library, access = str(place / "library"), os.access
    monkeypatch.setattr(os, "access", lambda path, how: path != library and access(path, how))
    say(place, "withdrawn", withdraw=["flat_l.fit"], withdraw_reason="dust")
    [word] = said(place / "results/masters/ledger.csv")
    assert word[0] == f"{library}/flat_l.fit"
    assert not (place / "library/ledger.csv").exists()
    assert any(one.word is not None for one in planned(place).matcher.masters)


@pytest.mark.parametrize(
    ("state", "given", "text"),
    [
        ("withdrawn", {"withdraw_reason": "dust"}, "No master is named that is to be withdrawn"),
        ("withdrawn", {"withdraw": [DARK]}, "config key withdraw_reason"),
        (
            "withdrawn",
            {"withdraw": ["flat_m"], "withdraw_reason": "dust"},
            "withdraw: there is no master flat_m.  Did you mean flat_l",
        ),
        ("certified", {"certify": ["bias_m10c_20250815"]}, "is not there yet; make it first"),
        ("certified", {"who": "plateworks"}, "say whose it is by the config key who"),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(place, state, given, text):
    with pytest.raises(PlateworksError, match=text):
        say(place, state, **given)


def test_a_name_of_several_masters_is_refused(place):
    write_frame(
        place / "library" / "more" / "flat_l.fit", "MASTER FLAT",
        exptime=2.0, filter="L", date_obs="2025-08-13T20:00:00",
    )  # fmt: skip
    with pytest.raises(PlateworksError, match=r"flat_l.fit may be .* and .*; name one by its path"):
        say(place, "certified", certify=["flat_l.fit"])
