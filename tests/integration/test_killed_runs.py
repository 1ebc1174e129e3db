"""Runs that are killed with all their jobs: the next makes the rest, as the user would start it."""

import os
import signal

import pytest

from blocked import blocked
from killed import held_at, killed_at
from torture.nights import begun, left_behind, made, run, write_night
from workflow import snakemake

CLAIMANT = """
import sys
from plateworks.runs import Claim
Claim(sys.argv[1]).take()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> dict[str, bytes]:
    """The products of a night that nothing disturbs."""
    folder = write_night(tmp_path_factory.mktemp("once"))
    undisturbed = run(folder)
    assert undisturbed.code == 0, undisturbed.said
    return made(folder)


#: Where a run is killed: below which folder, at which step of which kind.
MOMENTS = {
    "before the first job": ("results/logs", "os.mkdir", 1),
    "while a master is named": ("results/masters", "os.rename", 1),
    "in the middle of a batch": ("results/calibrated", "os.rename", 2),
    "when Snakemake notes that a job is done": (".snakemake/metadata", "open", 3),
    "at the end, as the record is written": ("results/.plateworks", "os.rename", 2),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_plain_snakemake_goes_on_and_leaves_nothing_behind(tmp_path, once, moment):
    below, event, step = MOMENTS[moment]
    write_night(tmp_path)
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    dying = killed_at(step, tmp_path / below, tmp_path / "site", event, group=True)
    killed = run(tmp_path, environment=dying, anew=True)  # who is not forked, counts its steps
    assert killed.code == -signal.SIGKILL, killed.said
    resumed = run(tmp_path)
    assert resumed.code == 0, resumed.said
    assert made(tmp_path) == once
    assert left_behind(tmp_path) == []
    assert "Nothing to be done" in run(tmp_path).said


def test_a_job_that_outlives_its_run_is_ended_by_the_next_by_name(tmp_path, once):
    write_night(tmp_path)
    (tmp_path / "results" / "masters").mkdir(parents=True)
    site = tmp_path / "site"
    held = held_at(1, tmp_path / "results" / "masters", site, "os.rename")
    first = begun(tmp_path, "--until", "master_bias", environment=held)
    with open(site / "held", "wb", buffering=0) as pipe:  # the job has its master, without name
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait()[0] == -signal.SIGKILL
        pipe.write(b"is it there?")  # it would raise if nobody held the other end
        resumed = run(tmp_path)
        with pytest.raises(BrokenPipeError):
            pipe.write(b"is it gone?")
    assert resumed.code == 0, resumed.said
    assert "A job of a run that was killed is still at work, and is ended: process " in resumed.said
    assert "the job of results/logs/masters/" in resumed.said
    assert made(tmp_path) == once
    assert left_behind(tmp_path) == []


def test_a_second_run_on_the_same_results_is_refused_by_name_from_wherever_it_starts(tmp_path):
    write_night(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    claim = tmp_path / "results" / ".plateworks" / "products.run"
    arguments = ["--config", f"raw={tmp_path}/raw", f"results={tmp_path}/results", "mem_gb=1"]
    with blocked(["-c", CLAIMANT, str(claim)]) as first:
        assert first.stdout.readline() == "ready\n"
        second = snakemake(tmp_path / "elsewhere", "masters", *arguments)
        preview = snakemake(tmp_path / "elsewhere", "-n", "masters", *arguments)
        tables = snakemake(tmp_path / "elsewhere", "plan", *arguments)
    assert second.code == 1
    assert f"process {first.pid} on computer" in second.text
    assert "Traceback" not in second.text
    assert made(tmp_path) == {}
    assert preview.code == tables.code == 0, preview.text + tables.text
    assert snakemake(tmp_path / "elsewhere", "masters", *arguments).code == 0
