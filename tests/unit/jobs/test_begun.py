"""What a run claims before its first job, and what it clears away."""

import os

import pytest

from plateworks.errors import PlateworksError
from plateworks.jobs.begun import Begun

MASTER = (["results/masters/a/dark.fits"], False)
LIGHTS = (["results/calibrated/20250815/a.fits", "results/calibrated/20250815/b.fits"], False)
TABLES = (["results/plan/frames.csv", "results/plan/sets.csv"], False)
SERIES = (["results/capture/20250815/flats.csv"], True)
COLLECTED = (["results/capture/20250815/frames.csv"], False)
DEVICES = ([], True)
TARGET = ([], False)


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    """Begin runs, all of which end with the test."""
    monkeypatch.chdir(tmp_path)
    begun = []

    def begin(*jobs, share=None, results="results"):
        run = Begun(results, share)
        begun.append(run)
        return run.begin(jobs, believe=True)

    yield begin
    for run in begun:
        run.end(well=False)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([MASTER], [LIGHTS, TARGET]),
        ([SERIES], [COLLECTED]),
        ([TARGET, SERIES], [MASTER]),  # `library` combines what it has captured
        ([DEVICES], [SERIES]),
    ],
)
def test_what_two_runs_would_both_write_is_refused_to_the_second(at_work, first, second):
    at_work(*first)
    with pytest.raises(
        PlateworksError, match=r"^Another run is at work on the results in results: process \d+ "
    ):
        at_work(*second)


@pytest.mark.parametrize(
    ("first", "second"),
    [([SERIES, COLLECTED], [MASTER, LIGHTS, TARGET]), ([MASTER], [TABLES]), ([TABLES], [TABLES])],
)
def test_what_two_runs_write_apart_goes_on_at_once(at_work, first, second):
    at_work(*first)
    at_work(*second)


def test_who_is_refused_one_thing_holds_nothing(at_work):
    at_work(MASTER)
    with pytest.raises(PlateworksError):
        at_work(SERIES, MASTER)
    at_work(SERIES)


def test_who_is_refused_leaves_it_to_others_to_clear_away(at_work, tmp_path):
    at_work(MASTER)
    part = tmp_path / "results" / ".x.csv.01234567.part"
    part.touch()
    with pytest.raises(PlateworksError):
        at_work(SERIES, MASTER)
    assert part.exists()
    assert "1 unfinished file" in at_work(SERIES)


def test_results_elsewhere_are_another_matter(at_work):
    at_work(MASTER)
    at_work((["other/masters/a/dark.fits"], False), results="other")


def test_what_was_left_is_removed_once_below_the_results_and_the_shared_masters(at_work, tmp_path):
    for folder in ("results/masters", "share/masters"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / ".dark.fits.01234567.part").write_bytes(bytes(1_500_000))
    assert "2 unfinished files (3.0 MB)" in at_work(MASTER, share="share")
    assert not list(tmp_path.rglob("*.part"))


def test_a_run_without_jobs_clears_away_and_one_with_jobs_not_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    part = tmp_path / "results" / ".x.csv.01234567.part"
    part.parent.mkdir()
    part.touch()
    begun = Begun("results", None)
    assert "1 unfinished file " in begun.tidy()
    part.touch()
    assert begun.tidy() == ""
    assert part.exists()


def test_after_a_run_that_ended_well_nothing_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Begun("results", None)
    run.begin([MASTER], believe=True)
    run.end(well=True)
    part = tmp_path / "results" / ".x.csv.01234567.part"
    part.touch()
    next_run = Begun("results", None)
    assert next_run.begin([MASTER], believe=True) == ""
    next_run.end(well=True)
    assert part.exists()


def test_results_that_cannot_be_written_are_said_in_a_sentence(at_work, tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(PlateworksError, match="no product can be written"):
        at_work(MASTER)
    assert os.listdir(tmp_path) == ["results"]
