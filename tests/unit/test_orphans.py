"""Jobs that outlive their run are ended by the next, and those of others are left alone."""

import json
import os
import signal
from dataclasses import asdict, replace

import pytest

from blocked import blocked
from plateworks.errors import PlateworksError
from plateworks.jobs.begun import Begun
from plateworks.orphans import end_orphans
from plateworks.runs import AtWorkError, Process

JOB = """
import sys
from plateworks.logs import job_log
with job_log(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""
MASTER, SERIES = (["results/masters/a/dark.fits"], False), (["results/capture/a/b.csv"], True)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that begins a run and has it killed: it says no more, and holds nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLATEWORKS_JOBS", "")  # what a run sets, the test takes back

    def begin(*jobs):
        begun = Begun("results", None)
        begun.begin(jobs, believe=True)
        begun.end(well=False)

    return begin


def words(tmp_path):
    return [*tmp_path.glob("results/.plateworks/*.jobs/*")]


def test_a_job_that_is_still_at_work_is_ended_and_named(run, tmp_path, capsys):
    run(MASTER)
    with blocked(["-c", JOB, str(tmp_path / "dark.log")]) as job:
        assert job.stdout.readline() == "ready\n"
        assert len(words(tmp_path)) == 1
        run(MASTER)
        assert job.wait() == 128 + signal.SIGTERM
    said = capsys.readouterr().err
    assert f"is ended: process {job.pid} on computer " in said
    assert "dark.log" in said
    assert words(tmp_path) == []


def test_a_job_that_takes_frames_is_no_matter_of_who_makes_products(run, tmp_path, capsys):
    run(SERIES)
    with blocked(["-c", JOB, str(tmp_path / "series.log")]) as job:
        assert job.stdout.readline() == "ready\n"
        run(MASTER)
        assert capsys.readouterr().err == ""
        assert len(words(tmp_path)) == 1 and job.poll() is None


def test_a_job_that_was_killed_too_leaves_nothing(run, tmp_path, capsys):
    run(MASTER)
    with blocked(["-c", JOB, str(tmp_path / "dark.log")]) as job:
        assert job.stdout.readline() == "ready\n"
        job.kill()
        job.wait()
    assert len(words(tmp_path)) == 1
    run(MASTER)
    assert words(tmp_path) == [] and capsys.readouterr().err == ""


def test_a_job_that_ends_takes_its_word_back(run, tmp_path):
    run(MASTER)
    with blocked(["-c", JOB, str(tmp_path / "dark.log")]) as job:
        assert job.stdout.readline() == "ready\n"
        job.terminate()
        job.wait()
    assert words(tmp_path) == []


def test_a_job_on_another_computer_refuses_the_run_by_name(run, tmp_path):
    run(MASTER)
    away = replace(Process.here("the job of flat.log"), host="node7", boot="another", pid=1)
    folder = tmp_path / "results" / ".plateworks" / "products.jobs"
    folder.mkdir(exist_ok=True)
    (folder / "node7.1").write_text(json.dumps(asdict(away)))
    with pytest.raises(PlateworksError, match=r"on computer node7, .*: the job of flat\.log"):
        run(MASTER)
    end_orphans(folder, "there", believe=False)
    run(MASTER)


def test_a_job_that_may_not_be_ended_refuses_the_run(tmp_path, monkeypatch):
    def refuse(process, number):
        raise PermissionError

    with blocked(["-c", JOB, "log"], folder=tmp_path, environment={
        **os.environ, "PLATEWORKS_JOBS": str(tmp_path / "jobs")
    }) as job:  # fmt: skip
        assert job.stdout.readline() == "ready\n"
        monkeypatch.setattr(os, "kill", refuse)
        with pytest.raises(AtWorkError, match=f"process {job.pid} .* or end it: kill {job.pid}"):
            end_orphans(tmp_path / "jobs", "on the results")
        monkeypatch.undo()
