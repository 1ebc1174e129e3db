"""The profiles for other places than Slurm: a whole node, any scheduler, a pod."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from night import assert_same, products, reduce, write_small_night
from smallnight import SETTINGS
from workflow import ROOT, snakemake

PROFILES = ROOT / "profiles"
SCHEDULER = Path(__file__).with_name("scheduler.sh")


def profile(name: str) -> dict:
    return yaml.safe_load((PROFILES / name / "profile.v9+.yaml").read_text())


@pytest.mark.parametrize("name", ["default", "node", "slurm", "cluster-generic"])
def test_every_profile_resumes_and_goes_on_after_a_failure(name):
    options = profile(name)
    assert options["rerun-incomplete"] and options["keep-going"] and options["show-failed-logs"]
    assert f"`{name}`" in (PROFILES / "README.md").read_text()


def test_a_whole_node_makes_the_same_night(night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    made = reduce(tmp_path, "--workflow-profile", str(PROFILES / "node"), **SETTINGS)
    assert_same(made, products(night))


def test_any_scheduler_by_its_commands_makes_the_same_night(night, tmp_path):
    shutil.copytree(night.folder / "raw", tmp_path / "raw")
    (tmp_path / "jobs").mkdir()
    scheduler = f"sh {shlex.quote(str(SCHEDULER))} {shlex.quote(str(tmp_path / 'jobs'))}"
    asking = "{threads} {resources.mem_mb} {resources.runtime} {resources.disk_mb}"
    made = reduce(
        tmp_path, "--workflow-profile", str(PROFILES / "cluster-generic"),
        "--jobs", "2", "--latency-wait", "20", "--seconds-between-status-checks", "1",
        "--cluster-generic-submit-cmd", f"{scheduler} submit {asking}",
        "--cluster-generic-status-cmd", f"{scheduler} status", **SETTINGS,
    )  # fmt: skip
    assert_same(made, products(night))
    asked = [path.read_text() for path in (tmp_path / "jobs").glob("*.asked")]
    assert len(asked) == 9
    assert all(re.match(r"\d+ \d{3} \d+ \d+ ", words) for words in asked), asked


def commands(scheduler: str) -> dict[str, str]:
    """Return the options of one scheduler, whose lines are comments in the profile."""
    text = (PROFILES / "cluster-generic" / "profile.v9+.yaml").read_text()
    (block,) = (part for part in text.split("\n\n") if part.startswith(f"# {scheduler}"))
    lines = block.splitlines()[1:]
    return yaml.safe_load("\n".join(line.removeprefix("# ") for line in lines))


@pytest.mark.parametrize("scheduler", ["PBS", "Grid Engine", "LSF", "HTCondor"])
def test_the_lines_of_each_scheduler_are_whole(scheduler):
    options = commands(scheduler)
    assert options.keys() == {
        f"cluster-generic-{what}-cmd" for what in ("submit", "status", "cancel")
    }
    submit = options["cluster-generic-submit-cmd"]
    assert {"{threads}", "{resources.mem_mb}"} <= set(re.findall(r"\{[a-z._]+\}", submit))


def test_the_pod_of_a_night_plans_it(tmp_path):
    """The command of the pod, as a dry run with its folders moved here."""
    write_small_night(tmp_path)
    job = yaml.safe_load((PROFILES / "kubernetes" / "night.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["snakemake"]
    mounted = {"/plateworks": str(ROOT), container["workingDir"]: str(tmp_path)}
    arguments = []
    for word in container["args"]:
        for inside, here in mounted.items():
            word = re.sub(rf"(?<=[=]){inside}(?=/|$)", here, word)
        arguments.append(word)
    run = snakemake(tmp_path, "--dry-run", *arguments)
    assert run.code == 0, run.text
    assert "5 to calibrate" in run.text or "Lights: 5" in run.text
