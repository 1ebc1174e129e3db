"""Runs whose jobs are forked, and those whose jobs are not, make the same, whatever comes."""

import os
import pty
import signal
import sys
from pathlib import Path

import psutil
import pytest

from frames import ROOT
from killed import held_at
from plateworks.forking import SWITCH
from torture.nights import begun, copied, left_behind, made, run, write_night

ORDINARY = {**os.environ, SWITCH: "0"}


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Path:
    """A night that was reduced by jobs with a Python of their own each."""
    folder = write_night(tmp_path_factory.mktemp("night"))
    done = run(folder, environment=ORDINARY)
    assert done.code == 0, done.said
    return folder


@pytest.fixture
def anew(night, tmp_path) -> Path:
    """The same night without results."""
    return copied(night, tmp_path / "anew")


def servers(run_id: int) -> list[psutil.Process]:
    """Return the processes that the jobs of a run are forked from."""
    children = psutil.Process(run_id).children()
    return [one for one in children if "plateworks.forkserver" in str(one.cmdline())]


def test_forked_jobs_make_the_same_bytes_and_the_plan_stays_as_it_is(night, anew):
    done = run(anew)
    assert done.code == 0, done.said
    assert made(anew) == made(night)
    assert left_behind(anew) == []
    for folder in (anew, night):  # who made them is none of the reasons to make them again
        for environment in (ORDINARY, os.environ):
            assert "Nothing to be done" in run(folder, environment=environment).said


def test_a_run_whose_server_is_killed_says_so_and_makes_the_same(night, anew):
    (anew / "results" / "masters").mkdir(parents=True)
    site = anew / "site"
    held = held_at(1, anew / "results" / "masters", site, "os.rename")
    going = begun(anew, "--until", "master_bias", environment=held)
    with open(site / "held", "wb"):  # the job has its master, without name
        (site / "sitecustomize.py").unlink()  # no other is held
        (server,) = servers(going.pid)
        server.kill()
    code, said = going.wait()
    assert code == 0, said
    assert said.count("The process that jobs are forked from") == 1
    assert run(anew).code == 0
    assert made(anew) == made(night)
    assert left_behind(anew) == []


def test_switched_off_there_is_no_server(anew):
    (anew / "results" / "masters").mkdir(parents=True)
    site = anew / "site"
    held = held_at(1, anew / "results" / "masters", site, "os.rename")
    going = begun(anew, "--until", "master_bias", environment={**held, SWITCH: "0"})
    with open(site / "held", "wb"):
        assert servers(going.pid) == []
        os.killpg(going.pid, signal.SIGKILL)
    assert going.wait()[0] == -signal.SIGKILL


def test_ctrl_c_at_a_terminal_ends_run_jobs_and_server_in_order(night, anew):
    (anew / "results" / "masters").mkdir(parents=True)
    site = anew / "site"
    held = held_at(1, anew / "results" / "masters", site, "os.rename")
    words = [
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        "1",
        "--configfile",
        "settings.yaml",
    ]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(anew)
        command = [sys.executable, "-m", "snakemake", *words]
        os.execve(command[0], command, {**held, "TMPDIR": str(anew / "scratch")})
    with open(site / "held", "wb"):
        (server,) = servers(pid)
        (job,) = server.children()
        os.write(terminal, b"\x03")
        shown = b""
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:  # its end, on Linux: nobody has it any more
            pass
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status not in (0, -signal.SIGINT), shown
    assert b"Traceback" not in shown, shown.decode()
    assert not server.is_running() and not job.is_running()
    logs = [path.read_text() for path in (anew / "results/logs/masters").rglob("*.log")]
    assert sum("ERROR: stopped by SIGINT" in log for log in logs) == 1
    assert run(anew).code == 0
    assert made(anew) == made(night)
    assert left_behind(anew) == []
