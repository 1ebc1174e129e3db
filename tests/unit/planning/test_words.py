"""What ledgers say of masters, in a plan: who serves instead, and what a user is told."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from frames import settings, write_frame, write_night
from plateworks.errors import ConfigError, PlateworksError
from plateworks.ledger.entry import OURSELVES, Entry
from plateworks.ledger.ledger import Ledger
from plateworks.planning.run import plan_run
from plateworks.planning.words import WordsOfRun
from plateworks.report.remarks import remarks
from plateworks.report.vouched import lines_on_words
from plateworks.report.withheld import said_of_nothing, taken_back_since

A, B = "a" * 32, "b" * 32


@pytest.fixture
def night(tmp_path) -> Path:
    """A night with darks, flats and flat-darks of its own, and darks of two weeks before."""
    raw = write_night(tmp_path / "raw", lights=2)
    for i in range(3):
        write_frame(raw / f"old_{i}.fits", "DARK", exptime=60.0, date_obs=f"2025-08-01T20:0{i}:00")
    return tmp_path


@pytest.fixture
def library(night, tmp_path) -> Path:
    write_frame(
        tmp_path / "library" / "flat_l.fits", "MASTER FLAT",
        exptime=2.0, filter="L", date_obs="2025-08-15T20:00:00", pwdata=A,
    )  # fmt: skip
    return tmp_path / "library"


def word(master: str, state: str = "withdrawn", **more: object) -> Entry:
    told = {"who": "Ann", "when": "2025-08-20", "reason": "a light leak"} | more
    return Entry(master, state, **told)


@pytest.fixture
def master_named(night, planned):
    """A function that returns the path of a master of the plan by the beginning of its name."""
    paths = [one.path for one in planned().masters]
    return lambda name: next(path for path in paths if os.path.basename(path).startswith(name))


@pytest.fixture
def own_dark(master_named):
    [night, old] = (master_named(f"dark_60s_m10c_{day}") for day in ("20250815", "20250801"))
    return night, old


@pytest.fixture
def say(tmp_path):
    """A function that adds words to the ledger of the results."""
    return lambda *words: Ledger.of_results(f"{tmp_path}/results").record(words)


def darks(plan) -> set[str]:
    return {light.dark.master.path for light in plan.lights if light.dark is not None}


def test_a_dark_that_was_withdrawn_gives_way_to_the_next_best_and_the_plan_says_why(
    planned, own_dark, say
):
    night, old = own_dark
    assert darks(planned()) == {night}
    say(word(night))
    plan = planned()
    assert darks(plan) == {old}
    assert (
        f"Master dark {night} was withdrawn on 2025-08-20 by Ann: a light leak; "
        f"2 lights take {old} instead."
    ) in remarks(plan)


def test_lights_without_another_are_refused_and_counted(planned, own_dark, say):
    say(*map(word, own_dark))
    plan = planned()
    assert darks(plan) == set()
    assert all("one was withdrawn on 2025-08-20 by Ann" in x.refused for x in plan.lights)
    assert any(x.endswith("a light leak; 2 lights take no other.") for x in remarks(plan))


def test_flats_take_no_dark_that_was_withdrawn(planned, master_named, say):
    flat_dark = master_named("darkflat")

    def taken(plan) -> set[str]:
        [flat] = (one for one in plan.masters if one.source.key.kind == "flat")
        return {match.master.path for match in flat.matches}

    assert taken(planned()) == {flat_dark}
    say(word(flat_dark))
    plan = planned()
    assert flat_dark not in taken(plan)
    assert any(f"{flat_dark} was withdrawn" in x and "3 flats take" in x for x in remarks(plan))


def test_a_verdict_on_the_master_that_is_there_counts_and_on_one_that_was_made_anew_does_not(
    planned, own_dark, say
):
    night, old = own_dark
    say(word(night, "poor", who=OURSELVES, digest=A))
    assert darks(planned()) == {night}  # not made yet
    write_frame(night, "MASTER DARK", exptime=60.0, pwvers="1", pwdata=A)
    assert darks(planned()) == {old}
    write_frame(night, "MASTER DARK", exptime=60.0, pwvers="1", pwdata=B)
    assert darks(planned()) == {night}


def test_a_master_that_serves_nobody_is_made_all_the_same_when_its_frames_change(
    planned, own_dark, say
):
    say(word(own_dark[0]))
    assert own_dark[0] in {one.path for one in planned().to_make}


def test_the_ledger_of_a_library_speaks_of_its_masters_and_ones_own_of_one_that_is_read_only(
    planned, library, say
):
    flat = str(library / "flat_l.fits")

    def flats(**more) -> set[str]:
        plan = planned(library=[str(library)], matching={"prefer": "library"} | more)
        return {light.flat.master.path for light in plan.lights if light.flat is not None}

    assert flats() == {flat}
    Ledger.of_library(str(library)).record([word(flat)])
    assert (library / "ledger.csv").read_text().splitlines()[1].startswith("flat_l.fits,")
    assert flat not in flats()
    say(word(flat, "certified", when="2025-08-21", reason="", digest=A))
    assert flats(certified="require") == {flat}


def test_praise_changes_no_plan(planned, own_dark, say):
    before = planned().digest
    say(word(own_dark[0], "certified", reason=""), word(own_dark[1], "good", who=OURSELVES))
    assert planned().digest == before
    say(word(own_dark[0], "doubtful", when="2025-08-22"))
    assert planned().digest != before


def test_what_is_pinned_and_withdrawn_is_a_contradiction(planned, own_dark, say):
    say(word(own_dark[0]))
    with pytest.raises(ConfigError, match=r"(?s)overrides, entry 1.*was withdrawn on .* by Ann"):
        planned(overrides=[{"use": {"dark": os.path.basename(own_dark[0])}}])


def test_a_ledger_that_is_not_understood_stops_the_plan(planned, night):
    ledger = Path(night, "results", "masters", "ledger.csv")
    ledger.parent.mkdir(parents=True)
    ledger.write_text("master,state,who,when\ndark.fits,withdrawm,Ann,2025-08-20\n")
    with pytest.raises(PlateworksError, match="line 2: state is 'withdrawm'"):
        planned()


def test_a_person_who_names_no_master_is_told_the_nearest(planned, own_dark, say):
    say(word(own_dark[0].replace("dark_60s", "drak_60s")))
    [said] = said_of_nothing(planned())
    assert f"the nearest is {os.path.abspath(own_dark[0])}" in said


def test_jobs_go_by_what_was_said_when_their_run_began(planned, own_dark, say, night):
    say(word(own_dark[0]))
    begun = planned()
    WordsOfRun(begun.settings.results).write(begun.matcher.masters)
    say(word(own_dark[1]))
    again = plan_run(settings(night / "raw", night / "results"), rescan=False)
    assert darks(again) == darks(begun) == {own_dark[1]}
    assert again.digest == begun.digest
    anew = plan_run(settings(night / "raw", night / "results"), rescan=True, begun=begun)
    assert darks(anew) == {own_dark[1]}


def test_what_was_found_poor_during_a_run_is_said_at_its_end(planned, own_dark, say):
    plan = planned()
    assert taken_back_since(plan) == []
    say(word(own_dark[0], "poor", who=OURSELVES, reason="noise 2.2"))
    [said] = taken_back_since(plan)
    assert said == (
        f"{own_dark[0]}: it was found poor on 2025-08-20 by plateworks: noise 2.2; the next run "
        "gives 2 lights the next best"
    )


def test_what_people_said_of_masters_during_a_run_is_said_at_its_end(planned, own_dark, say, night):
    plan = planned()
    began = int(datetime(2025, 8, 20, 12, tzinfo=UTC).timestamp() * 1e9) + 1
    say(word(own_dark[0], "certified", when="2025-08-20T11:59:59"))
    say(word(own_dark[1], "good", who=OURSELVES, when="2025-08-20T12:00:07"))
    assert lines_on_words(plan, began) == []
    say(word(own_dark[0], "withdrawn", when="2025-08-20T12:00:00", reason="a light leak"))
    say(word(own_dark[1], "certified", who="Ben", when="2025-08-20T14:00:03+02:00"))
    assert lines_on_words(plan, began) == [
        "",
        f"1 master is withdrawn by Ann: {plan.settings.results}/masters/ledger.csv",
        f"1 master is certified by Ben: {plan.settings.results}/masters/ledger.csv",
    ]
