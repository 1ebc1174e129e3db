"""Gains of amplifiers in a run: measured first, and what was made of them follows them."""

import json
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from amplified import KINDS, write_amplified
from workflow import snakemake

CONFIG = ("--config", "raw=raw")
MASTERS = {"master_bias": 1, "master_dark": 1, "master_flat": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A night of four amplifiers whose headers tell no gain, and its calibrated frames."""
    folder = tmp_path_factory.mktemp("made")
    write_amplified(folder / "raw", size=96, count=4)
    run = snakemake(folder, "calibrated", *CONFIG)
    assert run.code == 0, run.text
    assert run.stages["amplifier_gains"] == 1
    assert MASTERS.items() <= run.stages.items()
    return folder


@pytest.fixture
def night(made, tmp_path) -> Path:
    """A copy of that night, times of change included."""
    return shutil.copytree(made, tmp_path / "night")


def again(folder: Path):
    return snakemake(folder, "-n", "calibrated", *CONFIG)


def gains_of(folder: Path) -> Path:
    [path] = (folder / "results" / "amplifiers").rglob("gains_*.json")
    return path


def test_they_are_measured_and_a_second_run_has_nothing_to_do(night):
    told = json.loads(gains_of(night).read_text())
    found = [one["gain_e_per_adu"] for one in told["amplifiers"]]
    assert found == pytest.approx([1.2, 1.5, 1.4, 1.0], rel=0.1)  # of 48 x 48 pixels each
    assert "Nothing to be done" in again(night).text


def test_they_are_known_though_no_record_of_the_run_is_left(night):
    shutil.rmtree(night / ".snakemake")
    assert "Nothing to be done" in again(night).text


def test_gains_that_come_out_otherwise_make_anew_what_was_made_of_them(night):
    path = gains_of(night)
    path.write_text(path.read_text().replace('"gain_error"', '"gain_error" '))
    run = again(night)
    assert MASTERS.items() <= run.stages.items()
    assert run.stages["calibrate"] > 0
    assert "amplifier_gains" not in run.stages
    said = "gains of amplifiers came out otherwise (amplifiers/kb42_96x96_b1/gains_20250815.json): "
    assert f"{said}1 bad-pixel mask, 4 calibrated lights, 3 masters" in run.text


def test_another_frame_among_those_that_measure_them_measures_them_again(night):
    (night / "raw" / "flat15_0.fits").unlink()
    run = again(night)
    assert run.stages["amplifier_gains"] == 1
    said = (
        "gains of amplifiers (amplifiers/kb42_96x96_b1/gains_20250815.json), and all that is put "
    )
    assert f"{said}together by them: 1 frame gone" in run.text
    assert "Masters: 3 to make" in run.text
    assert "4 to calibrate" in run.text


def test_gains_that_are_gone_are_measured_again_and_named_as_the_reason(night):
    gains_of(night).unlink()
    run = snakemake(night, "-n", "masters", *CONFIG)
    assert run.stages["amplifier_gains"] == 1
    assert "gains of amplifiers are measured again (amplifiers/kb42_96x96_b1/gains_" in run.text
    assert "Masters: 3 to make" in run.text


def test_a_later_night_measures_nothing_again(night):
    write_amplified(night / "raw", day=17, size=96, seed=9, kinds=KINDS[2:])
    stages = again(night).stages
    assert "amplifier_gains" not in stages
    assert stages["master_flat"] == 1
    assert "master_bias" not in stages


def test_a_file_of_gains_that_others_wrote_is_not_taken_for_them(night):
    shutil.rmtree(night / ".snakemake")
    gains_of(night).write_text("{}")
    run = again(night)
    assert run.code != 0
    assert "was not written by Plateworks" in run.text


def test_the_end_of_a_run_names_amplifiers_whose_gains_no_frame_shows(tmp_path):
    raw = write_amplified(tmp_path / "raw", size=96, kinds=KINDS[:1])
    for path in sorted(raw.glob("bias*")):  # flats that no light fell on
        with fits.open(path) as hdus:
            hdus[0].header["IMAGETYP"], hdus[0].header["EXPTIME"] = "flat", 1.0
            hdus[1].data += 1
            hdus.writeto(raw / path.name.replace("bias", "flat"))
    run = snakemake(tmp_path, "masters", *CONFIG)
    assert json.loads(gains_of(tmp_path).read_text())["amplifiers"] == []
    assert "1 setup of amplifiers without gains" in run.text
    assert "amplifiers stay as they are read, the flat evens them" in run.text


@pytest.mark.parametrize("shared", [False, True])
def test_two_raw_folders_in_turn_leave_each_others_gains_and_products_as_they_are(night, shared):
    """Also where they share bias frames and darks: gains that were measured before serve both."""
    write_amplified(night / "other", day=17, size=96, seed=9, kinds=KINDS[2 if shared else 0 :])
    for path in [*(night / "raw").glob("bias*"), *(night / "raw").glob("dark*")] if shared else ():
        shutil.copy2(path, night / "other")
    config = {name: ("--config", f"raw={name}") for name in ("raw", "other")}
    first = snakemake(night, "calibrated", *config["other"])
    assert first.code == 0, first.text
    assert "amplifier_gains" not in first.stages
    assert first.stages["calibrate"] > 0
    assert "are those that were measured by the flats of 20250815" in first.text
    for name in ("raw", "other", "raw"):
        run = snakemake(night, "calibrated", *config[name])
        assert run.code == 0, run.text
        made = {"amplifier_gains", *MASTERS, "calibrate", "cosmetic_list"} & run.stages.keys()
        assert not made, run.text


def test_another_frame_of_a_night_that_was_measured_before_measures_it_again(night):
    """Where an earlier night has come since, which would be tried first."""
    write_amplified(night / "raw", day=12, size=96, seed=9)
    assert "amplifier_gains" not in again(night).stages
    (night / "raw" / "flat15_0.fits").unlink()
    assert again(night).stages["amplifier_gains"] == 1


def test_flats_of_a_first_night_that_are_full_do_not_block_those_of_the_next(tmp_path):
    raw = write_amplified(tmp_path / "raw", size=96)
    for path in sorted(raw.glob("flat*")):
        with fits.open(path, mode="update") as hdus:
            for hdu in hdus[1:]:
                hdu.data[:] = 65535
    write_amplified(raw, day=17, size=96, seed=9)
    run = snakemake(tmp_path, "calibrated", *CONFIG)
    told = json.loads(gains_of(tmp_path).read_text())
    assert [one["night"] for one in told["nights"]] == ["20250815", "20250817"]
    assert len(told["amplifiers"]) == 4
    assert "were measured by the flats of 20250817, since nearer ones do not tell them" in run.text
    assert "amplifier_gains" not in again(tmp_path).stages
