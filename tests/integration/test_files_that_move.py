"""Raw files that are stamped in the future, that go while a run goes on, and that come back."""

import os
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from night import Reduced, reduce, write_small_night
from workflow import ROOT, snakemake

#: A year or so ahead, Unix time.
AHEAD = 4_000_000_000

DARKS = "calibration*/*_60.00s_*"

LIGHTS = "**/LIGHT/**/*.fits"
GONE = "No such file or directory; put it back, or mount its disk"

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


def rob(folder: Path, pattern: str, which: int) -> tuple[Reduced, Path]:
    """Write a night, and reduce it while one of its files goes once the run has begun."""
    raw = write_small_night(folder, lights=(4, 0), darks=5)
    (folder / "away").mkdir()
    path = sorted(raw.glob(pattern))[which]
    (folder / "thief.smk").write_text(f"config_of_thief = ['{path.relative_to(folder)}']\n{THIEF}")
    return reduce(folder, "calibrated", "-k", "--snakefile", "thief.smk", raw="raw"), path


@pytest.fixture(scope="module")
def without_light(tmp_path_factory):
    return rob(tmp_path_factory.mktemp("robbed"), LIGHTS, 1)


@pytest.fixture(scope="module")
def without_dark(tmp_path_factory):
    return rob(tmp_path_factory.mktemp("robbed"), DARKS, 2)


def copied(night: Reduced, tmp_path: Path, *back: Path) -> Path:
    """Return a copy of a night, with some files put back."""
    folder = shutil.copytree(night.folder, tmp_path / "night", copy_function=shutil.copy2)
    for path in back:
        shutil.move(folder / "away" / path.name, folder / path.relative_to(night.folder))
    return folder


def test_a_light_that_goes_costs_itself_alone_and_is_named(without_light):
    night, light = without_light
    made = frames(night.folder)
    assert len(made) == 4
    aside = {name: header["PWFAIL"] for name, header in made.items() if "PWFAIL" in header}
    assert aside == {light.stem: f"cannot be read ({GONE})"}
    conclusion = night.run.text.partition("Made so far")[2]
    assert f"{light.stem}.fits: cannot be read ({GONE})" in conclusion
    assert "1 may be read another time" in conclusion
    assert night.run.code == 1


@pytest.mark.parametrize("records", ["kept", "lost"])
def test_a_light_that_is_back_is_made_by_the_next_run(without_light, tmp_path, records):
    folder = copied(without_light[0], tmp_path, without_light[1])
    if records == "lost":
        shutil.rmtree(folder / ".snakemake")
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert "Tried again, for lights that could not be read: results/" in again.text
    assert again.stages == {"calibrate": 1, "calibrated": 1}
    assert not any("PWFAIL" in header for header in frames(folder).values())
    assert nothing_to_do(folder)


def test_whatever_is_asked_for_no_run_ends_well_while_a_light_waits(without_light, tmp_path):
    night, light = without_light
    folder = copied(night, tmp_path, light)
    for target in ("masters", night.one("masters/*/bias_*.fits").relative_to(night.folder)):
        run = snakemake(folder, str(target), "--configfile", "settings.yaml")
        assert run.code == 1
        assert f"1 of 4 calibrated frames are set aside (the first: {light.name}: " in run.text


def test_a_light_that_stays_away_is_planned_no_more(without_light, tmp_path):
    folder = copied(without_light[0], tmp_path)
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert nothing_to_do(folder)


def test_what_needs_a_dark_that_goes_fails_and_all_else_is_made(without_dark):
    night, dark = without_dark
    assert night.run.code == 1
    assert not list(night.results.glob("masters/*/dark_60s_*.fits"))
    assert not frames(night.folder)
    assert len(list(night.results.glob("masters/*/bias_*.fits"))) == 1
    assert "Traceback" not in night.run.text + night.logs()
    name = dark.relative_to(night.folder)
    assert f"{name}: cannot be read ({GONE})" in night.run.text.partition("Made so far")[2]


def test_what_failed_without_a_dark_is_made_once_it_is_back(without_dark, tmp_path):
    folder = copied(without_dark[0], tmp_path, without_dark[1])
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert again.stages["master_dark"] == again.stages["calibrate"] == 1
    (master,) = (folder / "results").glob("masters/*/dark_60s_*.fits")
    assert fits.getval(master, "NCOMBINE") == 5
    assert nothing_to_do(folder)


def test_a_dark_that_stays_away_is_planned_no_more(without_dark, tmp_path):
    folder = copied(without_dark[0], tmp_path)
    again = snakemake(folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    assert nothing_to_do(folder)
