"""PULSAR's rules for calibration: every row of the page's tables, on plans and single jobs."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.pixels import flatrank
from plateworks.pixels.darkscale import optimise
from plateworks.planning.jobs import Jobs
from plateworks.planning.plan import Plan
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.lists import read_list
from presets import trees
from presets.page import section
from presets.planned import planned, table
from presets.trees import JD, pulsar_frame, read

PAGE = section("PULSAR: calibration")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder of a plan."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dark(path: str, exposure: float = 120.0, days: float = 0.0, **cards) -> None:
    pulsar_frame(Path("darks", path), "dark", exposure, jd=JD + days, **cards)


def flat(path: str, code: str = "L", days: float = 0.0, **cards) -> None:
    pulsar_frame(Path("flats", path), "flat", 2.0, 9, bias=0, filter=code, jd=JD + days, **cards)


def light(name: str = "a", exposure: float = 120.0, **cards) -> None:
    pulsar_frame(Path(f"lights/{name}.fit"), "light", exposure, **cards)


def plan(**given) -> Plan:
    """Plan autocalibrate lights/*.fit output darks/ flats/."""
    library = [name for name in ("darks", "flats") if Path(name).exists()]
    return planned("pulsar", **({"raw": "lights/*.fit", "library": library} | given))


def chosen(slot: str, **given) -> str | None:
    """Return the master that stands in a slot of the only light."""
    [one] = plan(**given).lights
    match = getattr(one, slot)
    return match and match.master.path.partition("/")[2]


def job(**given) -> dict:
    """Return what calibrating the only light is told."""
    made = plan(**given)
    [told] = Jobs(made).calibration(made.to_calibrate)
    return told


# -- calibrate -------------------------------------------------------------------------------------


@PAGE.shows(
    "**calibrate**: `-d dark.fit`", "`-b bias.fit`", "`-f flat.fit K`", "`-c cosme.lst`, or none",
    "`-o`, `-optimize`",
)  # fmt: skip
def test_each_option_of_calibrate_can_be_pinned():
    light()
    dark("dark.fit", biassub=True)
    dark("other.fit", days=1)
    flat("flat.fit")
    flat("newer.fit", days=1)
    trees.pulsar_bias(Path("darks"), ["bias.fit"])
    use = {"dark": "dark.fit", "bias": "bias.fit", "flat": "flat.fit", "mult": 25000.0,
           "cosmetic": "cosme.lst", "k": "optimise"}  # fmt: skip
    told = job(overrides=[{"use": use}])
    wanted = {"dark": "darks/dark.fit", "bias": "darks/bias.fit", "flat": "flats/flat.fit",
              "mult": 25000.0, "cosmetic": "cosme.lst", "bias_inside": False}  # fmt: skip
    assert {key: told[key] for key in wanted} == wanted
    assert "optimise" in told
    assert "cosmetic" not in job(overrides=[{"use": use | {"cosmetic": "none"}}])


@PAGE.shows("optimisation: tiles of 256, median of K")
def test_k_is_the_median_over_tiles_of_256():
    rng = np.random.default_rng(1)
    thermal = rng.normal(40, 2, (256, 768))
    thermal[::9, ::7] = 1000
    k = np.repeat([1.0, 1.1, 1.6], 256)
    scale = optimise(500 + k * thermal + rng.normal(0, 2, thermal.shape), thermal)
    assert scale.tiles == 3
    assert scale.k == pytest.approx(1.1, abs=0.01)


# -- options and names of autocalibrate ------------------------------------------------------------


@PAGE.shows(
    "**autocalibrate**: `--bestflat`", "dust donuts", "`--debug`",
    "`debug/2024_05_20_L/light_median.fit`, `hp_flat_…_best.fit`",
)  # fmt: skip
def test_flats_are_tried_in_the_folder_of_their_session_and_filter():
    light(jd=JD + 1)
    dark("dark120s.fit")
    flat("one.fit", days=-1)
    flat("two.fit")
    told = job(matching={"best_flat": True})
    assert [one["flat"] for one in told["flats"]] == ["flats/two.fit", "flats/one.fit"]
    assert told["scores"] == "results/debug/2024_05_20_L/scores.csv"
    assert plan().naming.trial_light == "light_median.fit"


@PAGE.shows("**Best flat**: previews 8×8, median filter, division, high-pass, blur, least σ")
def test_flats_are_tried_with_the_numbers_of_the_guide():
    numbers = ("FACTOR", "STARS", "LEVEL", "BACKGROUND", "BLUR")
    assert [getattr(flatrank, name) for name in numbers] == [8, 16, 5000.0, 0.3, 5.0]


@PAGE.shows("`--flat-future-days N`")
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


@PAGE.shows(
    "`--flatlog FILE`",
    "**Maintenance log**: interval, limit within, latest of the interval, then all",
)
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


@PAGE.shows("`output_exp120_L_001.fit`")
@pytest.mark.parametrize(("exposure", "text"), [(120.0, "120"), (0.5, "0p5")])
def test_products_are_named_and_numbered_as_in_the_guide(exposure, text):
    dark("dark.fit", exposure)
    flat("flat.fit")
    for i in (2, 1):
        light(f"raw{i}", exposure, jd=JD + i / 100)
    paths = {one.frame.path: one.calibrated for one in plan().to_calibrate}
    assert paths == {f"lights/raw{i}.fit": f"results/output_exp{text}_L_00{i}.fit" for i in (1, 2)}


# -- folders and lists -----------------------------------------------------------------------------


@PAGE.shows("**Required**: all from headers, names not parsed")
def test_everything_may_lie_in_one_folder_under_any_names():
    pulsar_frame(Path("all/flat_1.fit"), "dark", 120.0)
    pulsar_frame(Path("all/dark_2.fit"), "flat", 2.0, bias=0)
    pulsar_frame(Path("all/raw_3.fit"), "light", 120.0)
    [one] = plan(raw="all/raw*.fit", library=["all"]).to_calibrate
    assert (one.dark.master.path, one.flat.master.path) == ("all/flat_1.fit", "all/dark_2.fit")


@PAGE.shows("**Dark folder**: any structure", "**Flat folder**: any structure")
@pytest.mark.parametrize("where", ["", "2024_05/", "Telescope_A/2024_06/"])
def test_darks_and_flats_are_found_at_any_depth(where):
    light()
    dark(f"{where}x.fit")
    flat(f"{where}y.fit")
    assert (chosen("dark"), chosen("flat")) == (f"{where}x.fit", f"{where}y.fit")


@PAGE.shows(
    "list `dark120s.fit` → `cosme120s.lst`, `Dark_2024.fit` → `cosme_2024.lst`, "
    "`master_dark_60s.fit` → `master_cosme_60s.lst`"
)
@pytest.mark.parametrize(
    ("name", "listed"),
    [("dark120s.fit", "cosme120s.lst"), ("Dark_2024.fit", "cosme_2024.lst"),
     ("master_dark_60s.fit", "master_cosme_60s.lst"), ("Master_Dark.fit", "master_cosme.lst")],
)  # fmt: skip
def test_the_list_of_a_dark_has_its_name(name, listed):
    light()
    dark(name)
    flat("flat_l.fit")
    for other in (listed, "zzz.lst"):
        Path("darks", other).write_text("1 1\n")
    assert job()["cosmetic"] == f"darks/{listed}"


@PAGE.shows("else the most recent list of the tree")
def test_a_dark_without_a_list_takes_that_of_the_newest_dark():
    light()
    dark("a/dark120s.fit", days=1)
    for name, days in (("b/dark60s", -1), ("c/dark30s", 0)):
        dark(f"{name}.fit", 60.0, days)
        Path("darks", f"{name}.lst".replace("dark", "cosme")).write_text("1 1\n")
    flat("flat_l.fit")
    assert job()["cosmetic"] == "darks/c/cosme30s.lst"


@PAGE.shows("hot pixels remain")
def test_a_dark_gets_a_list_where_there_is_none():
    light()
    dark("dark120s.fit")
    flat("flat_l.fit")
    assert job()["cosmetic"] == "results/cosme120s.lst"
    assert Jobs(plan()).cosmetic_files() == ["results/cosme120s.lst"]


@PAGE.shows("**Cosmetic format** `X Y`, counted from 0")
@pytest.mark.parametrize("text", ["# X Y\n3 0\n1 2\n", "P 3 0\r\nP 1 2\r\n", "P 3 0 H\nP 1 2 C\n"])
def test_lists_are_read_in_all_forms(text):
    Path("cosme.lst").write_bytes(text.encode())
    assert read_list("cosme.lst", (3, 4)).tolist() == [[3, 0], [1, 2]]


@PAGE.shows("**Library layout** `ASI2600MM/darks/…`, `maintenance.csv`")
def test_a_library_by_camera_telescope_and_month_is_one_tree():
    light()
    for name in ("2024_05", "2024_06"):
        dark(f"../CalibrationLibrary/ASI2600MM/darks/{name}/dark120s.fit", days=int(name[-1]))
    for name in ("Telescope_A/2024_05", "Telescope_A/2024_06", "Telescope_B"):
        day = {"5": -2, "6": 30}.get(name[-1], -9)
        flat(f"../CalibrationLibrary/ASI2600MM/flats/{name}/flat_L.fit", days=day)
    [one] = plan(library=["CalibrationLibrary/ASI2600MM"]).to_calibrate
    tree = "CalibrationLibrary/ASI2600MM"
    assert one.dark.master.path == f"{tree}/darks/2024_06/dark120s.fit"
    assert one.flat.master.path == f"{tree}/flats/Telescope_A/2024_05/flat_L.fit"


# -- headers and matching --------------------------------------------------------------------------


@PAGE.shows(
    "**Headers of lights**: `EXPTIME` or `EXPOSURE`, `JD`, `FILTER` or `FILTERS`, `INSTRUME`",
    "headers of darks: `EXPTIME`, `JD`", "headers of flats: `FILTER`, `JD`",
)  # fmt: skip
@pytest.mark.parametrize(
    ("cards", "of_flats"),
    [
        ({}, {}),
        ({"exptime": None, "exposure": 120.0}, {}),
        ({"filter": None, "filters": "L"}, {"filter": None, "filters": "L"}),
        ({"jd": None, "mjd-obs": JD - 2400000.5}, {"jd": None, "date-obs": "2024-05-20T00:00:00"}),
    ],
)
def test_frames_may_say_the_same_in_other_words(cards, of_flats):
    pulsar_frame(Path("lights/a.fit"), "light", 120.0, **cards)
    dark("near.fit", 100.0)
    pulsar_frame(
        Path("darks/exact.fit"), "dark", 120.0, **{k: v for k, v in cards.items() if k != "filters"}
    )
    flat("other.fit", "Ha")
    code = {"jd": JD} | of_flats
    pulsar_frame(Path("flats/l.fit"), "flat", 2.0, bias=0, **code)
    [one] = plan().to_calibrate
    assert one.frame.mjd == pytest.approx(JD - 2400000.5)
    assert (one.dark.master.path, one.flat.master.path) == ("darks/exact.fit", "flats/l.fit")


@PAGE.shows("**Dark matching**: exact, newest; else closest")
@pytest.mark.parametrize(
    ("exposure", "name"),
    [
        (120.0, "new120.fit"),
        (120.0000001, "new120.fit"),
        (70.0, "new60.fit"),
        (600.0, "new120.fit"),
    ],
)
def test_the_newest_dark_of_the_nearest_exposure_is_taken_unscaled(exposure, name):
    light("a", exposure)
    for path, seconds, days in (
        ("new120.fit", 120.0, 100), ("old120.fit", 120.0, -1), ("old60.fit", 60.0, -9),
        ("new60.fit", 60.0, 0),
    ):  # fmt: skip
        dark(path, seconds, days)
    flat("flat_l.fit")
    assert chosen("dark") == name
    assert job()["k"] == 1.0


@PAGE.shows("**Flat matching**: filter, date up to N days later, newest; else L")
@pytest.mark.parametrize(("code", "name"), [("Ha", "Ha-2.fit"), ("OIII", "L-90.fit")])
def test_the_newest_flat_of_the_filter_is_taken_else_one_in_l(code, name):
    light(filter=code)
    dark("dark120s.fit")
    for of, days in (("Ha", -2), ("Ha", -10), ("Ha", 5), ("L", -90), ("SII", 0)):
        flat(f"{of}{days}.fit", of, days)
    assert chosen("flat") == name


@PAGE.shows("sessions from noon to noon")
def test_noon_of_the_site_divides_the_nights():
    second = 1 / 86400
    for i, seconds in enumerate((-1, 0, 1)):
        light(f"l{i}", jd=JD + 0.5 - 30 / 360 + seconds * second)
    made = plan(site={"longitude": 30.0}, calibrate={"require": []})
    sessions = [one.session for one in sorted(made.lights, key=lambda one: one.name)]
    assert sessions == ["20240519", "20240519", "20240520"]


# -- the calibrated frame --------------------------------------------------------------------------


@PAGE.shows(
    "correction by the median of neighbours",
    "**Order**: bias, dark, cosmetic, flat, NaN, clamp",
    "**Flat multiplier** = median of the flat",
    "**Checks**: histograms, dust, hot pixels, gradients",
)  # fmt: skip
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
    told = Jobs(made).calibration(made.to_calibrate)
    settings = made.settings
    Path("results").mkdir(exist_ok=True)
    calibrate_frames(
        told, options=settings["calibrate"], cosmics=settings["cosmics"],
        repair=settings["cosmetic"]["method"],
    )  # fmt: skip
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


@PAGE.shows(
    '**Trouble**: "No usable darks found", "No usable flats found"', '"Shape mismatch"',
)  # fmt: skip
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


@PAGE.shows("gradient in result")
def test_the_dark_of_every_light_is_fitted_on_request():
    light()
    dark("dark120s.fit")
    flat("flat_l.fit")
    trees.pulsar_bias(Path("darks"), ["bias.fit"])
    assert "optimise" not in job()
    assert job(matching={"dark_scale": "optimise"})["bias"] == "darks/bias.fit"
    assert "optimise" in job(matching={"dark_scale": "optimise"})


def test_every_row_of_the_page_is_shown():
    importlib.import_module("presets.test_pulsar_calibration")  # shows the commands
    assert PAGE.unshown() == []
