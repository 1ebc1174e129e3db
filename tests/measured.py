"""Nights of any size, and what their jobs asked for beside what they used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from night import Reduced

#: Kind of frame: exposure in seconds, level above the bias in ADU, how many.
KINDS = {"BIAS": (0, 0, 4), "DARK": (60, 30, 4), "FLAT": (2, 25_000, 4), "LIGHT": (60, 400, 4)}
CAMERA = {
    "INSTRUME": "Test", "GAIN": 100, "OFFSET": 50, "EGAIN": 0.8, "RDNOISE": 4.0, "SET-TEMP": -10.0,
    "XBINNING": 1, "YBINNING": 1, "SITELONG": 0.0, "FILTER": "L", "FOCALLEN": 500, "XPIXSZ": 3.76,
    "RA": 323.0, "DEC": 48.4,
}  # fmt: skip
#: A star of 3.5 pixels across, sharp enough and no cosmic ray.
STAR = np.exp(-((np.mgrid[-4:5, -4:5] / 1.5) ** 2).sum(axis=0) / 2)


class Use(NamedTuple):
    """What one job asked for and used: megabytes of memory and on disk, and seconds."""

    rule: str
    name: str  # of its log
    mem_mb: int
    memory: float
    disk_mb: int
    disk: float
    seconds: float  # of processor time

    @property
    def step(self) -> str:
        """Its rule, without the name of a batch."""
        return re.sub(r"_\d{8}_.*", "", self.rule)


def write_frames(folder: Path, width: int, height: int, flat_nights: int = 1) -> None:
    """Write a night of noise with hot pixels, stars and flats of two levels."""
    folder.mkdir()
    draw = np.random.default_rng(1)
    noise = draw.standard_normal((height, width), np.float32)
    stars = draw.integers(0, width * height, width * height // 5000)
    for start, (kind, (exposure, level, count)) in enumerate(KINDS.items()):
        for i in range(count * (flat_nights if kind == "FLAT" else 1)):
            image = np.roll(noise, draw.integers(width * height)) * np.float32((level + 16) ** 0.5)
            image += 500 + (level / 2 if kind == "FLAT" and i % 2 else level)
            if exposure == 60:
                image.ravel()[::2003] += 3000
            if kind == "LIGHT":
                for (dy, dx), profile in np.ndenumerate(STAR):
                    image.ravel()[(stars + dy * width + dx) % image.size] += 4000 * profile
                image.ravel()[draw.integers(0, image.size, image.size // 50_000)] += 5000  # rays
            cards = {"IMAGETYP": kind, "EXPTIME": exposure}
            cards["DATE-OBS"] = f"2025-08-{15 - i // count}T{20 + start}:{i:02d}:00"
            header = fits.Header(CAMERA | cards)
            pixels = np.clip(np.rint(image), 0, 65_535).astype(np.uint16)
            fits.PrimaryHDU(pixels, header).writeto(folder / f"{kind}_{i}.fits")


def uses(night: Reduced) -> list[Use]:
    """Return what each job of a run asked for and used.

    The benchmark of a job sees all its processes, but looks only twice a second; its log tells the
    peaks of single ones.  Those that combine frames hold them at the same time.
    """
    return [_use(night, rule, text) for rule, text in _jobs(night.run.text)]


def _jobs(text: str) -> Iterator[tuple[str, str]]:
    """Yield rule and description of every job that asks for memory."""
    for block in re.split(r"^\[", text, flags=re.M):
        found = re.search(r"^(?:local)?rule (\w+):$", block, re.M)
        if found and "mem_mb=" in block:
            yield found[1], block


def _use(night: Reduced, rule: str, text: str) -> Use:
    asked = {what: int(re.search(rf"\b{what}=(\d+)", text)[1]) for what in ("mem_mb", "disk_mb")}
    name = re.search(r"^ +log: results/logs/(\S+)\.log", text, re.M)[1]
    log = (night.results / "logs" / f"{name}.log").read_text()
    said = re.search(r"peak memory (\d+) MB(?:, (\d+) MB .*)?, processor time ([\d.]+) s", log)
    own, started, seconds = float(said[1]), float(said[2] or 0), float(said[3])
    sharing = rule.startswith(("master_", "bad_pixels", "calibrate", "solve"))
    together = own + started if sharing else max(own, started)
    outputs = re.search(r"^ +output: (.*)$", text, re.M)[1].split(", ")
    return Use(
        rule,
        name,
        asked["mem_mb"],
        max(together, _seen_mb(night.results / "benchmarks" / f"{name}.tsv")),
        asked["disk_mb"],
        sum(_size(night.folder / output) for output in outputs) / 1e6,
        seconds,
    )


def _seen_mb(benchmark: Path) -> float:
    names, values = (line.split("\t") for line in benchmark.read_text().splitlines())
    peak = dict(zip(names, values, strict=True))["max_rss"]
    return 0.0 if peak == "NA" else float(peak) * 1.048576


def _size(path: Path) -> int:
    """Return the bytes of a product, with the picture beside it or the files below it."""
    files = path.rglob("*") if path.is_dir() else {path, path.with_suffix(".png")}
    return sum(file.stat().st_size for file in files if file.is_file())
