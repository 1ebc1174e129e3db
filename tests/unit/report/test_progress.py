"""Progress in frames: what is counted, how the time left is reckoned, where it is written."""

import logging
from pathlib import Path

import pytest
from astropy.io import fits

from plateworks.jobs.requests import Share
from plateworks.products.imagefiles import write_cards
from plateworks.report.outcome import lacks
from plateworks.report.progress import ProgressHandler, Tally

RULES = {
    "calibrate_a": Share("calibrated", 16, 16.0),
    "calibrate_b": Share("calibrated", 4, 4.0),
    "solve_a": Share("solved", 16, 32.0),
}


def test_jobs_count_by_their_frames_and_other_rules_do_not_count():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 1, "calibrate_b": 2, "solve_a": 1, "master_bias": 1, "total": 5})
    tally.begin(1, "calibrate_b", 0.0)
    assert tally.end(1, "calibrate_b", 8.0)
    tally.begin(2, "master_bias", 0.0)
    assert not tally.end(2, "master_bias", 1.0)
    assert str(tally.progress(8.0)).startswith("calibrated 4 of 24 · solved 0 of 16 · about ")


def test_the_time_left_follows_from_what_was_foreseen_and_how_long_it_took():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 2, "solve_a": 2})
    assert tally.seconds_left(0.0) is None
    for job in (1, 2):  # two at once, half as long again as foreseen
        tally.begin(job, "calibrate_a", 100.0)
    tally.end(1, "calibrate_a", 124.0)
    tally.end(2, "calibrate_a", 124.0)
    assert tally.seconds_left(124.0) == pytest.approx(2 * 48 / 2)  # so will the other stage
    tally.begin(3, "solve_a", 200.0)  # there were other jobs meanwhile
    tally.end(3, "solve_a", 264.0)  # twice as long as foreseen, alone
    assert tally.seconds_left(264.0) == pytest.approx(64)  # nothing runs beside the last job


def run(slots: int, jobs: list[tuple[str, float]], shares: dict[str, Share]):
    """Let jobs run in order, and yield what is reckoned as each ends, the truth, and frames."""
    tally, now, done, running = Tally(shares, lacks), 0.0, 0, {}
    rules = [rule for rule, _ in jobs]
    tally.expect({rule: rules.count(rule) for rule in shares})
    found, waiting = [], list(enumerate(jobs))
    while waiting or running:
        while waiting and len(running) < slots:
            number, (rule, length) = waiting.pop(0)
            tally.begin(number, rule, now)
            running[number] = now + length, rule
        number = min(running, key=running.get)
        now, rule = running.pop(number)
        tally.end(number, rule, now)
        done += shares[rule].frames
        found.append((done, tally.seconds_left(now), now))
    return [(done, left, now, found[-1][2] - now) for done, left, now in found]


#: How long jobs really take, how many run side by side, and what was foreseen.
NIGHTS = {
    "frame by frame": (2, [("calibrate_1", 3.0)] * 60, {"calibrate_1": Share("c", 1, 1.0)}),
    "eight batches at once": (
        8, [("calibrate_a", 100.0)] * 40, {"calibrate_a": Share("c", 16, 30.0)},
    ),
    "unequal frames": (
        4, [("small", 2.0), ("large", 30.0)] * 40,
        {"small": Share("c", 1, 1.0), "large": Share("c", 1, 14.0)},
    ),
    "a stage that is to come": (
        2, [("calibrate_1", 1.0)] * 40 + [("solve_1", 4.0)] * 40,
        {"calibrate_1": Share("c", 1, 0.5), "solve_1": Share("s", 1, 1.6)},
    ),
    "jobs that waver": (
        4, [("calibrate_1", length) for length in (1.0, 2.0, 4.0, 3.0, 1.5, 2.5) * 20],
        {"calibrate_1": Share("c", 1, 1.0)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
def test_the_time_left_is_right_within_a_factor_of_two_after_ten_frames(night):
    slots, jobs, shares = night
    told = [one for one in run(slots, jobs, shares) if one[0] >= 10 and one[3] > 0]
    assert len(told) > 30
    longest = max(length for _, length in jobs)
    for done, left, _, truth in told:  # of the last jobs, some end earlier than others
        assert truth / 2 - longest <= left <= 2 * truth + longest, done
    for done, left, _, truth in told[: len(told) // 2]:
        assert truth / 2 <= left <= 2 * truth, done


def test_frames_of_a_failed_job_are_named_and_no_longer_waited_for():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_a": 1, "calibrate_b": 1})
    tally.end(1, "calibrate_a", 5.0, failed=True)
    tally.begin(2, "calibrate_b", 0.0)
    tally.end(2, "calibrate_b", 5.0)
    assert str(tally.progress(5.0)) == "calibrated 4 of 20 (16 failed)"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (61, "61 s"), (240, "4 min"), (11_100, "3 h 5 min")]
)
def test_the_time_left_is_said_in_words(seconds, words):
    tally = Tally({"calibrate": Share("calibrated", 1, 1.0)}, lacks)
    tally.expect({"calibrate": 2})
    tally.begin(1, "calibrate", 0.0)
    tally.end(1, "calibrate", seconds)
    assert str(tally.progress(seconds)).endswith(f"about {words} left")


def test_jobs_that_come_with_a_checkpoint_are_counted_too():
    tally = Tally(RULES, lacks)
    tally.expect({"calibrate_b": 1})
    for job in range(3):
        tally.begin(job, "calibrate_b", 0.0)
    tally.end(0, "calibrate_b", 1.0)
    assert str(tally.progress(1.0)).startswith("calibrated 4 of 12 · ")


@pytest.fixture
def said(tmp_path):
    """Send events of a run to a handler; return what it shows, and its log."""

    def say(*events: dict) -> tuple[list[str], list[str]]:
        log, seconds, shown = tmp_path / "logs" / "progress.log", iter(range(100)), []
        handler = ProgressHandler(
            lambda: RULES, lacks, str(log), lambda progress: shown.append(str(progress)),
            10.0, lambda: next(seconds),
        )  # fmt: skip
        for event in events:
            handler.handle(logging.makeLogRecord(event))
        lines = log.read_text().splitlines() if log.exists() else []
        return shown, [line[20:] for line in lines]

    return say


def job(number: int, rule: str, end: str = "job_finished", products=()) -> list[dict]:
    name = "job_id" if end == "job_finished" else "jobid"
    return [
        {"event": "job_started", "jobs": [number]},
        {"event": "job_info", "jobid": number, "rule_name": rule, "output": products},
        {"event": end, name: number},
    ]


RUN = {"event": "run_info", "stats": {"calibrate_a": 1, "calibrate_b": 1, "solve_a": 1}}


def test_each_end_of_a_job_is_shown_and_the_log_gets_a_line_now_and_then(said):
    shown, logged = said(RUN, *job(1, "calibrate_a"), *job(2, "solve_a"))
    assert shown[0] == "calibrated 0 of 20 · solved 0 of 16"
    assert len(shown) == 3
    assert logged == [shown[1]]  # the second line would come too soon
    assert logged[0].startswith("calibrated 16 of 20 · solved 0 of 16 · about ")


def test_the_last_frame_is_always_told(said):
    jobs = [*job(1, "calibrate_a"), *job(2, "calibrate_b"), *job(3, "solve_a", "job_error")]
    _, logged = said(RUN, *jobs)
    assert logged[-1] == "calibrated 20 of 20 · solved 0 of 16 (16 failed)"


def product(path: Path, **cards) -> str:
    write_cards(path, fits.Header(cards))
    return str(path)


def test_frames_without_a_solution_and_those_set_aside_do_not_count(said, tmp_path):
    solved = [product(tmp_path / f"{number}.fits", PLTSOLVD=number > 1) for number in range(16)]
    solved[-1] += " (update)"  # as Snakemake says of one that its job finds as it was
    aside = [product(tmp_path / "aside.fits", PWFAIL="it is cut short")]
    aside += [product(tmp_path / f"light{number}.fits", PLTSOLVD=False) for number in range(3)]
    jobs = [*job(1, "calibrate_b", products=aside), *job(2, "calibrate_a", "job_error")]
    _, logged = said(RUN, *jobs, *job(3, "solve_a", products=solved))
    assert logged[-1] == (
        "calibrated 3 of 20 (1 set aside, 16 failed) · solved 14 of 16 (2 without solution)"
    )


def test_a_dry_run_and_other_words_of_the_log_leave_no_file(said):
    words = {"msg": "Building DAG of jobs..."}
    planned = {"event": "job_info", "jobid": 1, "rule_name": "all", "output": []}
    assert said(words, RUN, planned)[1] == []
