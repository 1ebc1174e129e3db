"""Frames that a job finished are not made again: whatever ended the job, and whatever is missing.

How often frames were made is read in the logs of jobs, which begin anew with each.
"""

import errno
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faults import Fault, injected
from killed import killed_at
from night import Reduced, assert_same, products, reduce, write_small_night
from workflow import ROOT, snakemake

LIGHTS = 8
#: One job makes all lights, and a frame after the other.
SETTINGS = {
    "frames_per_job": 100, "threads_per_job": 1,
    "solve": {"index_dirs": [str(ROOT / "config" / "demo")]},
}  # fmt: skip
NIGHT = "20250815"


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Reduced:
    """A night that nothing interrupts."""
    folder = tmp_path_factory.mktemp("once")
    write_small_night(folder, 480, 320, lights=(LIGHTS, 0))
    undisturbed = reduce(folder, raw="raw", **SETTINGS)
    assert undisturbed.run.code == 0, undisturbed.run.text
    assert newly(folder) == {"calibrated": LIGHTS, "solved": LIGHTS}
    return undisturbed


@pytest.fixture
def done(once, tmp_path) -> Path:
    """A copy of the night as it is made, times of change and Snakemake's records included."""
    shutil.copytree(once.folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def night(done) -> Path:
    """The same with its masters, and nothing made of its lights."""
    for what in ("calibrated", "solved", "report", "logs"):
        shutil.rmtree(done / "results" / what)
    return done


def newly(folder: Path) -> dict[str, int]:
    """Return how many frames the last job of each stage has made itself."""
    made = {"calibrated": ("calibrate", r"calibrated \S+$"), "solved": ("solve", r"solved by ")}
    return {
        stage: sum(
            len(re.findall(pattern, log.read_text(), re.M))
            for log in (folder / "results" / "logs" / step).glob("*.log")
        )
        for stage, (step, pattern) in made.items()
    }


def killed(folder: Path, stage: str, frames: int, *arguments: str) -> None:
    """Run until so many frames of a stage have their names, and kill all at the next."""
    below = folder / "results" / stage / NIGHT
    below.mkdir(parents=True, exist_ok=True)
    dying = killed_at(frames + 1, below, folder / "site", "os.rename", group=True)
    command = [
        sys.executable, "-m", "snakemake", *arguments, "--snakefile", str(ROOT / "Snakefile"),
        "--cores", "2", "--configfile", "settings.yaml",
    ]  # fmt: skip
    ended = subprocess.run(
        command, cwd=folder, env=dying, capture_output=True, text=True, start_new_session=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr
    assert len(list(below.glob("*.fits"))) == frames


def again(folder: Path, *arguments: str, **more: object) -> Reduced:
    return reduce(folder, "--rerun-incomplete", *arguments, raw="raw", **(SETTINGS | more))


def on_the_shelf(folder: Path) -> list[Path]:
    return list((folder / "results" / ".plateworks").glob("shelf/*"))


@pytest.mark.parametrize("stage", ["calibrated", "solved"])
@pytest.mark.parametrize("frames", [1, 7])
def test_of_a_killed_batch_only_the_rest_is_made(night, once, stage, frames):
    killed(night, stage, frames)
    resumed = again(night)
    assert newly(night)[stage] == LIGHTS - frames
    assert_same(resumed, products(once))
    assert not on_the_shelf(night)
    assert "Nothing to be done" in again(night, "-n").run.text


def test_of_a_batch_that_failed_only_the_rest_is_made(night, once):
    full = injected(night / "faults", Fault("write", "*/calibrated/*_0005.fits*", errno.ENOSPC))
    failed = snakemake(night, "--configfile", "settings.yaml", **full.environment)
    assert failed.code == 1
    assert full.made() == [1]
    assert not list((night / "results" / "calibrated").rglob("*.fits"))
    mended = again(night)
    assert newly(night)["calibrated"] <= LIGHTS - 5  # one more may have been under way
    assert_same(mended, products(once))


@pytest.mark.parametrize("stage", ["calibrated", "solved"])
def test_one_frame_that_is_deleted_makes_one_frame(done, once, stage):
    frames = sorted((done / "results" / stage / NIGHT).glob("*.fits"))
    frames[3].unlink()
    mended = again(done)
    assert newly(done)[stage] == 1
    assert newly(done)["solved"] == (stage == "solved")  # made of the same, it is right as it was
    assert_same(mended, products(once))
    assert not on_the_shelf(done)


def test_a_light_that_is_replaced_is_made_again_and_what_is_solved_from_it(done, once):
    lights = sorted((done / "raw" / "2025-08-15" / "LIGHT").glob("*.fits"))
    data = bytearray(lights[2].read_bytes())
    data[-3000] ^= 1
    lights[2].write_bytes(data)
    mended = again(done)
    assert newly(done) == {"calibrated": 1, "solved": LIGHTS - 2}
    expected, made = products(once), products(mended)
    later = {path.stem for path in lights[2:]}
    others = [
        name
        for name in expected
        if not name.startswith("report")
        and Path(name).stem not in (later if name.startswith("solved") else {lights[2].stem})
    ]
    assert [name for name in others if made[name] != expected[name]] == []


def test_what_is_forced_is_made_again_as_a_whole(done, once):
    rules = [name for name in once.run.jobs if name.startswith("calibrate_")]
    forced = again(done, "calibrated", "--forcerun", *rules)
    assert newly(done)["calibrated"] == LIGHTS
    assert not on_the_shelf(done)
    assert forced.run.code == 0, forced.run.text


def test_other_settings_make_all_again(done):
    other = again(done, "calibrated", calibrate={"pedestal": 100})
    assert other.run.code == 0, other.run.text
    assert newly(done)["calibrated"] == LIGHTS
