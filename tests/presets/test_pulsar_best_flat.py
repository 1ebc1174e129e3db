"""PULSAR's best flat: the commands of the page, on a session whose dust tells which it is."""

import csv
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import median_filter

from presets import trees
from presets.autocalibrate import date
from presets.page import section
from presets.running import run
from presets.trees import read

PAGE = section("PULSAR: calibration")


BEST = "`autocalibrate --bestflat lights/*.fit output darks/ flats/`"
DEBUG = "`autocalibrate --bestflat --debug lights/*.fit output darks/ flats/`"
WIDE = (320, 400)


def dusty(x: float) -> np.ndarray:
    """Light that passes optics with the shadow of one mote at the column `x`."""
    row, column = np.indices(WIDE)
    radius2 = ((row - 160) / 200) ** 2 + ((column - 200) / 200) ** 2
    shadow = np.hypot(row - 160, column - x) < 65
    return (1 - 0.2 * radius2) * np.where(shadow, 0.95, 1.0)


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> Path:
    """A session whose dust is that of the older of two flats."""
    folder = tmp_path_factory.mktemp("best")
    rng = np.random.default_rng(3)

    def write(path: str, level: np.ndarray, kind: str, jd: float, **cards) -> None:
        image = rng.normal(level, np.sqrt(np.maximum(level, 1))).round()
        trees.write(folder / path, image.astype(np.uint16), imagetyp=kind, jd=jd, **cards)

    jd = date("2024-05-20")
    write("darks/dark120s.fit", np.full(WIDE, 300.0), "Dark Frame", jd, exptime=120.0)
    (folder / "darks/cosme120s.lst").write_text("P 1 1\n")
    for day, x in (("20240510", 120), ("20240518", 280)):
        when = date(f"{day[:4]}-{day[4:6]}-{day[6:]}")
        write(f"flats/flat_L_{day}.fit", 30000 * dusty(x), "Flat Frame", when, filter="L")
    for i in range(3):
        write(f"lights/raw{i}.fit", 300 + 2000 * dusty(120), "Light Frame", jd + i / 100,
              exptime=120.0, filter="L")  # fmt: skip
    run(PAGE.row(BEST), folder)
    return folder


def test_the_flat_with_the_dust_of_the_session_serves_all_its_lights_though_it_is_older(tried):
    products = sorted(tried.glob("output_exp120_L_*.fit"))
    assert [path.name for path in products] == [f"output_exp120_L_00{i}.fit" for i in (1, 2, 3)]
    for path in products:
        assert fits.getheader(path)["FLATFILE"] == "flat_L_20240510.fit"


def test_previews_and_trials_lie_in_the_debug_folder_of_the_guide(tried):
    assert PAGE.row(DEBUG).command == PAGE.row(BEST).command
    folder = tried / "debug/2024_05_20_L"
    assert sorted(path.name for path in folder.iterdir()) == [
        "hp_flat_L_20240518_sigma12.3_best.fit",  # PULSAR's own
        "light_median.fit", "light_median.png", "scores.csv", "trials",
    ]  # fmt: skip
    trials = sorted(path.name for path in (folder / "trials").glob("*.fit"))
    assert trials == ["flat_L_20240510_best.fit", "flat_L_20240518.fit"]
    with open(folder / "scores.csv", newline="") as stream:
        scores = {Path(row["flat"]).stem: float(row["score"]) for row in csv.DictReader(stream)}
    best, other = (fits.getheader(folder / "trials" / name)["SCORE"] for name in trials)
    assert scores == pytest.approx({"flat_L_20240510": best, "flat_L_20240518": other}, rel=1e-5)
    assert other > 1.5 * best


def test_the_preview_of_the_lights_is_reduced_by_eight_and_freed_of_stars(tried):
    dark = read(tried / "darks/dark120s.fit")
    blocks = [
        (read(path) - dark).reshape(40, 8, 50, 8).mean(axis=(1, 3))
        for path in sorted(tried.glob("lights/*.fit"))
    ]
    wanted = np.median([median_filter(block, size=16) for block in blocks], axis=0)
    preview = read(tried / "debug/2024_05_20_L/light_median.fit")
    inside = np.isfinite(preview)
    assert inside.sum() >= 25 * 35
    assert np.allclose(preview[inside], wanted[inside], rtol=1e-3)
