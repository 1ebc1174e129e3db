"""What settings of the matching change in the graph."""

import csv
import shutil
from pathlib import Path

import pytest

from frames import write_frame, write_night
from workflow import snakemake, touch


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A small night of which everything is made."""
    folder = tmp_path_factory.mktemp("made")
    write_night(folder / "raw")
    run = touch(folder, "--config", "raw=raw")
    assert run.code == 0, run.text
    return folder


@pytest.fixture
def night(made, tmp_path) -> Path:
    return shutil.copytree(made, tmp_path / "night")


def dry(folder: Path, settings: str):
    (folder / "mine.yaml").write_text("raw: raw\n" + settings)
    return snakemake(folder, "-n", "--configfile", "mine.yaml")


def test_a_frozen_master_is_kept_when_new_frames_arrive(night):
    write_frame(night / "raw" / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T20:30:30")
    assert dry(night, "").stages["master_dark"] == 1
    run = dry(night, "masters: {freeze: true}\n")
    assert run.stages == {"plan": 1, "judge_masters": 1, "all": 1}, run.text


def test_a_frozen_master_that_is_not_there_is_made(night):
    next(night.glob("results/masters/*/dark_60s*.fits")).unlink()
    assert dry(night, "masters: {freeze: true}\n").stages["master_dark"] == 1


def test_a_library_serves_lights_without_calibration_frames_of_their_own(tmp_path):
    write_night(tmp_path / "raw")
    for path in (tmp_path / "raw").glob("[bdf]*.fits"):
        path.unlink()
    library = tmp_path / "library"
    write_frame(library / "dark60s.fit", "Dark Frame", exptime=60.0, date_obs="2025-08-01T00:00:00")
    write_frame(
        library / "flat_l.fit",
        "Flat Frame",
        exptime=2.0,
        filter="L",
        date_obs="2025-08-14T00:00:00",
    )
    (library / "cosme60s.lst").write_text("P 1 2\n")
    run = dry(tmp_path, "library: [library]\n")
    assert run.code == 0, run.text
    assert run.stages["calibrate"]
    assert not {"master_dark", "master_flat", "cosmetic_list", "bad_pixels"} & set(run.stages)


def test_an_override_puts_another_master_into_the_slot(night):
    for i in range(3):
        write_frame(
            night / "raw" / f"old_{i}.fits", "FLAT",
            exptime=2.0, filter="L", date_obs=f"2025-08-10T20:0{i}:00",
        )  # fmt: skip
    settings = 'overrides: [{select: {session: "20250815"}, use: {flat: flat_l_20250810}}]\n'
    (night / "mine.yaml").write_text("raw: raw\n" + settings)
    run = snakemake(night, "plan", "--configfile", "mine.yaml")
    assert run.code == 0, run.text
    with open(night / "results" / "plan" / "associations.csv", newline="") as stream:
        flats = [row for row in csv.DictReader(stream) if row["slot"] == "flat"]
    assert {Path(row["chosen"]).name for row in flats} == {"flat_l_20250810.fits"}
    assert all("overrides" in row["reason"] for row in flats)


def test_an_override_that_names_no_master_is_said_before_anything_runs(night):
    run = dry(night, "overrides: [{use: {flat: flat_x}}]\n")
    assert run.code == 1
    assert "there is no master flat_x for the slot flat" in run.text
    assert "Traceback" not in run.text


def test_bad_lines_of_the_maintenance_log_are_said_in_the_summary(night):
    (night / "log.csv").write_text("2025-08-01T12:00:00,ASI2600MM,ok\n\nyesterday,ASI2600MM\n")
    run = dry(night, "matching: {maintenance_log: log.csv}\n")
    assert "log.csv, line 3: no ISO time" in run.text
