"""Files that lie where products will and are not those: refused, made anew, or left as they are."""

import re
import shutil
from pathlib import Path

import pytest

from exposed import expose_night
from frames import write_frame, write_night
from workflow import snakemake

CONFIG = ("--config", "raw=raw")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A night of which the calibrated frames are made, and what Snakemake knows of it is lost."""
    folder = tmp_path_factory.mktemp("made")
    expose_night(folder / "raw")
    run = snakemake(folder, "calibrated", *CONFIG)
    assert run.code == 0, run.text
    assert "Nothing to be done" in snakemake(folder, "-n", "calibrated", *CONFIG).text
    shutil.rmtree(folder / ".snakemake")
    return folder


@pytest.fixture
def lost(made, tmp_path) -> Path:
    """A copy of that night, times of change included."""
    return shutil.copytree(made, tmp_path / "night")


def planned(folder: Path, *settings: str, target: str = "calibrated"):
    return snakemake(folder, "-n", target, *CONFIG, *settings)


def test_products_of_these_settings_are_done_though_no_record_of_them_is_left(lost):
    run = planned(lost)
    assert "Nothing to be done" in run.text
    assert "existing" not in run.text


def test_products_of_these_settings_are_done_where_raw_frames_were_moved_too(lost):
    (lost / "raw").rename(lost / "archive")
    run = snakemake(lost, "-n", "calibrated", "--config", "raw=archive")
    assert "Nothing to be done" in run.text


def test_a_product_of_other_settings_is_refused_where_no_record_of_it_is_left(lost):
    run = planned(lost, "masters={'flat_target': 10000.0}")
    assert run.code == 1
    [line] = [line for line in run.text.splitlines() if "cannot start" in line]
    assert "/flat_l_" in line and "was made by other settings, or of other frames" in line
    assert "existing" in line and "remake" in line and "names.flat" in line


@pytest.mark.parametrize(
    ("setting", "paths"), [("hot_sigma", ["/cosme_60s_"]), ("max_fraction", ["/cosme_", "/badpix"])]
)
def test_lists_and_masks_of_other_settings_are_refused_and_made_anew(lost, setting, paths):
    other = f"cosmetic={{'{setting}': 0.5}}"
    run = planned(lost, other)
    assert run.code == 1
    assert paths[0] in run.text and "was made by other settings" in run.text
    run = planned(lost, other, "existing=remake")
    assert run.code == 0, run.text
    assert all(re.search(rf"^Made anew: \S+{path}", run.text, re.M) for path in paths)
    assert run.stages["cosmetic_list"] > 0


def test_it_is_made_anew_where_that_is_asked_for_and_what_depends_on_it(lost):
    run = planned(lost, "masters={'flat_target': 10000.0}", "existing=remake")
    assert run.code == 0, run.text
    assert "Made anew: results/masters/" in run.text
    assert run.stages["master_flat"] == run.stages["bad_pixels"] == run.stages["calibrate"] == 1
    assert not {"master_bias", "master_dark"} & set(run.stages)


def test_once_it_is_made_anew_there_is_nothing_to_do(lost):
    settings = ("masters={'flat_target': 10000.0}", "existing=remake")
    run = snakemake(lost, "calibrated", *CONFIG, *settings)
    assert run.code == 0, run.text
    again = planned(lost, *settings)
    assert "Nothing to be done" in again.text and "Made anew" not in again.text
    assert "Nothing to be done" in planned(lost, settings[0]).text


def test_it_stays_where_that_is_asked_for_and_is_named(lost):
    run = planned(lost, "masters={'flat_target': 10000.0}", "existing=keep")
    assert "Nothing to be done" in run.text
    left = "Left as it is, unless what it is made of is newer: results/masters/"
    assert left in run.text


def test_what_stays_is_made_anew_where_its_master_is_newer_and_that_is_told(lost):
    """Snakemake makes what is older than its inputs; who asks for it to stay is told so."""
    for dark in lost.glob("results/masters/*/dark_*.fits"):
        dark.touch()
    run = planned(lost, "calibrate={'units': 'electron', 'egain': 0.8}", "existing=keep")
    assert run.stages["calibrate"] == 1
    assert "unless what it is made of is newer: results/calibrated/" in run.text


def test_lights_of_other_settings_are_not_forced_upon_a_run_that_makes_masters(lost):
    settings = ("calibrate={'units': 'electron', 'egain': 0.8}", "existing=remake")
    masters = planned(lost, *settings, target="masters")
    assert masters.stages == {"master_bias": 1, "masters": 1}  # no light needed that one
    assert planned(lost, *settings).stages == {"calibrate": 1, "calibrated": 1}


def test_other_settings_run_what_they_concern_where_the_records_are_there(tmp_path):
    expose_night(tmp_path / "raw")
    assert snakemake(tmp_path, "calibrated", *CONFIG).code == 0
    run = planned(tmp_path, "masters={'flat_target': 10000.0}")
    assert run.code == 0 and run.stages["master_flat"] == 1


# --- files of another program ---------------------------------------------------------------------


@pytest.fixture
def old(tmp_path) -> Path:
    """A night in a folder where another program left a dark and a light under our names."""
    write_night(tmp_path / "raw")
    (tmp_path / "settings.yaml").write_text(
        "raw: raw\nresults: .\nnames: {dark: 'dark{exposure}.fit', calibrated: '{frame}_CAL.fit'}\n"
    )
    return tmp_path


def left_behind(folder: Path, name: str) -> Path:
    return write_frame(folder / name, "DARK", swcreate="Another", exptime=60.0)


def again(folder: Path, *settings: str, target: str = "calibrated"):
    given = ("--config", *settings) if settings else ()
    return snakemake(folder, "-n", target, "--configfile", "settings.yaml", *given)


@pytest.mark.parametrize("name", ["dark60s.fit", "light_0001_CAL.fit"])
def test_a_file_of_another_program_is_refused_by_name(old, name):
    theirs = left_behind(old, name)
    before = theirs.read_bytes()
    run = again(old)
    assert run.code == 1
    assert f"{name} was not written by Plateworks" in run.text and "remake" in run.text
    assert theirs.read_bytes() == before


def test_files_of_another_program_are_made_anew_where_that_is_asked_for(old):
    for name in ("dark60s.fit", "light_0001_CAL.fit"):
        left_behind(old, name)
    run = again(old, "existing=remake")
    assert run.code == 0, run.text
    assert run.text.count("Made anew: ") == 2
    assert run.stages["master_dark"] == 2


def test_finished_lights_of_another_program_stay_and_are_named(old):
    left_behind(old, "light_0001_CAL.fit")
    run = again(old, "existing=keep")
    assert run.code == 0, run.text
    assert "light_0001_CAL.fit, by another program, stays" in run.text
    outputs = [line for line in run.text.splitlines() if "output:" in line and "_CAL" in line]
    assert "light_0000_CAL.fit" in outputs[0] and "light_0001" not in outputs[0]


def test_a_master_of_another_program_is_no_finished_light(old):
    left_behind(old, "dark60s.fit")
    run = again(old, "existing=keep")
    assert run.code == 1 and "dark60s.fit was not written by Plateworks" in run.text


def test_a_frozen_master_of_another_program_is_none_of_ours(old):
    left_behind(old, "dark60s.fit")
    run = again(old, "masters={'freeze': True}")
    assert run.code == 1 and "dark60s.fit was not written by Plateworks" in run.text
    assert again(old, "masters={'freeze': True}", "existing=remake").stages["master_dark"] == 2


def test_a_folder_in_the_place_of_a_table_is_no_table_that_is_made(lost):
    (lost / "results" / "plan" / "missing.csv" / "mine").mkdir(parents=True)
    for target in ("plan", "results/plan/missing.csv"):
        run = snakemake(lost, target, *CONFIG)
        assert run.code == 1
        assert "results/plan/missing.csv is a folder, where a product belongs.  Move it" in run.text
        assert "Traceback" not in run.text
    assert (lost / "results" / "plan" / "missing.csv" / "mine").is_dir()
