"""Progress in frames: what is counted, how the time left is reckoned, where it is written."""

import io
import logging
from pathlib import Path

import pytest
from astropy.io import fits

from plateworks.products.imagefiles import write_cards
from plateworks.report.outcome import lacks
from plateworks.report.progress import ProgressHandler, Tally

RULES = {
    "calibrate_a": ("calibrated", 16),
    "calibrate_b": ("calibrated", 4),
    "solve_a": ("solved", 16),
}


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_jobs_count_by_their_frames_and_other_rules_do_not_count():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 1, "calibrate_b": 2, "solve_a": 1, "master_bias": 1, "total": 5})
    tally.begin(1, 0.0)
    assert tally.end(1, "calibrate_b", 8.0)
    tally.begin(2, 0.0)
    assert not tally.end(2, "master_bias", 1.0)
    assert tally.line(8.0).startswith("calibrated 4 of 24 frames, solved 0 of 16 frames, ")


def test_the_time_left_follows_from_each_stage_and_from_the_jobs_side_by_side():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 2, "solve_a": 2})
    assert tally.seconds_left(0.0) is None
    for job in (1, 2):  # two at once, 16 s each: 1 s of a job a frame
        tally.begin(job, 100.0)
    tally.end(1, "calibrate_a", 116.0)
    tally.end(2, "calibrate_a", 116.0)
    assert tally.seconds_left(116.0) == pytest.approx(32 * 1.0 / 2)
    tally.begin(3, 116.0)
    tally.end(3, "solve_a", 148.0)  # 2 s a frame: 16 frames left, 64 s of jobs in 48 s so far
    assert tally.seconds_left(148.0) == pytest.approx(16 * 2.0 * 48 / 64)


def test_frames_of_a_failed_job_are_named_and_no_longer_waited_for():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 1, "calibrate_b": 1})
    tally.end(1, "calibrate_a", 5.0, failed=True)
    tally.begin(2, 0.0)
    tally.end(2, "calibrate_b", 5.0)
    assert tally.line(5.0) == "calibrated 4 of 20 frames (16 failed)"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (61, "61 s"), (240, "4 min"), (11_100, "3 h 5 min")]
)
def test_the_time_left_is_said_in_words(seconds, words):
    tally = Tally({"calibrate": ("calibrated", 1)}, lacks)
    tally.expect({"calibrate": 2})
    tally.begin(1, 0.0)
    tally.end(1, "calibrate", seconds)
    assert tally.line(seconds).endswith(f"about {words} left")


@pytest.fixture
def said(tmp_path):
    """Send events of a run to a handler; return its terminal and its log."""

    def say(terminal: io.StringIO, *events: dict) -> tuple[str, list[str]]:
        log, seconds = tmp_path / "logs" / "progress.log", iter(range(100))
        handler = ProgressHandler(RULES, lacks, str(log), terminal, 10.0, lambda: next(seconds))
        for event in events:
            handler.handle(logging.makeLogRecord(event))
        lines = log.read_text().splitlines() if log.exists() else []
        return terminal.getvalue(), [line[20:] for line in lines]

    return say


def job(number: int, rule: str, end: str = "job_finished", products=()) -> list[dict]:
    name = "job_id" if end == "job_finished" else "jobid"
    return [
        {"event": "job_started", "jobs": [number]},
        {"event": "job_info", "jobid": number, "rule_name": rule, "output": products},
        {"event": end, name: number},
    ]


RUN = {"event": "run_info", "stats": {"calibrate_a": 1, "calibrate_b": 1, "solve_a": 1}}


def test_a_run_is_told_on_a_terminal_and_in_a_log(said):
    shown, logged = said(Terminal(), RUN, *job(1, "calibrate_a"), *job(2, "solve_a"))
    assert len(logged) == 1  # the second report would come too soon
    assert logged[0].startswith("calibrated 16 of 20 frames, solved 0 of 16 frames, about ")
    assert shown == f"Progress: {logged[0]}\n"


def test_the_last_frame_is_always_told(said):
    jobs = [*job(1, "calibrate_a"), *job(2, "calibrate_b"), *job(3, "solve_a", "job_error")]
    _, logged = said(Terminal(), RUN, *jobs)
    assert logged[-1] == "calibrated 20 of 20 frames, solved 0 of 16 frames (16 failed)"


def product(path: Path, **cards) -> str:
    write_cards(path, fits.Header(cards))
    return str(path)


def test_frames_without_a_solution_and_those_set_aside_do_not_count(said, tmp_path):
    solved = [product(tmp_path / f"{number}.fits", PLTSOLVD=number > 1) for number in range(16)]
    solved[-1] += " (update)"  # as Snakemake says of one that its job finds as it was
    aside = [product(tmp_path / "aside.fits", PWFAIL="it is cut short")]
    aside += [product(tmp_path / f"light{number}.fits", PLTSOLVD=False) for number in range(3)]
    jobs = [*job(1, "calibrate_b", products=aside), *job(2, "calibrate_a", "job_error")]
    _, logged = said(Terminal(), RUN, *jobs, *job(3, "solve_a", products=solved))
    assert logged[-1] == (
        "calibrated 3 of 20 frames (1 set aside, 16 failed), "
        "solved 14 of 16 frames (2 without solution)"
    )


def test_what_is_no_terminal_gets_nothing(said):
    shown, logged = said(io.StringIO(), RUN, *job(1, "calibrate_a"))
    assert (shown, len(logged)) == ("", 1)


def test_a_dry_run_and_other_words_of_the_log_leave_no_file(said):
    words = {"msg": "Building DAG of jobs..."}
    planned = {"event": "job_info", "jobid": 1, "rule_name": "all", "output": []}
    assert said(Terminal(), words, RUN, planned) == ("", [])
