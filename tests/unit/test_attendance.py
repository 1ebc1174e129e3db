"""Snakemake's lock goes with those who held it, and with nobody else."""

import json
import logging
from dataclasses import asdict, replace

import pytest

from blocked import blocked
from plateworks.attendance import LockInWords, attending
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
    with attending(state) as attendance:
        assert "that was killed" in attendance.said
        assert not list((state / "locks").iterdir())
        assert len(list((state / "plateworks").iterdir())) == 1
    assert not list((state / "plateworks").iterdir())


def test_the_lock_of_a_live_run_stays_also_where_another_was_killed(state):
    with blocked(["-c", RUN, str(state)]) as killed, blocked(["-c", RUN, str(state)]) as alive:
        assert killed.stdout.readline() == alive.stdout.readline() == "ready\n"
        killed.kill()
        killed.wait()
        with attending(state) as attendance:
            assert f"process {alive.pid} " in attendance.holder()
        assert list((state / "locks").iterdir())
        alive.kill()
        alive.wait()
    with attending(state) as attendance:
        assert "that was killed" in attendance.said
    assert not list((state / "locks").iterdir())


def test_a_lock_of_which_nobody_knows_stays_and_the_remedy_is_said(state):
    lock = lock_of(state)
    with attending(state) as attendance:
        assert attendance.said == ""
        assert "--unlock" in attendance.holder()
    assert lock.exists()


def test_another_computer_is_believed(state):
    lock = lock_of(state)
    away = replace(Process.here(), host="dome", boot="another")
    (state / "plateworks").mkdir()
    (state / "plateworks" / "dome.1").write_text(json.dumps(asdict(away)))
    with attending(state) as attendance:
        said = attendance.holder()
        assert "on computer dome" in said and "rm " in said
    assert lock.exists()


def test_without_a_lock_nothing_is_said(state):
    with attending(state) as attendance:
        assert attendance.said == ""


def test_of_a_live_run_one_sentence_takes_the_place_of_snakemakes(state, caplog):
    logger = logging.getLogger("a log of Snakemake")
    with blocked(["-c", RUN, str(state)]) as alive:
        assert alive.stdout.readline() == "ready\n"
        with attending(state) as attendance:
            logger.addFilter(LockInWords(attendance.holder))
            logger.error("use --unlock", extra={"exception": "LockException"})
            logger.error("use %s", "care", extra={"exception": "RuleException"})
        alive.kill()
        alive.wait()
    ours, other = caplog.messages
    assert ours.startswith("Plateworks cannot start.  Another run is at work in ")
    assert ours.endswith(f"Wait until it has ended, or end it: kill {alive.pid}")
    assert "--unlock" not in ours and other == "use care"
