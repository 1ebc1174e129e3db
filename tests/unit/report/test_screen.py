"""What a terminal shows of a run, in place of Snakemake's own words."""

import io
import logging
from types import SimpleNamespace

import pytest

from plateworks.jobs.requests import Share
from plateworks.report.display import Lines
from plateworks.report.progress import Progress, Reached
from plateworks.report.screen import Run, screen_for
from plateworks.report.steps import Steps

SHARES = {
    "master_dark": Share("masters", 1, 1.0),
    **{f"calibrate_{night}": Share("calibrated", 16, 16.0) for night in range(300)},
    "night_page": Share("other steps", 1, 1.0),
}
IDLE = "Nothing to be done."


@pytest.fixture
def logger():
    """A log of Snakemake, with the handler by which it writes to the terminal."""
    logger = logging.Logger("snakemake", logging.INFO)
    handler = logging.StreamHandler(io.StringIO())
    handler.name = "DefaultStreamHandler"
    logger.addHandler(handler)
    return logger


def settings(*quiet: str, verbose: bool = False) -> SimpleNamespace:
    kinds = {SimpleNamespace(value=one).value: SimpleNamespace(value=one) for one in quiet}
    return SimpleNamespace(
        quiet=list(kinds.values()), verbose=verbose, debug_dag=False, nocolor=True
    )


def told_of(rules) -> list[str]:
    return ["  3 x bias"] if "capture_bias" in rules else []


def run(*, dry: bool = False) -> Run:
    return Run(lambda: SHARES, lambda: {"capture_bias"}, dry, IDLE, told_of, lambda: True)


def said(logger: logging.Logger, *events: dict) -> str:
    [screen] = logger.handlers
    for event in events:
        logger.handle(logging.makeLogRecord({"levelno": logging.INFO, "msg": ""} | event))
    return screen._stream.getvalue()


STARTED = {"event": "workflow_started"}
STATS = {"event": "run_info", "stats": {f"calibrate_{n}": 1 for n in range(300)} | {"all": 1}}


def info(rule: str, reason: str) -> dict:
    return {"event": "job_info", "rule_name": rule, "reason": reason}


def test_the_words_of_snakemake_are_left_to_its_log(logger, capsys):
    screen_for(logger, settings("host"), run())
    words = [{"msg": "Select jobs to execute..."}, info("calibrate_1", "Missing output files: a")]
    assert said(logger, STARTED, STATS, *words) == "Job stats by stage\n  calibrated     4800\n"
    assert capsys.readouterr().err == ""


def test_what_is_said_before_a_run_and_where_nothing_is_to_be_done_is_passed_on(logger):
    screen_for(logger, settings("host"), run())
    assert said(logger, {"msg": "Unlocked."}, STARTED, {"msg": IDLE}) == f"Unlocked.\n{IDLE}\n"


def test_a_round_of_a_watch_that_finds_the_same_again_does_not_say_so(logger):
    screen_for(logger, settings("host"), run()._replace(again=True))
    assert said(logger, {"msg": "Unlocked."}, STARTED, {"msg": IDLE}) == "Unlocked.\n"


def test_warnings_and_errors_are_said_whole_and_control_characters_are_not(logger, capsys):
    screen_for(logger, settings("host"), run())
    said(logger, STARTED, {"levelno": logging.WARNING, "msg": "no room\nfor \x1b[2Jlogs"})
    assert capsys.readouterr().err == "no room\nfor \\x1b[2Jlogs\n"


@pytest.mark.parametrize("here", [True, False])
def test_a_job_that_fails_is_named_with_what_is_not_yet_said_of_why(logger, capsys, tmp_path, here):
    log, mute = tmp_path / "job.log", tmp_path / "mute.log"
    log.write_text("INFO: begun\nERROR: m3.fits: cannot be read\n")
    screen_for(logger, settings("host"), run()._replace(here=lambda: here))
    failed = {"levelno": logging.ERROR, "event": "job_error", "rule_name": "calibrate_1"}
    said(logger, failed | {"output": ["a.fits", "b.fits"], "log": [str(log)], "jobid": 1})
    said(logger, failed | {"output": ["c.fits"], "log": [str(mute)], "jobid": 2})
    first, second = capsys.readouterr().err.splitlines()
    why = f"its log is {log}" if here else "m3.fits: cannot be read"
    assert first == f"Failed: a.fits and 1 more: {why}"
    assert second.startswith("Failed: c.fits: it ended without a word; ")


def test_a_dry_run_gives_the_reasons_by_stage(logger):
    screen_for(logger, settings("host"), run(dry=True))
    reasons = ["Missing output files: a.fits", "Params have changed since last execution: m"]
    jobs = [info(f"calibrate_{n}", reasons[n == 7]) for n in range(300)]
    jobs += [info("master_dark", "Forced execution"), info("all", "Rules with neither input")]
    end = {"msg": "This was a dry-run (flag -n). The order of jobs does not reflect the order."}
    assert said(logger, STARTED, STATS, *jobs, STATS, end).splitlines() == [
        "Job stats by stage",
        "  masters           1  forced",
        "  calibrated     4800  4784 not there yet, 16 made with other settings, of other frames "
        "or by another version",
        "",
        "A dry run: nothing was made.",
    ]


def test_a_dry_run_tells_the_frames_that_a_capture_takes(logger):
    screen_for(logger, settings("host"), run(dry=True))
    begun = {"event": "run_info", "stats": {"capture_bias": 1}}
    end = {"msg": "This was a dry-run (flag -n)."}
    assert said(logger, STARTED, begun, end).startswith("  3 x bias\n\nA dry run")


def test_stages_stand_in_the_order_of_making():
    steps = Steps(SHARES)
    steps.expect({"night_page": 2, "calibrate_1": 1, "master_dark": 3, "total": 6})
    assert [line.split()[0] for line in steps.lines()] == ["Job", "masters", "calibrated", "other"]


@pytest.mark.parametrize("told", [settings(), settings("host", verbose=True)])
def test_snakemake_speaks_itself_where_nobody_asks_it_to_be_quiet(logger, told):
    [before] = logger.handlers
    screen_for(logger, told, run())
    assert logger.handlers == [before]


def progress(done: int, at_s: float) -> Progress:
    return Progress((Reached("solved", done, 9, ""),), None, at_s, ended=done == 9)


def test_without_a_terminal_there_is_a_line_every_half_minute_and_at_the_end():
    told = []
    lines = Lines(told.append)
    for done, at_s in ((0, 100.0), (1, 110.0), (2, 131.0), (3, 140.0), (4, 161.0), (9, 170.0)):
        lines.show(progress(done, at_s))
    assert told == [f"solved {done} of 9" for done in (0, 2, 4, 9)]


def test_a_run_that_speaks_with_people_goes_on_line_by_line(logger, capsys):
    screen = screen_for(logger, settings("host"), run())
    said(logger, STARTED, {"event": "run_info", "stats": {"capture_bias": 1}})
    screen.show(progress(9, 1.0))
    assert capsys.readouterr().err == "solved 9 of 9\n"


def test_who_asks_for_quiet_gets_no_progress(logger, capsys):
    screen = screen_for(logger, settings("progress"), run())
    said(logger, STARTED, STATS)
    screen.show(progress(9, 1.0))
    assert capsys.readouterr().err == ""
