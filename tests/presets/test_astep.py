"""ASTEP's folders: a date each, kinds by file names, products beside the raw frames."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from presets import trees
from workflow import ROOT, Run, snakemake

PRESET = str(ROOT / "config" / "presets" / "astep.yaml")
FIRST, SECOND = "2012-06-04", "2012-06-05"


def cal(folder: Path, *arguments: str, dates: str = "") -> Run:
    config = ["raw=data", "results=data", *([f"dates={dates}"] if dates else [])]
    done = snakemake(folder, *arguments, "--configfile", PRESET, "--config", *config)
    assert done.code == 0, done.text
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """photocal.py on one of two dates."""
    folder = tmp_path_factory.mktemp("astep")
    trees.astep(folder / "data", FIRST, SECOND)
    cal(folder, "calibrated", dates=FIRST)
    return folder / "data"


def frames(data: Path, date: str) -> list[Path]:
    return sorted((data / date / f"{date}-CAMS_CAL").glob("*.fits"))


def test_calibrated_frames_lie_in_the_cal_folder_of_their_date(data):
    assert [path.name for path in frames(data, FIRST)] == [
        f"{FIRST}_20.00.00_SCIENCE_CAL.fits", f"{FIRST}_20.01.00_SCIENCE_CAL.fits",
    ]  # fmt: skip


def test_only_the_chosen_date_is_calibrated(data):
    assert frames(data, SECOND) == []


def test_they_are_in_electrons_without_dark_and_vignette(data):
    with fits.open(frames(data, FIRST)[0]) as hdus:
        image, header = hdus[0].data, hdus[0].header
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "MASK"]
    assert header["BUNIT"] == "electron"
    assert header["GAIN"] == 2.0
    assert np.median(image) == pytest.approx(trees.SKY * 2.0, rel=0.01)
    assert image[24, 32] == pytest.approx(image[2, 2], rel=0.05)


def test_the_masters_are_those_of_the_same_date_and_of_their_exposures(data):
    masters = {path.name for path in data.glob("masters/*/*.fits")}
    assert masters == {"dark_90s_20120604.fits", "darkflat_10s_20120604.fits",
                       "flat_nofilter_20120604.fits"}  # fmt: skip


def test_finished_frames_are_skipped_and_products_are_no_raw_frames(data):
    frames(data, FIRST)[1].unlink()
    done = cal(data.parent, "calibrated", "-n", dates=f"{FIRST}..{SECOND}")
    assert "Found 22 raw frames" in done.text
    outputs = done.text.split("Reasons:")[0]
    assert f"{FIRST}_20.01.00_SCIENCE_CAL.fits" in outputs
    assert f"{SECOND}_20.00.00_SCIENCE_CAL.fits" in outputs
    assert done.stages["calibrate"] == 2


def test_force_makes_all_frames_again(data):
    done = cal(data.parent, "calibrated", "-n", "--forceall", dates=FIRST)
    assert done.stages["calibrate"] == 1
    assert done.stages["master_dark"] == 2


@pytest.fixture(scope="module")
def poor(tmp_path_factory) -> Path:
    """A date with bias frames alone: no dark, no sky flat."""
    folder = tmp_path_factory.mktemp("poor")
    cams = folder / "data" / FIRST / f"{FIRST}-CAMS"
    for i in range(3):
        cards = {"exptime": 0.0, "date_obs": f"{FIRST}T18:{i:02d}:00"}
        trees.write(cams / f"{i}_BIAS.fits", trees.pixels("bias", 0.0, i), **cards)
    light = trees.pixels("light", 90.0, 5)
    cards = {"exptime": 90.0, "date_obs": f"{FIRST}T20:00:00"}
    trees.write(cams / "x_SCIENCE.fits", light, **cards)
    cal(folder, "calibrated")
    return folder / "data"


def test_bias_serves_where_there_is_no_dark_and_a_missing_flat_is_left_out(poor):
    raw = trees.read(poor / FIRST / f"{FIRST}-CAMS" / "x_SCIENCE.fits")
    [product] = frames(poor, FIRST)
    header = fits.getheader(product)
    assert header["EGAIN"] == 1.0
    assert header["RAWEGAIN"] == 2.0
    wanted = 2.0 * (raw - trees.BIAS)
    assert np.median(np.abs(trees.read(product) - wanted)) <= 4.0


def test_solved_frames_are_new_files_beside_the_calibrated_ones(poor):
    done = cal(poor.parent, "solved", "-n")
    assert f"data/{FIRST}/{FIRST}-CAMS_WCS/x_SCIENCE_CAL.fits" in done.text
