"""ASTEP's pipeline: every row of the page, on its folders of dates, with fields that solve."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from snakemake.cli import get_argument_parser

from plateworks.demo.scene import INDEX, Psf, draw_stars, make_wcs, read_stars
from plateworks.errors import ConfigError
from plateworks.pixels.masks import BAD, COSMIC
from plateworks.planning.jobs import Jobs
from plateworks.products.calibrated import calibrate_frames
from plateworks.sky.hints import limits_of
from presets import trees
from presets.page import section
from presets.planned import planned
from presets.running import run, runs
from presets.trees import read
from workflow import ROOT, Run

PAGE = section("ASTEP")

FIRST, SECOND, THIRD = "2012-06-04", "2012-06-08", "2012-06-09"
SIDE = 256
#: The field, a degree wide and turned by 10 degrees.
TRUTH = make_wcs(322.95, 48.43, 3600 / SIDE, 10.0, (SIDE, SIDE))
#: A pixel with a tenth of the light, pixels hit by cosmic rays, and how much came, ADU.
DEAD = (200, 31)
RAYS = [(20 + 12 * i, 240) for i in range(16)]
HEIGHTS = np.append(np.linspace(100, 400, len(RAYS) - 1), 1500)

#: Where the page's folders lie in these tests.
DATA = {"/path/to/data": "data", "/Users/username/ASTEP/data": "data"}
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


def products(data: Path) -> dict[str, int]:
    """Return every calibrated and solved frame, with the time it was written."""
    return {
        str(path.relative_to(data)): path.stat().st_mtime_ns
        for path in sorted(data.glob("*/*-CAMS_*/*_CAL.fits"))
    }


def of_date(date: str, minute: int = 0, kinds: tuple[str, ...] = ("CAL", "WCS")) -> set[str]:
    """Return the products of one science frame, as the guide names them."""
    name = f"{date}_20.{minute:02d}.00_SCIENCE_CAL.fits"
    return {f"{date}/{date}-CAMS_{kind}/{name}" for kind in kinds}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A date with all frames, and two later ones with one science frame each."""
    data = tmp_path_factory.mktemp("astep") / "data"
    night = trees.Astep(data, (SIDE, SIDE), sky(), DEAD)
    night.calibration(FIRST)
    for date in (FIRST, SECOND, THIRD):
        night.cams(date, "SCIENCE", 20)
    return data


def go_on(row: str, data: Path) -> tuple[Run, dict[str, int]]:
    """Run a command of the page on the data folder, and return all products there are then."""
    done = run(PAGE.row(row), data.parent, INDEXES, at=DATA)
    return done, products(data)


ONE, SOME = "one date", "a date range: keep only some folders in `data_subset`"
ALL, AGAIN = "`./scripts/cal.sh /path/to/data`", "`./scripts/cal.sh /Users/username/ASTEP/data`"


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


@PAGE.shows("**Step 1**, dates", "`-CAMS_CAL/*_SCIENCE_CAL.fits`")
@PAGE.shows(ONE)
def test_the_frames_of_one_date_are_calibrated_and_solved_into_the_folders_of_the_guide(first):
    assert set(first) == of_date(FIRST)


@PAGE.shows(SOME)
def test_a_range_of_dates_adds_what_is_missing_of_it(first, first_two):
    assert set(first_two) == of_date(FIRST) | of_date(SECOND)
    assert first.items() <= first_two.items()


@PAGE.shows("**Step 2**, finished dates skipped", "**Options**: `data_path`")
@PAGE.shows(ALL)
def test_all_dates_are_found_and_finished_frames_are_left_alone(first_two, everything):
    assert set(everything) == of_date(FIRST) | of_date(SECOND) | of_date(THIRD)
    assert first_two.items() <= everything.items()


@PAGE.shows(AGAIN)
def test_a_finished_folder_has_nothing_to_be_done(data, everything):
    done, after = go_on(AGAIN, data)
    assert "Nothing to be done" in done.text
    assert "Found 12 raw frames" in done.text  # products beside them are none
    assert after == everything


# -- masters and calibrated frames -----------------------------------------------------------------


def master(data: Path, name: str) -> tuple[np.ndarray, fits.Header]:
    [path] = data.glob(f"masters/*/{name}_20120604.fits")
    return read(path), fits.getheader(path)


@PAGE.shows("**Step 3**, master dark for science", "master dark for flats")
def test_science_and_flats_have_darks_of_their_own_exposures(data, everything):
    for name, seconds in (("dark_90s", 90.0), ("darkflat_10s", 10.0)):
        pixels, header = master(data, name)
        assert (header["EXPTIME"], header["NCOMBINE"]) == (seconds, 3)
        assert (header["COMBMETH"], header["REJHIGH"]) == ("sigma_clip", 3.0)
        assert np.median(pixels) == pytest.approx(trees.BIAS + trees.DARK * seconds, rel=0.01)


@PAGE.shows("master flat, normalised")
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


@PAGE.shows(
    "**Step 4**: dark, flat, mask, electrons, L.A.Cosmic, `_CAL.fits`",
    "**Output**: electrons, header kept, cosmic rays removed, bad pixels masked",
)  # fmt: skip
def test_frames_are_in_electrons_without_dark_vignette_and_cosmic_rays(data, calibrated):
    image, mask, header = calibrated
    assert header["BUNIT"] == "electron"
    assert (header["GAIN"], header["ORIGFILE"]) == (2.0, f"{FIRST}_20.00.00_SCIENCE.fits")
    raw = read(data / f"{FIRST}/{FIRST}-CAMS/{FIRST}_20.00.00_SCIENCE.fits")
    wanted = (raw - master(data, "dark_90s")[0]) / master(data, "flat_nofilter")[0] * 2.0
    untouched = mask == 0
    assert np.abs(image - wanted)[untouched].max() <= 0.01
    assert np.count_nonzero(untouched) > 0.98 * mask.size
    strong = RAYS[-1]
    assert mask[strong] & COSMIC
    assert wanted[strong] - image[strong] == pytest.approx(2 * HEIGHTS[-1], rel=0.2)


@PAGE.shows("bad-pixel mask")
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
    [job] = Jobs(plan).calibration(plan.to_calibrate)
    found = {}
    for sigma in (7.0, 4.5):
        assert plan.settings["cosmics"]["sigclip"] == 7.0
        output = str(tmp_path / f"{sigma}.fits")
        calibrate_frames(
            [job | {"output": output}], options=plan.settings["calibrate"],
            cosmics=plan.settings["cosmics"] | {"sigclip": sigma}, repair="median",
        )  # fmt: skip
        found[sigma] = fits.getdata(output, "MASK") & COSMIC != 0
    assert np.array_equal(found[7.0], mask & COSMIC != 0)
    assert header["NCOSMIC"] == found[7.0].sum()
    seven, less = ([bool(hit[ray]) for ray in RAYS] for hit in (found[7.0], found[4.5]))
    assert 0 < sum(seven) < sum(less)


# -- solving ---------------------------------------------------------------------------------------


@PAGE.shows("**Step 5**: `solve-field`, field 0.9–1.1°")
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
    options = planned("astep", raw="data", results="data").settings["solve"]
    low, high = limits_of(SIDE, None, None, options["field_width_deg"])
    assert (low * SIDE / 3600, high * SIDE / 3600) == pytest.approx((0.9, 1.1))


@PAGE.shows("temporary files of the solver, `--no-plots`")
def test_the_solver_leaves_nothing_behind(data, everything):
    endings = {path.suffix for path in data.rglob("*") if path.is_file()}
    assert endings <= {".fits", ".lst", ".log", ".tsv", ".json", ".lock"}


# -- photocal.py and --force -----------------------------------------------------------------------

PHOTOCAL = "`python src/photocal.py <data_path>`"


@pytest.fixture
def small(tmp_path) -> Path:
    """One date with darks and a science frame of a starless sky, calibrated."""
    night = trees.Astep(tmp_path / "data")
    night.calibration(FIRST, flats=False)
    night.cams(FIRST, "SCIENCE", 20)
    return tmp_path / "data"


@runs(PAGE, PHOTOCAL)
def test_photocal_calibrates_and_does_not_solve(row, small):
    run(row, small.parent, at=DATA)
    assert set(products(small)) == of_date(FIRST, kinds=("CAL",))


@runs(PAGE, "`python src/photocal.py /path/to/data --mem-limit 8.0`")
def test_photocal_makes_the_same_with_another_limit_of_memory(row, small):
    run(row, small.parent, at=DATA)
    [product] = products(small)
    raw = read(small / f"{FIRST}/{FIRST}-CAMS/{FIRST}_20.00.00_SCIENCE.fits")
    dark, _ = master(small, "dark_90s")
    good = fits.getdata(small / product, "MASK") == 0
    assert np.abs(read(small / product) - (raw - dark) * 2.0)[good].max() <= 0.01


@pytest.fixture(scope="module")
def starless(tmp_path_factory) -> Path:
    """As `small`, calibrated and tried."""
    data = tmp_path_factory.mktemp("starless") / "data"
    night = trees.Astep(data)
    night.calibration(FIRST, flats=False)
    night.cams(FIRST, "SCIENCE", 20)
    run(PAGE.row("`./scripts/cal.sh /path/to/data --force`"), data.parent, at=DATA)
    return data


@PAGE.shows("`--force`", '"Calibration already exists"')
@runs(PAGE, "`python src/photocal.py <data_path> --mem-limit 4.0 --force`")
def test_photocal_makes_finished_frames_again_by_force(row, starless):
    before = products(starless)
    run(row, starless.parent, at=DATA)
    again = {path for path, when in products(starless).items() if when > before[path]}
    assert again == of_date(FIRST, kinds=("CAL",))


@PAGE.shows("solving fails")
@runs(PAGE, "`./scripts/cal.sh /path/to/data --force`")
def test_cal_makes_and_tries_all_again_by_force_and_a_frame_says_why_it_failed(row, starless):
    before = products(starless)
    run(row, starless.parent, at=DATA)
    again = {path for path, when in products(starless).items() if when > before[path]}
    assert again == of_date(FIRST)
    header = fits.getheader(starless / max(again))
    assert header["PLTSOLVD"] is False
    assert "sources" in header["SOLVEWHY"]


@PAGE.shows("bias, where there is no dark")
def test_bias_serves_where_there_is_no_dark_and_a_missing_flat_is_left_out(tmp_path):
    night = trees.Astep(tmp_path / "data")
    for minute in range(3):
        night.cams(FIRST, "BIAS", 18, minute)
    raw = night.cams(FIRST, "SCIENCE", 20)
    run(PAGE.row(PHOTOCAL), tmp_path, at=DATA)
    [product] = products(night.data)
    header = fits.getheader(night.data / product)
    assert (header["EGAIN"], header["RAWEGAIN"]) == (1.0, 2.0)
    wanted = 2.0 * (read(raw) - trees.BIAS)
    assert np.median(read(night.data / product) - wanted) == pytest.approx(0.0, abs=2.0)


PAGE.shows("`mamba activate astep`, the import check")
PAGE.shows(
    "**Software**: conda, ccdproc, astroscrappy, `solve-field`",
    "**Trouble**: environment, missing packages",
)


# -- plans -----------------------------------------------------------------------------------------


@PAGE.shows("`python src/photocal.py --help`")
@PAGE.shows("`-h`")
def test_there_is_help():
    text = get_argument_parser().format_help()
    assert all(word in text for word in ("--configfile", "--config", "--forceall", "--forcerun"))
    assert "`mem_gb`" in (ROOT / "config" / "README.md").read_text()


@PAGE.shows(
    "**Data**: `YYYY-MM-DD-CAMS`, `-CAMS_SKYFLAT`",
    "`*_SCIENCE*`, `*_DARK*`, `*_BIAS*`, `*_SKYFLAT*`",
)
def test_names_tell_kind_and_night_where_headers_say_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    night = trees.Astep(tmp_path / "data")
    night.calibration(FIRST)
    night.cams(FIRST, "BIAS", 18)
    night.write(f"{FIRST}/{FIRST}-CAMS/a_SCIENCE_b.fits", 90.0, "2012-06-05T23:00:00")
    plan = planned("astep", raw="data", results="data")
    counts = {(one.key.kind, one.key.session): len(one.frames) for one in plan.sets}
    assert counts == {
        ("bias", "20120604"): 1, ("dark", "20120604"): 3, ("darkflat", "20120604"): 3,
        ("flat", "20120604"): 3, ("light", "20120604"): 1,
    }  # fmt: skip


@PAGE.shows(
    "`--mem-limit` (2.0)", "`MEM_LIMIT_GB` in the script, parameters of `solve-field`", "memory",
)  # fmt: skip
def test_memory_and_solving_are_set_in_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    night = trees.Astep(tmp_path / "data")
    night.calibration(FIRST, flats=False)
    for minute in range(3):
        night.cams(FIRST, "SCIENCE", 20, minute)
    for limit in (2.0, 4.0):
        given = {} if limit == 2.0 else {"mem_gb": limit, "frames_per_job": 1}
        jobs = Jobs(planned("astep", raw="data", results="data", **given))
        assert jobs.master(jobs.plan.to_make[0].path)["mem_gb"] == limit
        assert [len(batch.lights) for batch in jobs.batches] == ([3] if limit == 2.0 else [0])


@PAGE.shows("folder not found")
def test_a_folder_that_is_not_there_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"The folder data does not exist.*config key raw"):
        planned("astep", raw="data", results="data")


def test_every_row_of_the_page_is_shown():
    assert PAGE.unshown() == []
