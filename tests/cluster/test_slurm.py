"""A real Slurm: the products are those of this computer alone, whatever is killed on the way."""

import re
import shlex
import shutil
import sys
import time
from pathlib import Path

import yaml

from night import assert_same, products, reduce
from smallnight import SETTINGS
from workflow import ROOT

#: The profile, asking for the state of jobs at short intervals, for these last seconds.
PROFILE = [
    "--workflow-profile", str(ROOT / "profiles" / "slurm"),
    "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "20",
]  # fmt: skip
KILLED = ("FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY")


def started(night, folder: Path, *without: str) -> Path:
    """Copy the night as it would be before some stages ran."""
    shutil.copytree(night.folder, folder, dirs_exist_ok=True)
    for stage in without:
        shutil.rmtree(folder / "results" / stage)
    return folder


def rules(jobs: dict[str, str]) -> set[str]:
    """Return the rules that Slurm's jobs belong to, wildcards and batches left away."""
    names = (re.match(r"rule_([a-z_]+?)_?(?:wildcards|\d|$)", words) for words in jobs.values())
    return {name[1] for name in names if name}


def test_the_night_through_slurm_is_the_night_of_this_computer(slurm, night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    made = reduce(tmp_path, *PROFILE, **SETTINGS)
    assert_same(made, products(night))
    masters = {"master_bias", "master_dark", "master_flat"}
    lists = {"cosmetic_list", "bad_pixels"}
    assert rules(slurm.jobs("COMPLETED")) == masters | lists | {"calibrate", "solve"}
    assert not slurm.jobs(*KILLED), "a job asked for too little"


def test_frame_by_frame_jobs_are_submitted_as_an_array(slurm, night, tmp_path):
    started(night, tmp_path, "calibrated", "solved", "report")
    made = reduce(tmp_path, "calibrated", *PROFILE, **SETTINGS | {"frames_per_job": 1})
    said = "".join(log.read_text() for log in (tmp_path / ".snakemake" / "log").glob("*.log"))
    assert re.search(r"Submitted array job .* task IDs are\s+1-4", said), said
    expected = products(night)
    here = {name for name in expected if not name.startswith(("solved", "report"))}
    assert_same(made, {name: expected[name] for name in here})


def test_a_job_killed_for_its_memory_is_tried_again_with_more(slurm, night, tmp_path):
    """The workflow here is wrong about what Python takes, and Snakemake round it."""
    started(night, tmp_path, "masters")
    workflow = tmp_path / "workflow"
    for folder in ("rules", "scripts", "config", "envs"):
        shutil.copytree(ROOT / folder, workflow / folder)
    shutil.copy(ROOT / "Snakefile", workflow)
    demand = workflow / "scripts" / "plateworks" / "jobs" / "demand.py"
    wrong, changed = re.subn(
        r"^AROUND_MB, _AROUND_S = \d+", "AROUND_MB, _AROUND_S = 0", demand.read_text(), flags=re.M
    )
    assert changed == 1
    demand.write_text(wrong)
    killed = set(slurm.jobs(*KILLED))
    made = reduce(
        tmp_path, "--snakefile", str(workflow / "Snakefile"), *PROFILE,
        "--until", "master_bias", threads_per_job=1, **SETTINGS,
    )  # fmt: skip
    assert made.run.code == 0, made.run.text
    assert set(slurm.jobs(*KILLED)) - killed
    logs = [log.read_text() for log in (tmp_path / "slurm_logs").rglob("*.log")]
    assert any("exceeded memory limit" in log for log in logs), logs
    (bias,) = (name for name in products(night) if "/bias_" in name and name.startswith("masters"))
    assert (made.results / bias).read_bytes() == products(night)[bias]


def test_after_scancel_of_jobs_and_of_snakemake_the_night_is_resumed(slurm, night, tmp_path):
    """Snakemake itself runs as a job; it is cancelled, with its jobs, while they calibrate.

    Who goes on does so here: that Slurm makes a whole night is shown above.
    """
    started(night, tmp_path, "calibrated", "solved", "report")
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *PROFILE,
        "--configfile", "settings.yaml", "--cores", "1",
    ]  # fmt: skip
    head = slurm.command(
        "sbatch", "--parsable", "--mem", "500", "--wrap", f"exec {shlex.join(command)}",
        cwd=tmp_path,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while "calibrate" not in rules(slurm.jobs("RUNNING")):
        assert head in slurm.jobs("PENDING", "RUNNING") and time.monotonic() < deadline
        time.sleep(0.2)
    calibrating = [job for job in slurm.jobs("RUNNING") if job != head]
    slurm.command("scancel", *calibrating)
    slurm.command("scancel", head)
    slurm.cancel_all()
    assert not (tmp_path / "results" / "report" / "calibrated.csv").exists()
    reduce(tmp_path, "--unlock", **SETTINGS)
    resumed = reduce(tmp_path, **SETTINGS)
    assert_same(resumed, products(night))
