"""Runs that are killed with all their jobs: the next makes the rest, as the user would start it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blocked import blocked
from exposed import expose_night
from killed import killed_at
from night import Reduced, products
from workflow import ROOT, Run, snakemake

CLAIMANT = """
import sys
from plateworks.runs import Claim
Claim(sys.argv[1]).take()
print("ready", flush=True)
sys.stdin.read()
"""


def night(folder: Path) -> Path:
    """Write a night and its configuration; return the folder."""
    folder.mkdir(exist_ok=True)
    expose_night(folder / "raw")
    (folder / "scratch").mkdir()
    (folder / "settings.yaml").write_text("raw: raw\n")
    return folder


def plain(folder: Path, environment=os.environ) -> subprocess.CompletedProcess:
    """Run ``snakemake`` as a user does, with the profile that it finds by itself."""
    return subprocess.run(
        [
            sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
            "--cores", "2", "--configfile", "settings.yaml",
        ],
        cwd=folder, env={**environment, "TMPDIR": str(folder / "scratch")},
        capture_output=True, text=True, start_new_session=True, check=False,
    )  # fmt: skip


def made(folder: Path) -> dict[str, bytes]:
    return products(Reduced(folder, Run(0, "", None)))


def left_behind(folder: Path) -> list[str]:
    """Return what nobody uses any more: unfinished files, and locks."""
    patterns = ("results/**/.*.part", ".snakemake/locks/*", ".snakemake/plateworks/*")
    return [str(path) for pattern in patterns for path in folder.glob(pattern)]


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> dict[str, bytes]:
    """The products of a night that nothing disturbs."""
    folder = night(tmp_path_factory.mktemp("once"))
    run = plain(folder)
    assert run.returncode == 0, run.stderr
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
    night(tmp_path)
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    killed = plain(
        tmp_path, killed_at(step, tmp_path / below, tmp_path / "site", event, group=True)
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = plain(tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert made(tmp_path) == once
    assert left_behind(tmp_path) == []
    assert "Nothing to be done" in plain(tmp_path).stderr


def test_a_second_run_on_the_same_results_is_refused_by_name_from_wherever_it_starts(tmp_path):
    night(tmp_path)
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
