"""Jobs that failed, as Snakemake's log tells of them, and why, as their own do."""

import logging

import pytest

from plateworks.failures import Failure, FailuresHandler, failure_of


def event(name, **told):
    record = logging.makeLogRecord({"event": name, **told})
    return record


def error(job, log="", output=("results/a.fits", "results/b.fits")):
    told = {"jobid": job, "rule_name": "master_dark", "output": [*output], "log": [log] * bool(log)}
    return event("job_error", **told)


def test_a_job_that_fails_is_kept_with_its_products():
    handler = FailuresHandler()
    handler.emit(error(3, "a.log"))
    handler.emit(event("job_finished", job_id=4))
    handler.emit(logging.makeLogRecord({}))
    assert handler.failures == [Failure("master_dark", "results/a.fits", 2, "a.log")]


def test_of_a_job_that_says_nothing_all_logs_are_named_those_of_a_cluster_too():
    record = error(3)
    record.log = ["a.log", "slurm_logs/3.log"]
    assert failure_of(record).why().endswith("is in a.log and slurm_logs/3.log")


def test_a_job_that_was_done_but_not_ended_is_told_so_where_it_is_heard_too(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("INFO: peak memory 90 MB, processor time 1.0 s\n")
    failure = Failure("master_dark", "a.fits", 1, str(log))
    assert failure.in_words(heard=True).startswith("Failed: a.fits: its work was done, but ")


def test_a_job_that_is_done_at_another_try_has_not_failed():
    handler = FailuresHandler()
    for record in (error(3), error(3), event("job_finished", job_id=3)):
        handler.emit(record)
    assert handler.failures == []


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("INFO: x\nERROR: the disk is full\nINFO: peak memory 9 MB\n", "the disk is full"),
        ("ERROR: first\nWARNING: y\nERROR: second\n", "second"),
        (
            "ERROR: unforeseen error\n    Traceback\n      line\n    KeyError: 'x'\nINFO: peak\n",
            "unforeseen error: KeyError: 'x' (in {log})",
        ),
        ("INFO: only begun\n", "it ended without a word; what it said until then is in {log}"),
        (
            "INFO: only begun\nINFO: peak memory 90 MB, processor time 1.0 s\n",
            "its work was done, but Snakemake could not end it; what it said is above, and in its "
            "own log.  Is there room on the disk of the results?",
        ),
        (None, "it ended without a word; what it said until then is in {log}"),
    ],
)
def test_the_reason_is_the_last_error_of_the_log(tmp_path, log, why):
    path = tmp_path / "job.log"
    if log is not None:
        path.write_text(log)
    assert Failure("rule", "a", 1, str(path)).why() == why.format(log=path)
