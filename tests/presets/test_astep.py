"""ASTEP's pipeline: every row of the page, on its folders of dates, with fields that solve."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.demo.scene import INDEX, Psf, draw_stars, make_wcs, read_stars
from plateworks.jobs.jobs import Jobs
from plateworks.pixels.masks import BAD, COSMIC
from plateworks.products.calibrated import calibrate_frames
from plateworks.sky.hints import limits_of
from presets import trees
from presets.astepfolders import (
    DATA,
    FIRST,
    OLD,
    SECOND,
    THIRD,
    leave_finished,
    master,
    of_date,
    products,
)
from presets.page import section
from presets.planned import planned, table
from presets.running import run
from presets.trees import read
from workflow import Run

PAGE = section("ASTEP")

SIDE = 256
#: The field, a degree wide and turned by 10 degrees.
TRUTH = make_wcs(322.95, 48.43, 3600 / SIDE, 10.0, (SIDE, SIDE))
#: A pixel with a tenth of the light, pixels hit by cosmic rays, and how much came, ADU.
DEAD = (200, 31)
RAYS = [(20 + 12 * i, 240) for i in range(16)]
HEIGHTS = np.append(np.linspace(100, 400, len(RAYS) - 1), 1500)

#: The stars of these tests have an index of their own.
INDEXES = f"solve={{index_dirs: [{INDEX.parent}]}}"


def sky() -> np.ndarray:
    """Stars and cosmic rays, ADU."""
    stars = read_stars()
    x, y = TRUTH.world_to_pixel_values(stars["ra"], stars["dec"])
    flux = 6e4 * 10 ** (-0.4 * (stars["vt"] - 10))
    image = draw_stars((SIDE, SIDE), x, y, flux, Psf(core=1.5, halo=3.0))
    for (row, column), height in zip(RAYS, HEIGHTS, strict=True):
        image[row, column] += height
    return image


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Three dates with all frames, of which one is of science, and one that cal.sh finished."""
    data = tmp_path_factory.mktemp("astep") / "data"
    night = trees.Astep(data, (SIDE, SIDE), sky(), DEAD)
    leave_finished(night)
    for date in (FIRST, SECOND, THIRD):
        night.calibration(date)
        night.cams(date, "SCIENCE", 20)
    return data


def go_on(row: str, data: Path) -> tuple[Run, dict[str, int]]:
    """Run a command of the page on the data folder, and return all products of ours then."""
    done = run(PAGE.row(row), data.parent, INDEXES, at=DATA)
    theirs = of_date(OLD, kinds=("CAL",))
    return done, {path: when for path, when in products(data).items() if path not in theirs}


ONE, SOME = "one date", "a date range: keep only some folders in `data_subset`"
ALL = "`./scripts/cal.sh /path/to/data`"


@pytest.fixture(scope="module")
def first(data) -> dict[str, int]:
    return go_on(ONE, data)[1]


@pytest.fixture(scope="module")
def first_two(data, first) -> dict[str, int]:
    return go_on(SOME, data)[1]


@pytest.fixture(scope="module")
def everything(data, first_two) -> dict[str, int]:
    return go_on(ALL, data)[1]


# -- dates -----------------------------------------------------------------------------------------


def test_the_frames_of_one_date_are_calibrated_and_solved_into_the_folders_of_the_guide(first):
    assert set(first) == of_date(FIRST)


def test_a_range_of_dates_adds_what_is_missing_of_it(first, first_two):
    assert set(first_two) == of_date(FIRST) | of_date(SECOND)
    assert first.items() <= first_two.items()


def test_all_dates_are_found_and_finished_frames_are_left_alone(first_two, everything):
    assert set(everything) == of_date(FIRST) | of_date(SECOND) | of_date(THIRD)
    assert first_two.items() <= everything.items()


def test_a_finished_folder_has_nothing_to_be_done(data, everything):
    done, after = go_on(ALL, data)
    assert "Nothing to be done" in done.text
    assert "All is there of 34 raw frames" in done.text  # products beside them are none
    assert f"{OLD}_20.00.00_SCIENCE_CAL.fits, by another program, stays" in done.text
    assert after == everything


def test_dates_stay_apart_unless_others_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    night = trees.Astep(tmp_path / "data")
    night.calibration(FIRST)
    night.cams(SECOND, "SCIENCE", 20)
    alone = planned("astep", raw="data", results="data")
    assert not alone.to_calibrate
    [refused] = [row for row in table(alone, "refusals") if "dark_90s" in row["candidate"]]
    assert (refused["field"], refused["found"]) == ("date", "4 nights earlier")
    asked = planned("astep", raw="data", results="data", matching={"by_date": "nearest"})
    [light] = asked.to_calibrate
    assert light.dark.reason == "4 days older"
    assert light.flat is not None


# -- masters and calibrated frames -----------------------------------------------------------------


def test_science_and_flats_have_darks_of_their_own_exposures(data, everything):
    for name, seconds in (("dark_90s", 90.0), ("darkflat_10s", 10.0)):
        pixels, header = master(data, name)
        assert (header["EXPTIME"], header["NCOMBINE"]) == (seconds, 3)
        assert (header["COMBMETH"], header["REJHIGH"]) == ("sigma_clip", 3.0)
        assert np.median(pixels) == pytest.approx(trees.BIAS + trees.DARK * seconds, rel=0.01)


def test_the_flat_has_the_median_one_and_the_shape_of_the_light(data, everything):
    flat, header = master(data, "flat_nofilter")
    assert np.median(flat) == pytest.approx(1.0, abs=1e-6)
    response = trees.Astep(data, (SIDE, SIDE), dead=DEAD).response()
    noise = (2 * trees.FLAT) ** -0.5
    assert np.allclose(flat, response / np.median(response), atol=6 * noise)
    assert "darkflat_10s_20120604.fits" in str(header["HISTORY"])


@pytest.fixture(scope="module")
def calibrated(data, everything) -> tuple[np.ndarray, np.ndarray, fits.Header]:
    with fits.open(data / min(of_date(FIRST, kinds=("CAL",)))) as hdus:
        return hdus[0].data.astype(float), hdus["MASK"].data, hdus[0].header


def test_frames_are_in_electrons_without_dark_vignette_and_cosmic_rays(data, calibrated):
    image, mask, header = calibrated
    assert header["BUNIT"] == "electron"
    assert (header["RAWEGAIN"], header["GAIN"], header["EGAIN"]) == (2.0, 1.0, 1.0)
    assert header["ORIGFILE"] == f"{FIRST}_20.00.00_SCIENCE.fits"
    raw = read(data / f"{FIRST}/{FIRST}-CAMS/{FIRST}_20.00.00_SCIENCE.fits")
    wanted = (raw - master(data, "dark_90s")[0]) / master(data, "flat_nofilter")[0] * 2.0
    untouched = mask == 0
    assert np.abs(image - wanted)[untouched].max() <= 0.01
    assert np.count_nonzero(untouched) > 0.98 * mask.size
    strong = RAYS[-1]
    assert mask[strong] & COSMIC
    assert wanted[strong] - image[strong] == pytest.approx(2 * HEIGHTS[-1], rel=0.2)


def test_a_pixel_that_sees_little_light_is_marked_and_repaired(calibrated):
    image, mask, _ = calibrated
    row, column = DEAD
    assert mask[DEAD] & BAD
    around = np.delete(image[row - 1 : row + 2, column - 1 : column + 2].ravel(), 4)
    assert image[DEAD] == pytest.approx(np.median(around), rel=0.05)


def test_cosmic_rays_are_those_beyond_seven_sigma(data, calibrated, tmp_path, monkeypatch):
    _, mask, header = calibrated
    monkeypatch.chdir(data.parent)
    plan = planned("astep", raw="data", results="data", dates=FIRST)
    order = Jobs(plan).calibration(plan.to_calibrate)
    [light] = order.lights
    found = {}
    for sigma in (7.0, 4.5):
        assert order.settings.cosmics.sigclip == 7.0
        output = str(tmp_path / f"{sigma}.fits")
        cosmics = replace(order.settings.cosmics, sigclip=sigma)
        settings = replace(order.settings, cosmics=cosmics)
        calibrate_frames(replace(order, lights=(replace(light, output=output),), settings=settings))
        found[sigma] = fits.getdata(output, "MASK") & COSMIC != 0
    assert np.array_equal(found[7.0], mask & COSMIC != 0)
    assert header["NCOSMIC"] == found[7.0].sum()
    seven, less = ([bool(hit[ray]) for ray in RAYS] for hit in (found[7.0], found[4.5]))
    assert 0 < sum(seven) < sum(less)


# -- solving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", [FIRST, SECOND, THIRD])
def test_solved_frames_have_the_world_coordinates_of_the_sky(data, everything, date):
    [solved] = of_date(date, kinds=("WCS",))
    header = fits.getheader(data / solved)
    assert header["PLTSOLVD"] is True
    wcs = WCS(header, fix=False)
    corners = [(0, 0), (SIDE - 1, 0), (0, SIDE - 1), (SIDE - 1, SIDE - 1)]
    for x, y in corners:
        separation = wcs.pixel_to_world(x, y).separation(TRUTH.pixel_to_world(x, y))
        assert separation.arcsec < 0.5 * 3600 / SIDE
    across = wcs.pixel_to_world(0, 128).separation(wcs.pixel_to_world(SIDE, 128)).deg
    assert 0.9 < across < 1.1


def test_solved_frames_are_the_calibrated_ones(data, everything):
    calibrated, solved = sorted(of_date(FIRST))
    assert np.array_equal(fits.getdata(data / calibrated), fits.getdata(data / solved))
    assert "CTYPE1" not in fits.getheader(data / calibrated)


def test_fields_of_another_width_are_not_searched(data, monkeypatch):
    monkeypatch.chdir(data.parent)
    options = planned("astep", raw="data", results="data").settings.solve
    low, high = limits_of(SIDE, None, None, options.field_width_deg)
    assert (low * SIDE / 3600, high * SIDE / 3600) == pytest.approx((0.9, 1.1))


def test_the_solver_leaves_nothing_behind(data, everything):
    told = (".plateworks", "plan", "report")
    files = [path.relative_to(data) for path in data.rglob("*") if path.is_file()]
    endings = {path.suffix for path in files if path.parts[0] not in told}
    # A ledger of masters, with the lock of whoever writes it, is a table.
    assert endings <= {".fits", ".lst", ".log", ".tsv", ".json", ".csv", ".lock"}
