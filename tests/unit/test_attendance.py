"""Snakemake's lock goes with those who held it, and with nobody else."""

import json
from dataclasses import asdict, replace

import pytest

from blocked import blocked
from plateworks.attendance import attending
from plateworks.runs import Process

RUN = """
import sys
from pathlib import Path
from plateworks.attendance import attending
with attending(sys.argv[1]):
    lock = Path(sys.argv[1], "locks", "0.output.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("results/masters/dark.fits")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path):
    return tmp_path / ".snakemake"


def lock_of(state):
    path = state / "locks" / "0.input.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("raw/dark.fits")
    return path


def test_the_lock_of_a_killed_run_is_taken_away(state):
    with blocked(["-c", RUN, str(state)]) as process:
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.wait()
    with attending(state) as said:
        assert "that was killed" in said
        assert not list((state / "locks").iterdir())
        assert len(list((state / "plateworks").iterdir())) == 1
    assert not list((state / "plateworks").iterdir())


def test_the_lock_of_a_live_run_stays_also_where_another_was_killed(state):
    with blocked(["-c", RUN, str(state)]) as killed, blocked(["-c", RUN, str(state)]) as alive:
        assert killed.stdout.readline() == alive.stdout.readline() == "ready\n"
        killed.kill()
        killed.wait()
        with attending(state) as said:
            assert f"process {alive.pid} " in said
        assert list((state / "locks").iterdir())
        alive.kill()
        alive.wait()
    with attending(state) as said:
        assert "that was killed" in said
    assert not list((state / "locks").iterdir())


def test_a_lock_of_which_nobody_knows_stays_and_the_remedy_is_said(state):
    lock = lock_of(state)
    with attending(state) as said:
        assert "--unlock" in said
    assert lock.exists()


def test_another_computer_is_believed(state):
    lock = lock_of(state)
    away = replace(Process.here(), host="dome", boot="another")
    (state / "plateworks").mkdir()
    (state / "plateworks" / "dome.1").write_text(json.dumps(asdict(away)))
    with attending(state) as said:
        assert "on computer dome" in said and "rm " in said
    assert lock.exists()


def test_without_a_lock_nothing_is_said(state):
    with attending(state) as said:
        assert said == ""
