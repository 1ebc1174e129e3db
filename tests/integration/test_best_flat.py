"""The best flat of a session, found by trial through the whole workflow."""

import csv
import shutil

import numpy as np
import pytest
from astropy.io import fits

from frames import CAMERA
from workflow import ROOT, snakemake

SHAPE = (480, 640)
RNG = np.random.default_rng(11)


def response(dust: tuple[int, int]) -> np.ndarray:
    """A vignette with one wide shadow of dust at `dust` (x, y)."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    radius = np.hypot(x - SHAPE[1] / 2, y - SHAPE[0] / 2) / 400
    shadow = np.hypot(x - dust[0], y - dust[1]) < 70
    return (1 - 0.3 * radius**2) * np.where(shadow, 0.96, 1.0)


def write(path, kind: str, level: np.ndarray | float, when: str, **cards) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.normal(500 + level * np.ones(SHAPE), np.sqrt(4 + np.maximum(level, 0)))
    header = fits.Header({**CAMERA, "IMAGETYP": kind, "DATE-OBS": when, **cards})
    fits.writeto(path, np.rint(pixels).astype(np.uint16), header)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Lights whose dust is that of the older of two sets of flats."""
    folder = tmp_path_factory.mktemp("best")
    for i in range(3):
        dark = {"EXPTIME": 60.0}
        write(folder / "raw" / f"bias_{i}.fits", "BIAS", 0.0, f"2025-08-14T20:0{i}:00", EXPTIME=0.0)
        write(folder / "raw" / f"dark_{i}.fits", "DARK", 0.0, f"2025-08-14T21:0{i}:00", **dark)
        for day, dust in (("13", (200, 240)), ("14", (450, 240))):
            flat = {"FILTER": "L", "EXPTIME": 1.0}
            when = f"2025-08-{day}T19:0{i}:00"
            path = folder / "raw" / f"flat_{day}_{i}.fits"
            write(path, "FLAT", 20000 * response(dust), when, **flat)
        light = {"FILTER": "L", "EXPTIME": 60.0}
        when = f"2025-08-14T22:0{i}:00"
        path = folder / "raw" / f"light_{i}.fits"
        write(path, "LIGHT", 1000 * response((200, 240)), when, **light)
    (folder / "c.yaml").write_text("raw: raw\nmatching: {best_flat: true}\n")
    run = snakemake(folder, "calibrated", "--configfile", "c.yaml")
    assert run.code == 0, run.text
    return folder


def test_the_flat_with_the_dust_of_the_lights_is_used_though_it_is_older(night):
    for path in sorted(night.glob("results/calibrated/20250814/*.fits")):
        header = fits.getheader(path)
        assert header["FLATFILE"] == "flat_l_20250813.fits"
        assert header["FLATWHY"].startswith("best of 2 by trial, score ")


def test_scores_of_all_candidates_are_a_table(night):
    [scores] = night.glob("results/flats/*/20250814_L/scores.csv")
    rows = list(csv.DictReader(scores.open()))
    assert [row["flat"].rsplit("/", 1)[-1] for row in rows] == [
        "flat_l_20250813.fits", "flat_l_20250814.fits",
    ]  # fmt: skip
    assert float(rows[1]["score"]) > 1.3 * float(rows[0]["score"])


def test_previews_and_trials_can_be_looked_at(night):
    names = {path.name for path in night.glob("results/flats/*/20250814_L/trials/flat*")}
    assert names == {
        "flat_l_20250813_best.fits", "flat_l_20250813_best.png",
        "flat_l_20250814.fits", "flat_l_20250814.png",
    }  # fmt: skip
    [light] = night.glob("results/flats/*/20250814_L/light.fits")
    assert fits.getdata(light).shape == (60, 80)
    assert light.with_suffix(".png").exists()
    assert len(list(night.glob("results/previews/*/preview_*.png"))) == 2


def test_the_calibrated_sky_is_even(night):
    data = fits.getdata(next(night.glob("results/calibrated/20250814/*.fits")))
    corners = [data[:120, :160], data[-120:, -160:], data[180:300, 120:280], data[180:300, 370:530]]
    levels = [np.median(corner) for corner in corners]
    assert np.ptp(levels) < 0.02 * np.mean(levels)


def test_a_second_run_has_nothing_to_do(night):
    run = snakemake(night, "calibrated", "-n", "--configfile", "c.yaml")
    assert "Nothing to be done" in run.text


def test_a_light_that_goes_costs_its_trial_itself_alone_until_it_is_back(night, tmp_path):
    shutil.copytree(night / "raw", tmp_path / "raw", copy_function=shutil.copy2)
    shutil.copy(night / "c.yaml", tmp_path)
    light, away = tmp_path / "raw" / "light_1.fits", tmp_path / "away.fits"
    thief = tmp_path / "thief.smk"
    thief.write_text(
        f'include: "{ROOT}/Snakefile"\n'
        f'onstart:\n    Path("{light}").rename("{away}")\n'
    )  # fmt: skip
    robbed = snakemake(tmp_path, "calibrated", "--configfile", "c.yaml", snakefile=thief)
    assert robbed.code == 1
    conclusion = robbed.text.rpartition("Made so far")[2]
    assert "A trial of flats goes without lights that could not be read: " in conclusion
    assert "light_1.fits: cannot be read (No such file" in conclusion
    [preview] = tmp_path.glob("results/flats/*/20250814_L/light.fits")
    assert fits.getval(preview, "NCOMBINE") == 2
    made = [*tmp_path.glob("results/calibrated/20250814/*.fits")]
    assert sorted("PWFAIL" in fits.getheader(path) for path in made) == [False, False, True]

    away.rename(light)
    again = snakemake(tmp_path, "calibrated", "--configfile", "c.yaml")
    assert again.code == 0, again.text
    assert fits.getval(preview, "NCOMBINE") == 3
    assert not any("PWFAIL" in fits.getheader(path) for path in made)
    assert "Nothing to be done" in snakemake(tmp_path, "calibrated", "--configfile", "c.yaml").text


def test_without_the_switch_nothing_is_tried(night):
    run = snakemake(night, "calibrated", "-n", "--config", "raw=raw")
    assert run.stages["calibrate"]
    assert "rank_flats" not in run.stages
