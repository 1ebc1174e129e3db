"""Which lights share a job is no matter of what is made.  No script is run here."""

import os
import shutil
from pathlib import Path

import pytest

from frames import write_frame, write_night
from workflow import NIGHT_TABLES, OURS, snakemake, touch

TABLES = {"light_report": 1, **NIGHT_TABLES, "all": 1}


def given(frames_per_job: int) -> tuple[str, ...]:
    return "--config", "raw=raw", f"frames_per_job={frames_per_job}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A night of 8 lights of which everything is made, several of them by a job."""
    folder = tmp_path_factory.mktemp("shared")
    write_night(folder / "raw", lights=8)
    first = touch(folder, *given(64))
    assert first.code == 0, first.text
    assert first.stages["calibrate"] == first.stages["solve"] == 1
    return folder


@pytest.fixture
def night(shared, tmp_path) -> Path:
    """A copy of that night, times of change included."""
    return shutil.copytree(shared, tmp_path / "night")


def again(folder: Path, frames_per_job: int) -> dict[str, int]:
    """Return what a dry run makes again; nothing, if there is nothing to do."""
    run = snakemake(folder, "-n", *given(frames_per_job))
    assert run.code == 0, run.text
    assert run.stages or "Nothing to be done" in run.text
    return run.stages


def take(folder: Path) -> None:
    """Take one more light, and make it in a job of its own, as a round of a watch does."""
    write_frame(
        folder / "raw" / "late.fits", "LIGHT",
        exptime=60.0, filter="L", date_obs="2025-08-15T22:03:31",
    )  # fmt: skip
    for stage in ("calibrated", "solved"):
        product = folder / "results" / stage / "20250815" / "late.fits"
        product.write_bytes(OURS[".fits"])
        os.utime(product, (1.0, 1.0))  # older than what it is made of, so it is to be made
    run = snakemake(folder, *given(1), "--executor", "touch")
    assert run.stages == TABLES | {"plan": 1, "calibrate": 1, "solve": 1}, run.text


def alter(path: Path) -> None:
    """Change one pixel of a frame."""
    data = bytearray(path.read_bytes())
    data[2880 + 1400] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("frames_per_job", [1, 3, 16])
def test_another_number_of_lights_a_job_makes_nothing_again(night, frames_per_job):
    assert again(night, frames_per_job) == {}


def test_after_a_round_of_a_watch_nothing_is_made_again_by_run_or_watch(night):
    take(night)
    for frames_per_job in (64, 1, 3):
        assert again(night, frames_per_job) == {}


def test_lights_that_had_jobs_of_their_own_are_not_made_again_by_a_shared_one(night):
    shutil.rmtree(night / "results")
    assert touch(night, *given(1)).stages["calibrate"] == 8
    assert again(night, 64) == {}


@pytest.mark.parametrize("frames_per_job", [1, 3, 64])
def test_a_light_that_is_replaced_is_made_again_with_those_that_shared_its_job_alone(
    night, frames_per_job
):
    take(night)
    alter(night / "raw" / "late.fits")
    run = snakemake(night, "-n", *given(frames_per_job))
    assert run.stages == TABLES | {"calibrate": 1, "solve": 1}
    assert run.jobs["calibrate_frame"] == run.jobs["solve_frame"] == 1
    alter(night / "raw" / "late.fits")
    alter(night / "raw" / "light_0005.fits")
    run = snakemake(night, "-n", *given(frames_per_job))
    assert run.stages == TABLES | {"calibrate": 1, "solve": 1}
    assert "calibrate_frame" not in run.jobs


def test_one_light_is_a_target_whatever_shares_its_job(night):
    take(night)
    for name in ("late", "light_0005"):
        target = f"results/solved/20250815/{name}.fits"
        (night / target).unlink()
        run = snakemake(night, "-n", target, *given(64))
        assert run.stages == {"solve": 1}, run.text


def test_lights_of_which_nothing_is_there_are_divided_anew(night):
    shutil.rmtree(night / "results" / "calibrated")
    assert again(night, 1)["calibrate"] == 8


def test_without_the_note_of_shared_jobs_lights_that_a_run_divides_otherwise_are_made_again(night):
    note = night / "results" / ".plateworks" / "batches.json"
    away = note.rename(night / "away.json")
    assert again(night, 64) == {}  # they are divided as they were
    away.rename(note)
    take(night)
    note.unlink()
    assert again(night, 64) == TABLES | {"calibrate": 1, "solve": 1}  # one job of all nine
    assert touch(night, *given(64)).code == 0
    assert again(night, 64) == {}


def test_where_a_light_is_gone_its_job_runs_again_and_the_preview_says_so(night):
    (night / "raw" / "light_0003.fits").unlink()
    run = snakemake(night, "-n", *given(64))
    assert run.stages["calibrate"] == run.stages["solve"] == 1
    said = "light_0003.fits is in the plan no more: 1 job with 7 lights beside it runs again, and"
    assert said in run.text
    made = snakemake(night, *given(64), "--executor", "touch")
    assert "All is there" not in made.text and said in made.text
    again = snakemake(night, *given(64))
    assert "All is there" in again.text and said not in again.text
