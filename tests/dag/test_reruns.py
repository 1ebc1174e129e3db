"""What runs, and what does not run again.  The jobs' own scripts are not run here."""

import shutil
from pathlib import Path

import pytest

from frames import write_frame, write_night
from workflow import NIGHT_TABLES, snakemake, touch

CONFIG = ("--config", "raw=raw", "frames_per_job=16")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A night of 40 lights of which everything is made."""
    folder = tmp_path_factory.mktemp("made")
    write_night(folder / "raw", lights=40)
    first = touch(folder, *CONFIG)
    assert first.code == 0, first.text
    assert first.stages == {
        "plan": 1, "master_bias": 1, "master_dark": 2, "master_flat": 1, "cosmetic_list": 2,
        "bad_pixels": 1, "cameras": 1, "judge_masters": 1, "calibrate": 4, "solve": 4,
        "light_report": 1, **NIGHT_TABLES, "all": 1,
    }  # fmt: skip
    return folder


@pytest.fixture
def night(made, tmp_path) -> Path:
    """A copy of that night, times of change included."""
    return shutil.copytree(made, tmp_path / "night")


def again(folder: Path, *arguments: str):
    return snakemake(folder, "-n", *(arguments or CONFIG))


def product(folder: Path, stage: str, name: str) -> Path:
    return folder / "results" / stage / "20250815" / f"{name}.fits"


def test_a_second_run_has_nothing_to_do(night):
    assert "Nothing to be done" in again(night).text


def test_a_run_with_nothing_to_do_says_that_frames_have_no_solution(night):
    idle = snakemake(night, *CONFIG)
    assert idle.code == 0 and "Nothing to be done" in idle.text
    assert idle.text.count("Nothing more can be made, but 40 of 40 solved frames are") == 1
    assert "Nothing more can be made" not in again(night).text


def test_what_was_made_is_the_last_word_of_a_run(night):
    product(night, "solved", "light_0003").unlink()
    run = touch(night, *CONFIG)
    told = run.text.rpartition("\nMade so far\n")[2].rstrip()
    assert "40 of    40 calibrated frames" in told
    assert told.endswith("\nLook at results/report/20250815.html")


def test_a_finished_night_is_told_in_a_line_and_by_a_dry_run_in_full(night):
    line = "All is there of 52 raw frames in raw: 4 masters; 40 lights, calibrated and solved\n"
    run = snakemake(night, *CONFIG)
    assert line in run.text and "Masters: " not in run.text
    dry = again(night)
    assert line not in dry.text
    assert "Masters: 0 to make, 4 made already, 0 found\n" in dry.text
    assert "Lights: 0 to calibrate and solve, 40 done already, 0 refused\n" in dry.text


def test_more_memory_for_combining_makes_nothing_again(night):
    more = again(night, *CONFIG, "mem_gb=4")
    assert "Nothing to be done" in more.text
    asked = again(night, "masters", *CONFIG, "mem_gb=4", "--forceall")
    assert asked.text.count("combine_mb=4000") == 4


@pytest.mark.parametrize(
    "setting",
    ["capture={'armed': True}", "node={'speed': 2.0}", "site={'latitude': 47.0}", "settle_s=0.1"],
)
def test_a_setting_that_no_table_and_no_product_depends_on_makes_nothing_again(night, setting):
    assert "Nothing to be done" in again(night, *CONFIG, setting).text


@pytest.mark.parametrize(
    ("setting", "makes"),
    [
        ("calibrate={'cosmic_rays': True}", "calibrate"),
        ("solve={'sip_order': 3}", "solve"),
        ("masters={'flat_target': 1.0}", "master_flat"),
        ("matching={'by_date': 'newest'}", "plan"),
        ("calibrate={'require': ['dark', 'flat', 'bias']}", "plan"),
    ],
)
def test_a_setting_makes_the_tables_of_the_plan_again_only_where_they_depend_on_it(
    night, setting, makes
):
    stages = again(night, *CONFIG, setting).stages
    assert stages[makes] > 0
    assert ("plan" in stages) == (makes == "plan")


def test_a_deleted_calibrated_frame_is_made_again_by_its_batch_alone(night):
    product(night, "calibrated", "light_0012").unlink()
    assert again(night).stages == {
        "calibrate": 1, "solve": 1, "light_report": 1, **NIGHT_TABLES, "all": 1,
    }  # fmt: skip


def test_a_deleted_solved_frame_is_not_calibrated_again(night):
    product(night, "solved", "light_0012").unlink()
    assert again(night).stages == {"solve": 1, **NIGHT_TABLES, "all": 1}


def test_a_deleted_master_is_made_again_and_what_depends_on_it(night):
    next(night.glob("results/masters/*/dark_60s*.fits")).unlink()
    stages = again(night).stages
    assert stages["master_dark"] == 1
    assert stages["cosmetic_list"] == 1
    assert stages["calibrate"] == 4
    assert "master_flat" not in stages
    assert "master_bias" not in stages


def test_one_more_light_runs_one_small_job(night):
    write_frame(
        night / "raw" / "late.fits", "LIGHT",
        exptime=60.0, filter="L", date_obs="2025-08-15T22:20:31",
    )  # fmt: skip
    assert again(night).stages == {
        "plan": 1, "calibrate": 1, "solve": 1, "light_report": 1, **NIGHT_TABLES, "all": 1,
    }  # fmt: skip


def test_one_more_dark_makes_that_master_again_and_what_depends_on_it(night):
    write_frame(night / "raw" / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T20:30:30")
    stages = again(night).stages
    assert stages["master_dark"] == 1
    assert stages["calibrate"] == 4
    assert "master_flat" not in stages
    assert "master_bias" not in stages


def test_another_setting_of_the_solver_solves_again_and_calibrates_nothing(night):
    (night / "mine.yaml").write_text("raw: raw\nframes_per_job: 16\nsolve: {sip_order: 3}\n")
    stages = again(night, "--configfile", "mine.yaml").stages
    assert stages["solve"] == 4
    assert "calibrate" not in stages


def test_another_setting_of_the_calibration_leaves_the_masters(night):
    (night / "mine.yaml").write_text("raw: raw\nframes_per_job: 16\ncalibrate: {units: electron}\n")
    stages = again(night, "--configfile", "mine.yaml").stages
    assert stages["calibrate"] == 4
    assert not {"master_bias", "master_dark", "master_flat", "cosmetic_list"} & set(stages)


def test_a_setting_makes_anew_what_is_told_of_it_and_nothing_else(night):
    given = "raw: raw\nframes_per_job: 16\ncosmetic: {method: mean}\n"
    (night / "mine.yaml").write_text(given)
    stages = again(night, "--configfile", "mine.yaml").stages
    assert stages["calibrate"] == 4
    assert {"master_flat", "bad_pixels"} <= set(stages)
    assert not {"master_bias", "master_dark", "cosmetic_list"} & set(stages)


def test_what_a_light_must_have_is_no_matter_of_calibrating_it(night):
    given = "raw: raw\nframes_per_job: 16\ncalibrate: {require: [dark]}\n"
    (night / "mine.yaml").write_text(given)
    assert set(again(night, "--configfile", "mine.yaml").stages) <= {"plan", "all"}


def test_a_dry_run_makes_no_product(tmp_path):
    write_night(tmp_path / "raw")
    assert snakemake(tmp_path, "-n", *CONFIG).code == 0
    assert not list(tmp_path.glob("results/*/*.fits"))
    assert not list(tmp_path.glob("results/plan"))


def test_a_dry_run_says_why_jobs_run_again_and_writes_nothing(night):
    record = night / "results" / ".plateworks" / "made.json"
    before = record.read_bytes()
    setting = "masters={'rejection': {'high': 2.5}}"
    run = again(night, *CONFIG, setting)
    assert run.stages["master_flat"] == 1
    assert "  masters.rejection.high 3 → 2.5: 4 masters\n" in run.text
    assert "Changed since" not in again(night).text
    assert record.read_bytes() == before


def test_tables_written_for_changed_settings_do_not_hide_why_jobs_run_again(night):
    changed = (*CONFIG, "solve={'sip_order': 3}", "matching={'by_date': 'newest'}")
    assert snakemake(night, "plan", *changed).code == 0
    assert "  solve.sip_order auto → 3: 40 solved frames\n" in again(night, *changed).text
