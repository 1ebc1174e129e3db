"""PULSAR's options, its order of steps and its troubles: rows of the page's tables, on plans."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.jobs.jobs import Jobs
from plateworks.pixels import flatrank
from plateworks.pixels.darkscale import optimise
from plateworks.products.calibrated import calibrate_frames
from presets import trees
from presets.autocalibrate import chosen, dark, flat, light, order, plan
from presets.page import section
from presets.planned import table
from presets.trees import JD, read

PAGE = section("PULSAR: calibration")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder of a plan."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- calibrate -------------------------------------------------------------------------------------


def test_each_option_of_calibrate_can_be_pinned():
    light()
    dark("dark.fit", biassub=True)
    dark("other.fit", days=1)
    flat("flat.fit")
    flat("newer.fit", days=1)
    trees.pulsar_bias(Path("darks"), ["bias.fit"])
    use = {"dark": "dark.fit", "bias": "bias.fit", "flat": "flat.fit", "mult": 25000.0,
           "cosmetic": "cosme.lst", "k": "optimise"}  # fmt: skip
    light_order = order(overrides=[{"use": use}])
    taken = light_order.frame.subtraction
    assert (taken.bias, taken.dark.path) == ("darks/bias.fit", "darks/dark.fit")
    assert (taken.dark.bias_inside, taken.dark.fit_bounds) == (False, (0.0, 5.0))
    assert light_order.frame.cosmetic == "cosme.lst"
    assert (light_order.flat.path, light_order.mult) == ("flats/flat.fit", 25000.0)
    assert order(overrides=[{"use": use | {"cosmetic": "none"}}]).frame.cosmetic is None


def test_k_is_the_median_over_tiles_of_256():
    rng = np.random.default_rng(1)
    thermal = rng.normal(40, 2, (256, 768))
    thermal[::9, ::7] = 1000
    k = np.repeat([1.0, 1.1, 1.6], 256)
    scale = optimise(500 + k * thermal + rng.normal(0, 2, thermal.shape), thermal)
    assert scale.tiles == 3
    assert scale.k == pytest.approx(1.1, abs=0.01)


# -- options and names of autocalibrate ------------------------------------------------------------


def test_flats_are_tried_in_the_folder_of_their_session_and_filter():
    light(jd=JD + 1)
    dark("dark120s.fit")
    flat("one.fit", days=-1)
    flat("two.fit")
    trial = order(matching={"best_flat": True}).trial
    assert [one.path for one in trial.candidates] == ["flats/two.fit", "flats/one.fit"]
    assert trial.scores == "results/debug/2024_05_20_L/scores.csv"
    assert plan().naming.trial_light == "light_median.fit"


def test_flats_are_tried_with_the_numbers_of_the_guide():
    numbers = ("FACTOR", "STARS", "LEVEL", "BACKGROUND", "BLUR")
    assert [getattr(flatrank, name) for name in numbers] == [8, 16, 5000.0, 0.3, 5.0]


def test_a_flat_may_be_two_days_later_unless_another_number_is_given():
    light()
    dark("dark120s.fit")
    flat("early.fit", days=-40)
    flat("near.fit", days=1.9)
    flat("far.fit", days=2.1)
    assert chosen("flat") == "near.fit"
    assert chosen("flat", matching={"flat_future_days": 3.0}) == "far.fit"
    [refusal] = [row for row in table(plan(), "refusals") if row["slot"] == "flat"]
    told = ("at most 2 days later", "2.1 days later", "matching.flat_future_days")
    assert (refusal["wanted"], refusal["found"], refusal["setting"]) == told


@pytest.mark.parametrize(
    ("flats", "wanted"),
    [
        ({"before": -30, "within": -5, "just": 1, "late": 10}, "just"),
        ({"before": -30, "late": 10, "later": 20}, "later"),
        ({"before": -30, "after": 50}, "before"),
    ],
)
def test_flats_of_the_maintenance_interval_come_first(flats, wanted):
    """The light is of 2024-05-20, its interval from 2024-05-10 to 2024-07-01."""
    Path("maintenance.csv").write_text(
        "2024-03-15T14:00:00,ASI2600MM,Initial setup\n"
        "2024-05-10T12:30:00,ASI2600MM,Rotated camera\n"
        "2024-05-15T12:30:00,another camera,\n"
        "2024-07-01T10:00:00,ASI2600MM,Changed filter wheel\n"
    )
    light()
    dark("dark120s.fit")
    for name, days in flats.items():
        flat(f"{name}.fit", days=days)
    assert chosen("flat", matching={"maintenance_log": "maintenance.csv"}) == f"{wanted}.fit"


@pytest.mark.parametrize(("exposure", "text"), [(120.0, "120"), (0.5, "0p5")])
def test_products_are_named_and_numbered_as_in_the_guide(exposure, text):
    dark("dark.fit", exposure)
    flat("flat.fit")
    for i in (2, 1):
        light(f"raw{i}", exposure, jd=JD + i / 100)
    paths = {one.frame.path: one.calibrated for one in plan().to_calibrate}
    assert paths == {f"lights/raw{i}.fit": f"results/output_exp{text}_L_00{i}.fit" for i in (1, 2)}


# -- the calibrated frame --------------------------------------------------------------------------


def test_a_hot_pixel_is_repaired_before_the_flat_and_what_has_no_flat_is_zero():
    dead, row, column = (40, 8), *trees.HOT
    light()
    dark("dark120s.fit", days=-1)
    Path("darks/cosme120s.lst").write_text(f"{column} {row}\n")
    flat("flat_l.fit")
    level = fits.getdata("flats/flat_l.fit")
    level[dead] = 0
    level[row, column] = 30000
    header = fits.getheader("flats/flat_l.fit")
    fits.writeto("flats/flat_l.fit", level, header, overwrite=True)
    made = plan()
    Path("results").mkdir(exist_ok=True)
    calibrate_frames(Jobs(made).calibration(made.to_calibrate))
    image = read(Path("lights/a.fit")) - read(Path("darks/dark120s.fit"))
    around = np.delete(image[row - 1 : row + 2, column - 1 : column + 2].ravel(), 4)
    image[row, column] = np.median(around)
    divisor = level.astype(float)
    divisor[dead] = np.inf
    wanted = np.clip(image * np.median(level) / divisor, 0, 65535)
    with fits.open("results/output_exp120_L_001.fit") as hdus:
        product, mask = hdus[0].data, hdus["MASK"].data
    assert product.dtype == np.uint16
    assert np.abs(product - wanted).max() <= 0.51
    assert np.argwhere(mask).tolist() == [[row, column], list(dead)]


# -- troubles --------------------------------------------------------------------------------------


def test_a_light_without_usable_masters_says_what_stood_in_the_way(monkeypatch):
    light()
    dark("qhy.fit", gain=1)
    flat("ha.fit", "Ha")
    monkeypatch.setattr(trees, "SHAPE", (48, 60))
    dark("narrow.fit")
    [one] = plan(raw=["lights"], calibrate={"require": ["flat"]}).lights
    assert "no master flat matches: FILTER ha instead of l" in one.refused
    told = {Path(row["candidate"]).name: row for row in table(plan(), "refusals")}
    assert (told["ha.fit"]["field"], told["ha.fit"]["found"]) == ("FILTER", "ha")
    size = told["narrow.fit"]
    assert (size["field"], size["wanted"], size["found"]) == ("size", "64x48", "60x48")


def test_the_dark_of_every_light_is_fitted_on_request():
    light()
    dark("dark120s.fit")
    flat("flat_l.fit")
    trees.pulsar_bias(Path("darks"), ["bias.fit"])
    assert order().frame.subtraction.dark.fit_bounds is None
    taken = order(matching={"dark_scale": "optimise"}).frame.subtraction
    assert (taken.bias, taken.dark.fit_bounds) == ("darks/bias.fit", (0.0, 5.0))
