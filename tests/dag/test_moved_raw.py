"""Raw frames elsewhere, at other times, under other names, and others in their place.

What is made again follows what the frames hold.  The jobs' own scripts are not run here.
"""

import gzip
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from frames import write_frame, write_night
from workflow import NIGHT_TABLES, snakemake, touch

#: The tables of the plan tell where frames lie.
TABLES = {"plan": 1, "all": 1}


def given(raw: str = "raw") -> tuple[str, ...]:
    return "--config", f"raw={raw}", "frames_per_job=16"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A night of 20 lights and one without a date, of which everything is made."""
    folder = tmp_path_factory.mktemp("made")
    write_night(folder / "raw", lights=20)
    write_frame(folder / "raw" / "undated.fits", "LIGHT", exptime=60.0, filter="L", date_obs=None)
    first = touch(folder, *given())
    assert first.code == 0, first.text
    assert first.stages["calibrate"] == first.stages["solve"] == 4
    return folder


@pytest.fixture
def night(made, tmp_path) -> Path:
    """A copy of that night, times of change included."""
    return shutil.copytree(made, tmp_path / "night")


def again(folder: Path, raw: str = "raw") -> Counter:
    """Return what a dry run makes again; nothing, if there is nothing to do."""
    run = snakemake(folder, "-n", *given(raw))
    assert run.code == 0, run.text
    assert run.stages or "Nothing to be done" in run.text
    return run.stages


def alter(path: Path, place: int = 2 * 700) -> None:
    """Change one pixel of a frame."""
    data = bytearray(path.read_bytes())
    data[2880 + place] ^= 1
    path.write_bytes(data)


def test_a_raw_folder_that_was_moved_makes_the_tables_of_the_plan_again_and_no_product(night):
    shutil.move(night / "raw", night / "archive" / "2025")
    assert again(night, "archive/2025") == TABLES


def test_a_folder_that_was_moved_has_no_products_to_give_reasons_for(night):
    shutil.move(night / "raw", night / "archive")
    assert "Changed since" not in snakemake(night, "-n", *given("archive")).text


def test_a_copy_of_the_raw_folder_with_other_times_makes_no_product_again(night):
    shutil.copytree(night / "raw", night / "copy", copy_function=shutil.copyfile)
    assert again(night, "copy") == TABLES


def test_a_copy_by_absolute_path_is_the_same_too(night):
    shutil.copytree(night / "raw", night / "copy", copy_function=shutil.copyfile)
    assert again(night, f"{night}/copy") == TABLES


def test_frames_that_were_touched_make_nothing_again(night):
    for path in (night / "raw").iterdir():
        os.utime(path)
    assert again(night) == {}


def test_frames_that_were_packed_make_no_product_again_whose_name_they_do_not_give(night):
    for path in (night / "raw").glob("bias_*.fits"):
        Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert again(night) == TABLES


def test_a_calibration_frame_under_another_name_makes_no_product_again(night):
    (night / "raw" / "dark_1.fits").rename(night / "raw" / "0001.fits")
    run = snakemake(night, "-n", *given())
    assert run.stages == TABLES
    assert "Changed since" not in run.text


def test_a_light_under_another_name_is_another_product_of_its_batch(night):
    (night / "raw" / "light_0002.fits").rename(night / "raw" / "m31.fits")
    # Those of the next batch are solved from it, and by its name.
    assert again(night) == {
        "plan": 1, "calibrate": 1, "solve": 2, "light_report": 1, **NIGHT_TABLES, "all": 1,
    }  # fmt: skip


def test_a_light_in_place_of_which_another_was_put_makes_its_batch_again(night):
    light = night / "raw" / "light_0012.fits"
    alter(light)
    run = snakemake(night, "-n", *given())
    assert run.stages == {
        "calibrate": 1, "solve": 1, "light_report": 1, **NIGHT_TABLES, "all": 1,
    }  # fmt: skip
    assert "  other data in raw frames: 1 calibrated light\n" in run.text


def test_an_older_copy_of_a_dark_makes_its_master_again_and_what_depends_on_it(night):
    dark = night / "raw" / "dark_1.fits"
    when = dark.stat().st_mtime_ns - 86_400_000_000_000
    alter(dark)
    os.utime(dark, ns=(when, when))
    run = snakemake(night, "-n", *given())
    assert run.stages == {
        "master_dark": 1, "cosmetic_list": 1, "judge_masters": 1, "calibrate": 4, "solve": 4,
        "light_report": 1, **NIGHT_TABLES, "measures": 2, "verdicts": 2, "night_page": 2, "all": 1,
    }  # fmt: skip
    assert ": 1 dark with other data\n" in run.text


def test_other_data_under_the_same_name_size_and_time_are_seen(night):
    light = night / "raw" / "light_0012.fits"
    stat = light.stat()
    alter(light)
    os.utime(light, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert again(night)["calibrate"] == 1


def test_a_frame_that_was_replaced_and_put_back_makes_nothing_again(night):
    light = night / "raw" / "light_0012.fits"
    alter(light)
    assert again(night)["calibrate"] == 1
    alter(light)
    assert again(night) == {}


def test_a_card_that_was_corrected_makes_its_light_again(night):
    light = night / "raw" / "light_0012.fits"
    light.write_bytes(light.read_bytes().replace(b"FILTER  = 'L ", b"FILTER  = 'R ", 1))
    assert again(night)["calibrate"] >= 1


def test_a_folder_that_was_moved_with_one_frame_replaced_makes_that_one_again(night):
    shutil.move(night / "raw", night / "archive")
    alter(night / "archive" / "light_0012.fits")
    stages = again(night, "archive")
    assert (stages["calibrate"], stages["solve"], stages["master_dark"]) == (1, 1, 0)
