"""Jobs ask for what they use, or up to twice as much: measured at three sizes of frames."""

import csv
import gzip
import os
import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from night import Reduced, reduce
from workflow import ROOT

#: Kind of frame: exposure in seconds, level above the bias in ADU, how many.
KINDS = {"BIAS": (0, 0, 4), "DARK": (60, 30, 4), "FLAT": (2, 25_000, 4), "LIGHT": (60, 400, 4)}
CAMERA = {
    "INSTRUME": "Test", "GAIN": 100, "OFFSET": 50, "EGAIN": 0.8, "RDNOISE": 4.0, "SET-TEMP": -10.0,
    "XBINNING": 1, "YBINNING": 1, "SITELONG": 0.0, "FILTER": "L", "FOCALLEN": 500, "XPIXSZ": 3.76,
    "RA": 323.0, "DEC": 48.4,
}  # fmt: skip


def write_frames(folder: Path, width: int, height: int) -> None:
    """Write a night of noise with hot pixels, stars and flats of two levels."""
    folder.mkdir()
    draw = np.random.default_rng(1)
    noise = draw.standard_normal((height, width), np.float32)
    stars = draw.integers(0, width * height, width * height // 5000)
    for start, (kind, (exposure, level, count)) in enumerate(KINDS.items()):
        for i in range(count):
            image = np.roll(noise, draw.integers(width * height)) * np.float32((level + 16) ** 0.5)
            image += 500 + (level / 2 if kind == "FLAT" and i % 2 else level)
            if exposure == 60:
                image.ravel()[::2003] += 3000
            if kind == "LIGHT":
                for step in (0, 1, width, width + 1):
                    image.ravel()[(stars + step) % image.size] += 2000
            cards = {"IMAGETYP": kind, "EXPTIME": exposure}
            cards["DATE-OBS"] = f"2025-08-15T{20 + start}:{i:02d}:00"
            header = fits.Header(CAMERA | cards)
            pixels = np.clip(np.rint(image), 0, 65_535).astype(np.uint16)
            fits.PrimaryHDU(pixels, header).writeto(folder / f"{kind}_{i}.fits")


@pytest.fixture(scope="module", params=[(600, 400), (2400, 1600), (5000, 3400)], ids=str)
def night(request, tmp_path_factory) -> Reduced:
    folder = tmp_path_factory.mktemp("night")
    write_frames(folder / "raw", *request.param)
    solve = {"time_limit_s": 2, "index_dirs": [str(ROOT / "config" / "demo")]}
    night = reduce(folder, raw="raw", solve=solve)
    assert night.run.code == 0, night.run.text
    return night


def asked(night: Reduced, what: str) -> dict[str, int]:
    """Return what each job asked for, by the stem of its log and benchmark."""
    pattern = (
        rf" benchmark: results/benchmarks/(\S+)\.tsv\n(?: .*\n)*? +resources: .*\b{what}=(\d+)"
    )
    return {stem: int(amount) for stem, amount in re.findall(pattern, night.run.text)}


def used_mb(night: Reduced, stem: str) -> float:
    """Return the peak memory of a job: as its benchmark saw it, or as its log says if that is more.

    The benchmark looks at the job and its children, but only twice a second.
    """
    with open(night.results / "benchmarks" / f"{stem}.tsv", newline="") as stream:
        (row,) = csv.DictReader(stream, delimiter="\t")
    log = (night.results / "logs" / f"{stem}.log").read_text()
    seen = 0.0 if row["max_rss"] == "NA" else float(row["max_rss"]) * 1.048576
    return max(seen, float(re.search(r"peak memory (\d+) MB", log)[1]))


def test_memory_is_asked_for_as_it_is_used(night):
    jobs = {stem: (used_mb(night, stem), mb) for stem, mb in asked(night, "mem_mb").items()}
    assert {stem.partition("/")[0] for stem in jobs} == {
        "masters",
        "cosmetic",
        "calibrate",
        "solve",
    }
    print(*(f"{u:6.0f} of {a:5d} MB  {stem}" for stem, (u, a) in jobs.items()), sep="\n")
    killed = {stem: job for stem, job in jobs.items() if job[0] > job[1]}
    assert not killed, "they use more than they ask for"
    wasteful = {stem: job for stem, job in jobs.items() if job[0] < job[1] / 2}
    assert not wasteful, "they ask for more than twice what they use"


def test_disk_is_asked_for_as_it_is_filled(night):
    """Products of some megabytes, that is; below, what is asked for is a megabyte or two."""
    written: dict[str, float] = {}
    for stage, step in (("masters", "masters"), ("calibrated", "calibrate"), ("solved", "solve")):
        for path in (night.results / stage).rglob("*.fits"):
            job = str(path.relative_to(night.results)) if stage == "masters" else step
            written[job] = written.get(job, 0) + path.stat().st_size / 1e6
    jobs = {stem: mb for stem, mb in asked(night, "disk_mb").items() if "cosmetic" not in stem}
    assert len(jobs) == 5
    for stem, mb in jobs.items():
        used = written[stem if stem in written else stem.partition("/")[0]]
        assert used <= mb <= max(2 * used, 3), stem


def test_packed_frames_are_unpacked_where_the_job_has_its_scratch(tmp_path):
    """Which the time of the folder tells: the files there never have a name that can be seen."""
    write_frames(tmp_path / "plain", 1600, 1200)
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
