"""A real Slurm: the products are those of this computer alone, whatever is killed on the way."""

import re
import shlex
import shutil
import sys
import time
from pathlib import Path

import pytest
import yaml

from night import assert_same, products, reduce
from smallnight import SETTINGS
from workflow import ROOT

#: Questions at short intervals, for these jobs last seconds.
PROFILE = [
    "--workflow-profile", str(ROOT / "profiles" / "slurm"),
    "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "20",
]  # fmt: skip


@pytest.fixture
def folder(slurm, night, tmp_path) -> Path:
    """A folder with the raw frames and the settings of the night."""
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    return tmp_path


def test_the_night_through_slurm_is_the_night_of_this_computer(slurm, night, folder):
    made = reduce(folder, *PROFILE, **SETTINGS)
    assert_same(made, products(night))
    rules = {re.match("rule_([a-z]+_?[a-z]*)", comment)[1] for comment in slurm.jobs("COMPLETED").values()}
    assert rules >= {"master_bias", "master_dark", "master_flat", "cosmetic_list", "bad_pixels"}
    assert {"calibrate_", "solve_"} <= rules
    assert not slurm.jobs("FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY"), "a job was killed"


def test_frame_by_frame_as_arrays(slurm, night, folder):
    made = reduce(folder, "calibrated", *PROFILE, **SETTINGS | {"frames_per_job": 1})
    expected = products(night)
    assert made.run.code == 0, made.run.text
    assert "array job" in made.run.text


def test_a_job_killed_for_its_memory_asks_for_more(slurm, night, folder):
    """The workflow reckons with too little for Python itself, and what surrounds it."""
    workflow = folder / "workflow"
    for part in ("Snakefile", "rules", "scripts", "config"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, workflow / part if (ROOT / part).is_dir() else workflow)


def test_after_scancel_of_jobs_and_of_snakemake_a_resume_ends_in_the_same_bytes(slurm, night, folder):
    (folder / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *PROFILE,
        "--configfile", "settings.yaml", "--cores", "1",
    ]  # fmt: skip
    head = slurm.command(
        "sbatch", "--parsable", "--comment", "snakemake", "--mem", "500", "--wrap", shlex.join(command), cwd=folder
    )
    deadline = time.monotonic() + 150
    while not (running := [job for job, comment in slurm.jobs("RUNNING").items() if "calibrate" in comment]):
        assert head in slurm.jobs("PENDING", "RUNNING") and time.monotonic() < deadline
        time.sleep(0.2)
    slurm.command("scancel", *running, head)
    slurm.cancel_all()
    assert "solved" not in {path.name for path in (folder / "results").iterdir()}
    reduce(folder, "--unlock", **SETTINGS)
    resumed = reduce(folder, *PROFILE, **SETTINGS)
    assert_same(resumed, products(night))
    assert not {"master_bias", "master_dark", "master_flat"} & set(resumed.run.jobs)
