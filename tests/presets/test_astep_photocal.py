"""ASTEP's photocal.py, --force, and what plans alone can show."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from snakemake.cli import get_argument_parser

from plateworks.errors import ConfigError
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.requests import Requests
from presets import trees
from presets.astepfolders import DATA, FIRST, OLD, leave_finished, master, of_date, products
from presets.page import section
from presets.planned import planned
from presets.running import run, runs
from presets.trees import read
from workflow import ROOT

PAGE = section("ASTEP")

# -- photocal.py and --force -----------------------------------------------------------------------

PHOTOCAL = "`python src/photocal.py /path/to/data`"


@pytest.fixture
def small(tmp_path) -> Path:
    """One date with darks and a science frame of a starless sky, and one that cal.sh finished."""
    night = trees.Astep(tmp_path / "data")
    leave_finished(night)
    night.calibration(FIRST, flats=False)
    night.cams(FIRST, "SCIENCE", 20)
    return tmp_path / "data"


@runs(PAGE, PHOTOCAL)
def test_photocal_calibrates_and_does_not_solve(row, small):
    run(row, small.parent, at=DATA)
    assert set(products(small)) == of_date(FIRST, kinds=("CAL",)) | of_date(OLD, kinds=("CAL",))


@runs(PAGE, "`python src/photocal.py /path/to/data --mem-limit 8.0`")
def test_photocal_makes_the_same_with_another_limit_of_memory(row, small):
    run(row, small.parent, at=DATA)
    [product] = products(small).keys() - of_date(OLD)
    raw = read(small / f"{FIRST}/{FIRST}-CAMS/{FIRST}_20.00.00_SCIENCE.fits")
    dark, _ = master(small, "dark_90s")
    good = fits.getdata(small / product, "MASK") == 0
    assert np.abs(read(small / product) - (raw - dark) * 2.0)[good].max() <= 0.01


@pytest.fixture(scope="module")
def starless(tmp_path_factory) -> Path:
    """As `small`, calibrated and tried."""
    data = tmp_path_factory.mktemp("starless") / "data"
    night = trees.Astep(data)
    old = leave_finished(night).read_bytes()
    night.calibration(FIRST, flats=False)
    night.cams(FIRST, "SCIENCE", 20)
    run(PAGE.row("`./scripts/cal.sh /path/to/data --force`"), data.parent, at=DATA)
    [name] = of_date(OLD, kinds=("CAL",))
    assert (data / name).read_bytes() != old
    assert "PWVERS" in fits.getheader(data / name)
    return data


@runs(PAGE, "`python src/photocal.py /path/to/data --mem-limit 4.0 --force`")
def test_photocal_makes_finished_frames_again_by_force(row, starless):
    before = products(starless)
    run(row, starless.parent, at=DATA)
    again = {path for path, when in products(starless).items() if when > before[path]}
    assert again == of_date(FIRST, kinds=("CAL",)) | of_date(OLD, kinds=("CAL",))


@runs(PAGE, "`./scripts/cal.sh /path/to/data --force`")
def test_cal_makes_and_tries_all_again_by_force_and_a_frame_says_why_it_failed(row, starless):
    before = products(starless)
    run(row, starless.parent, at=DATA)
    again = {path for path, when in products(starless).items() if when > before[path]}
    assert again == of_date(FIRST) | of_date(OLD)
    header = fits.getheader(starless / max(again))
    assert header["PLTSOLVD"] is False
    assert "sources" in header["SOLVEWHY"]


def test_bias_serves_where_there_is_no_dark_and_a_missing_flat_is_left_out(tmp_path):
    night = trees.Astep(tmp_path / "data")
    leave_finished(night)
    for minute in range(3):
        night.cams(FIRST, "BIAS", 18, minute)
    raw = night.cams(FIRST, "SCIENCE", 20)
    run(PAGE.row(PHOTOCAL), tmp_path, at=DATA)
    [product] = products(night.data).keys() - of_date(OLD)
    header = fits.getheader(night.data / product)
    assert (header["EGAIN"], header["RAWEGAIN"]) == (1.0, 2.0)
    wanted = 2.0 * (read(raw) - trees.BIAS)
    assert np.median(read(night.data / product) - wanted) == pytest.approx(0.0, abs=2.0)


# -- plans -----------------------------------------------------------------------------------------


def test_there_is_help():
    text = get_argument_parser().format_help()
    assert all(word in text for word in ("--configfile", "--config", "--forceall", "--forcerun"))
    assert "`mem_gb`" in (ROOT / "config" / "README.md").read_text()


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


def test_memory_and_solving_are_set_in_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    night = trees.Astep(tmp_path / "data")
    night.calibration(FIRST, flats=False)
    for minute in range(3):
        night.cams(FIRST, "SCIENCE", 20, minute)
    for limit in (2.0, 4.0):
        given = {} if limit == 2.0 else {"mem_gb": limit, "frames_per_job": 1}
        jobs = Jobs(planned("astep", raw="data", results="data", **given))
        assert Requests(Lookup(jobs)).combine_mb == 1000 * limit
        assert [len(batch.lights) for batch in jobs.batches] == ([3] if limit == 2.0 else [0])


def test_a_folder_that_is_not_there_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"The folder data does not exist.*config key raw"):
        planned("astep", raw="data", results="data")
