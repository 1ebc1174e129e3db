"""What can be asked for, and from where."""

import re
from pathlib import Path

import pytest

from frames import write_night
from workflow import snakemake, touch


@pytest.mark.parametrize(
    ("target", "stages"),
    [
        ("plan", {"plan": 1}),
        (
            "masters",
            {
                "master_bias": 1,
                "master_dark": 2,
                "cosmetic_list": 1,
                "master_flat": 1,
                "masters": 1,
            },
        ),
        ("cameras", None),
        ("defects", None),
        ("verify", {"verify": 1}),
        ("certify", {"certify": 1}),
        ("calibrated", None),
        ("solved", None),
        ("cosmetic", None),
    ],
)
def test_every_target_can_be_asked_for(tmp_path, target, stages):
    write_night(tmp_path / "raw")
    run = snakemake(tmp_path, target, "-n", "--config", "raw=raw")
    assert run.code == 0, run.text
    assert stages is None or run.stages == stages
    assert target == "solved" or "solve" not in run.stages


@pytest.mark.parametrize("frames_per_job", [1, 16])
def test_a_single_frame_is_a_target(tmp_path, frames_per_job):
    write_night(tmp_path / "raw", lights=20)
    run = snakemake(
        tmp_path, "results/solved/20250815/light_0003.fits", "-n",
        "--config", "raw=raw", f"frames_per_job={frames_per_job}",
    )  # fmt: skip
    assert run.code == 0, run.text
    # It is solved from the three before it, and from none after it.
    assert run.stages["calibrate"] == {1: 4, 16: 2}[frames_per_job]
    assert run.stages["solve"] == 1


def test_one_frame_a_job_needs_one_rule_and_one_job_a_frame(tmp_path):
    write_night(tmp_path / "raw", lights=5)
    run = touch(tmp_path, "--config", "raw=raw", "frames_per_job=1")
    assert run.jobs["calibrate_frame"] == 5
    assert run.jobs["solve_frame"] == 5
    assert len(list(tmp_path.glob("results/solved/20250815/*.fits"))) == 5


def test_spaces_and_letters_of_any_language_do_no_harm(tmp_path):
    raw = write_night(tmp_path / "nuit d'été α")
    (raw / "light_0001.fits").rename(raw / "M 31 été $(touch x) & ; 'q'.fits")
    run = touch(tmp_path, "--config", f"raw={raw}", "results=des résultats/ça va")
    assert run.code == 0, run.text
    assert len(list(tmp_path.glob("des résultats/ça va/calibrated/20250815/*.fits"))) == 3
    assert not (tmp_path / "x").exists()
    again = snakemake(tmp_path, "-n", "--config", f"raw={raw}", "results=des résultats/ça va")
    assert "Nothing to be done" in again.text


def test_results_may_lie_inside_the_raw_folder_and_are_not_taken_for_raw_frames(tmp_path):
    write_night(tmp_path / "raw")
    first = touch(tmp_path, "--config", "raw=raw", "results=raw/results")
    assert first.code == 0, first.text
    again = snakemake(tmp_path, "-n", "--config", "raw=raw", "results=raw/results")
    assert "Nothing to be done" in again.text
    assert "Set aside" not in again.text


def test_another_working_directory_holds_all_that_is_made(tmp_path):
    write_night(tmp_path / "raw")
    (tmp_path / "there").mkdir()
    run = touch(
        tmp_path, "--directory", str(tmp_path / "there"), "--config", f"raw={tmp_path / 'raw'}"
    )
    assert run.code == 0, run.text
    assert (tmp_path / "there" / "results" / "report" / "solved.csv").exists()
    assert not (tmp_path / "results").exists()


def test_several_raw_folders_make_one_plan(tmp_path):
    write_night(tmp_path / "calibration", lights=0)
    night = write_night(tmp_path / "lights", lights=3)
    for path in night.glob("[bdf]*.fits"):
        path.unlink()
    (tmp_path / "mine.yaml").write_text("raw: [calibration, lights]\n")
    run = touch(tmp_path, "--configfile", "mine.yaml")
    assert run.code == 0, run.text
    assert len(list(tmp_path.glob("results/solved/20250815/*.fits"))) == 3


def test_the_workflow_is_clean_by_snakemakes_own_lint(tmp_path):
    write_night(tmp_path / "raw")
    run = snakemake(tmp_path, "--lint", "--config", "raw=raw")
    assert run.code == 0, run.text
    assert "Congratulations" in run.text


def test_the_summary_comes_before_anything_snakemake_says(tmp_path):
    write_night(tmp_path / "raw")
    text = snakemake(tmp_path, "-n", "--config", "raw=raw").text
    assert 0 <= text.index("Found 15 raw frames") < text.index("Job stats")


def test_jobs_of_a_plan_have_no_rule_with_run(root):
    for path in [root / "Snakefile", *Path(root, "rules").glob("*.smk")]:
        assert not re.search(r"^\s*run:", path.read_text(encoding="utf-8"), re.MULTILINE)
