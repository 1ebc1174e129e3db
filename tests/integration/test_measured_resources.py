"""Jobs ask for the memory and disk they use, or up to twice as much: measured at several sizes.

What is asked for is so much and so much a pixel: a small and a large size tell both.  All steps are
measured at a size between them too.

Seconds are not tested: on a computer that others use too, even those of the processor vary by half.
``benchmarks/bench_resources.py`` shows them beside what is reckoned.
"""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from measured import Use, uses, write_frames
from night import reduce, write_small_night
from pixinsightprogram import write_pixinsight
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from workflow import ROOT

SMALL, MIDDLE, LARGE = (600, 400), (1500, 1000), (2700, 1800)
INDEXES = {"index_dirs": [str(ROOT / "config" / "demo")]}
STEPS = {"master_bias", "master_dark", "master_flat", "cosmetic_list", "bad_pixels", "calibrate"}
TRIALS = {"preview_lights", "preview_flat", "rank_flats"}


def made(folder: Path, *arguments: str, **settings: object) -> list[Use]:
    night = reduce(folder, *arguments, real_jobs=True, **settings)
    assert night.run.code == 0, night.run.text
    return uses(night)


@pytest.fixture(scope="module", params=[SMALL, MIDDLE, LARGE], ids=str)
def night(request, tmp_path_factory) -> list[Use]:
    """All steps, with frames that do not solve and flats of two nights that are tried."""
    folder = tmp_path_factory.mktemp("night")
    write_frames(folder / "raw", *request.param, flat_nights=2)
    solve = {"time_limit_s": 1, **INDEXES}
    jobs = made(folder, raw="raw", solve=solve, matching={"best_flat": True})
    shutil.rmtree(folder)
    return jobs


def assert_within(job: Use, what: str, used: float, asked: int, floor: float = 0) -> None:
    assert used <= asked, f"{job.name} uses {used:.1f} MB of {what} and asks for {asked}"
    assert asked <= max(2 * used, floor), f"{job.name} uses {used:.1f} MB of {what}, not {asked}"


def assert_fits(jobs: list[Use], steps: set[str]) -> None:
    """Check what some jobs asked for; the unit of disk is a megabyte, and lists may be longer."""
    assert {job.step for job in jobs} == steps
    for job in jobs:
        assert_within(job, "memory", job.memory, job.mem_mb)
        if job.step != "cosmetic_list":
            assert_within(job, "disk", job.disk, job.disk_mb, floor=1)


def test_what_every_step_asks_for_is_what_it_uses(night):
    assert_fits(night, STEPS | TRIALS | {"solve"})


def test_a_list_of_pixels_may_be_as_long_as_the_settings_allow(night):
    [job] = [job for job in night if job.step == "cosmetic_list"]
    assert job.disk <= job.disk_mb


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_cosmic_rays_take_the_memory_that_is_asked_for(tmp_path, size):
    write_frames(tmp_path / "raw", *size)
    calibrate = {"cosmic_rays": True, "units": "electron"}
    jobs = made(tmp_path, "calibrated", raw="raw", calibrate=calibrate)
    assert_fits(jobs, STEPS)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_frames_that_come_packed_and_products_of_xisf_are_reckoned_with(tmp_path, size):
    write_frames(tmp_path / "plain", *size)
    pack(tmp_path / "plain", tmp_path / "raw")
    names = dict.fromkeys(("bias", "dark", "flat"), "masters/{setup}/{name}.xisf")
    names |= {"calibrated": "calibrated/{session}/{frame}.xisf"}
    jobs = made(tmp_path, "calibrated", raw="raw", names=names)
    # What is unpacked lies in files without names, which no one sees.
    scratch = size[0] * size[1] * 2 / 1e6 * 4  # of four frames, or of a light and the next
    unpacked = {"cosmetic_list": 0, "calibrate": scratch / 2}
    jobs = [job._replace(disk=job.disk + unpacked.get(job.step, scratch)) for job in jobs]
    assert_fits(jobs, STEPS)


def pack(plain: Path, packed: Path) -> None:
    """Write lights and darks in tiles, all others as XISF."""
    packed.mkdir()
    for path in plain.iterdir():
        pixels, header = fits.getdata(path, header=True)
        if path.name.startswith(("LIGHT", "DARK")):
            tiles = fits.CompImageHDU(pixels, header, compression_type="RICE_1")
            tiles.writeto(packed / f"{path.name}.fz")
        else:
            write_image(packed / f"{path.stem}.xisf", Image(pixels, header))


@pytest.mark.parametrize("size", [SMALL, MIDDLE], ids=str)
def test_frames_that_solve_take_no_more_than_those_that_are_searched_for(tmp_path, size):
    """They need a search of no length, but who knows before?"""
    write_small_night(tmp_path, *size, lights=(2, 0), flats=0)
    calibrate = {"require": ["dark"]}
    jobs = made(tmp_path, "solved", raw="raw", calibrate=calibrate, solve=INDEXES)
    [solving] = [job for job in jobs if job.step == "solve"]
    assert 100 < solving.memory < solving.mem_mb
    assert_within(solving, "disk", solving.disk, solving.disk_mb)


@pytest.mark.parametrize("size", [SMALL, MIDDLE], ids=str)
def test_masters_of_pixinsight_take_what_is_asked_for(tmp_path, size):
    """What PixInsight itself takes, and the flats that it calibrates, cannot be seen here."""
    write_frames(tmp_path / "raw", *size)
    binary = str(write_pixinsight(tmp_path))
    masters = {"engine": "pixinsight"}
    jobs = made(tmp_path, "masters", raw="raw", masters=masters, pixinsight={"binary": binary})
    images = [job for job in jobs if job.step == "pixinsight_image"]
    assert len(images) == 3
    for job in images:
        if "flat" not in job.name:
            assert_within(job, "disk", job.disk, job.disk_mb, floor=1)
    assert_fits([job for job in jobs if job not in images], STEPS & {j.step for j in jobs})


def test_packed_frames_are_unpacked_where_the_job_has_its_scratch(tmp_path):
    """Which the time of the folder tells: the files there never have a name that can be seen."""
    write_frames(tmp_path / "plain", 600, 400)
    (tmp_path / "packed").mkdir()
    for path in (tmp_path / "plain").iterdir():
        with gzip.open(tmp_path / "packed" / f"{path.name}.gz", "wb", compresslevel=1) as packed:
            packed.write(path.read_bytes())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    touched = {}
    for raw in ("plain", "packed"):
        os.utime(scratch, (0, 0))
        made = reduce(
            tmp_path,
            "calibrated",
            "--default-resources",
            f"tmpdir={scratch}",
            raw=raw,
            results=f"{raw}-results",
        )
        assert made.run.code == 0, made.run.text
        touched[raw] = scratch.stat().st_mtime > 0
    assert touched == {"plain": False, "packed": True}
    assert not list(scratch.iterdir())
