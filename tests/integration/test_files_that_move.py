"""Raw files that are stamped in the future, that go while a run goes on, and that come back."""

import os
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from night import reduce, write_small_night
from workflow import ROOT, snakemake

#: A year or so ahead, Unix time.
AHEAD = 4_000_000_000

DARKS = "calibration*/*_60.00s_*"

#: A workflow that takes files away once all jobs are known, and before the first begins.
THIEF = f"""
include: "{ROOT}/Snakefile"

onstart:
    for name in config_of_thief:
        Path(name).rename(Path("away", Path(name).name))
"""


def frames(folder: Path) -> dict[str, fits.Header]:
    """Return the headers of the calibrated frames by their names."""
    paths = sorted((folder / "results" / "calibrated").rglob("*.fits"))
    return {path.stem: fits.getheader(path) for path in paths}


def nothing_to_do(folder: Path, *more: str) -> bool:
    again = snakemake(folder, "-n", "calibrated", "--configfile", "settings.yaml", *more)
    return "Nothing to be done" in again.text


# --- the future -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ahead(tmp_path_factory):
    """A night whose frames, and a library whose dark and list, are stamped in the future."""
    folder = tmp_path_factory.mktemp("ahead")
    raw = write_small_night(folder, lights=(2, 0))
    first = reduce(folder, "masters", "cosmetic", raw="raw")
    assert first.run.code == 0, first.run.text
    (folder / "library").mkdir()
    shutil.move(first.one("masters/*/dark_60s_*.fits"), folder / "library" / "dark60s.fits")
    shutil.move(first.one("cosmetic/*/cosme_60s_*.lst"), folder / "library" / "cosme60s.lst")
    shutil.rmtree(folder / "results")
    for dark in raw.glob(DARKS):
        dark.unlink()
    for path in [*raw.rglob("*.fits"), *(folder / "library").iterdir()]:
        os.utime(path, (AHEAD, AHEAD))
    return reduce(folder, "calibrated", raw="raw", library=["library"])


def test_frames_and_masters_stamped_in_the_future_are_used(ahead):
    assert ahead.run.code == 0, ahead.run.text
    made = frames(ahead.folder)
    assert len(made) == 2
    assert {header["DARKFILE"] for header in made.values()} == {"dark60s.fits"}


def test_after_frames_stamped_in_the_future_a_second_run_finds_all_done(ahead):
    assert nothing_to_do(ahead.folder)


def test_frames_that_are_touched_make_nothing_again_and_a_changed_pixel_does(ahead, tmp_path):
    folder = shutil.copytree(ahead.folder, tmp_path / "night")
    for path in (folder / "raw").rglob("*.fits"):
        os.utime(path, (AHEAD + 60, AHEAD + 60))
    assert nothing_to_do(folder)
    light = next((folder / "raw").rglob("*LIGHT*/**/*.fits"))
    with fits.open(light, mode="update", do_not_scale_image_data=True) as hdus:
        hdus[0].data[-1, -1] += 1
    again = snakemake(folder, "-n", "calibrated", "--configfile", "settings.yaml")
    assert again.stages == {"calibrate": 1, "calibrated": 1}


# --- files that go in mid-run ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def robbed(tmp_path_factory):
    """A night of which a light and a dark go after the run has begun."""
    folder = tmp_path_factory.mktemp("robbed")
    raw = write_small_night(folder, lights=(4, 0), darks=5)
    (folder / "away").mkdir()
    light = sorted(raw.rglob("*LIGHT*/**/*.fits"))[1]
    dark = sorted(raw.glob(DARKS))[2]
    gone = [str(path.relative_to(folder)) for path in (light, dark)]
    (folder / "thief.smk").write_text(f"config_of_thief = {gone}\n{THIEF}")
    night = reduce(folder, "calibrated", "-k", "--snakefile", "thief.smk", raw="raw")
    return night, light, dark


def test_what_needs_a_file_that_goes_fails_and_all_else_is_made(robbed):
    night, _, dark = robbed
    assert night.run.code == 1
    assert not list(night.results.glob("masters/*/dark_60s_*.fits"))
    assert not frames(night.folder)
    assert len(list(night.results.glob("masters/*/bias_*.fits"))) == 1
    assert "Traceback" not in night.run.text + night.logs()
    name = dark.relative_to(night.folder)
    reason = "cannot be read (No such file or directory; put it back, or mount its disk)"
    assert f"{name}: {reason}" in night.run.text.partition("Made so far")[2]


def test_what_failed_without_a_frame_is_made_once_it_is_back(robbed, tmp_path):
    night, light, dark = robbed
    folder = shutil.copytree(night.folder, tmp_path / "night", copy_function=shutil.copy2)
    for path in (light, dark):
        shutil.move(folder / "away" / path.name, folder / path.relative_to(night.folder))
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert again.stages["master_dark"] == again.stages["calibrate"] == 1
    assert not any("PWFAIL" in header for header in frames(folder).values())
    (master,) = (folder / "results").glob("masters/*/dark_60s_*.fits")
    assert fits.getval(master, "NCOMBINE") == 5
    assert nothing_to_do(folder)


def test_a_frame_that_stays_away_is_planned_no_more(robbed, tmp_path):
    folder = shutil.copytree(robbed[0].folder, tmp_path / "night", copy_function=shutil.copy2)
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert nothing_to_do(folder)
