"""Nights that went through the real workflow, and nights small enough to go through often."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml
from astropy.io import fits

from plateworks.demo.night import HA, L, Night
from plateworks.demo.rawnight import write_night
from plateworks.demo.sensor import Sensor
from workflow import Run, snakemake


@dataclass(frozen=True)
class Reduced:
    """A folder in which the workflow ran, and what it said."""

    folder: Path
    run: Run

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def one(self, pattern: str) -> Path:
        """Return the only product that fits `pattern`."""
        (path,) = self.results.glob(pattern)
        return path

    def image(self, pattern: str) -> np.ndarray:
        """Return the pixels of the only product that fits `pattern`, as float64."""
        return fits.getdata(self.one(pattern)).astype(np.float64)

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table, named by its path below the results."""
        with open(self.results / name, newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def logs(self) -> str:
        """Return all that the jobs logged."""
        return "\n".join(path.read_text() for path in sorted(self.results.glob("logs/**/*.log")))


def reduce(folder: Path, *arguments: str, real_jobs: bool = False, **settings: object) -> Reduced:
    """Run the workflow in `folder` with a configuration of these `settings`."""
    config = folder / "settings.yaml"
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    words = (*arguments, "--configfile", str(config))
    return Reduced(folder, snakemake(folder, *words, real_jobs=real_jobs))


def products(reduced: Reduced) -> dict[str, bytes]:
    """Return the bytes of every file below masters, cosmetic, calibrated, solved and report.

    Left out are the account of a run, which says with which settings the products were made, and
    the ledger with its lock, which says when a verdict was passed.
    """
    stages = ("masters", "cosmetic", "calibrated", "solved", "report")
    paths = (path for stage in stages for path in (reduced.results / stage).rglob("*"))
    return {
        str(path.relative_to(reduced.results)): path.read_bytes()
        for path in paths
        if path.is_file() and not path.name.endswith(("run.json", "ledger.csv", ".lock"))
    }


def assert_same(reduced: Reduced, expected: dict[str, bytes]) -> None:
    """Check that a run went well, and made these products and no others."""
    assert reduced.run.code == 0, reduced.run.text
    made = products(reduced)
    assert made.keys() == expected.keys()
    assert [name for name in made if made[name] != expected[name]] == []


def listed_pixels(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return a cosmetic list as an array of bool, read in the plainest way."""
    mask = np.zeros(shape, bool)
    for line in path.read_text().splitlines():
        if line.startswith("P "):
            _, x, y = line.split()
            mask[int(y), int(x)] = True
    return mask


def write_small_night(
    folder: Path, width: int = 96, height: int = 64, lights: tuple[int, int] = (3, 2), **changes
) -> Path:
    """Write ``raw`` with a few small frames of each kind; return that folder.

    Lights are of 60 s, so many in L and so many in Ha; flats have no flat-darks, and take the dark,
    scaled.  Further arguments change the :class:`Night`.
    """
    counts = zip((L, HA), lights, strict=True)
    bands = tuple(replace(band, lights=count, light_s=60) for band, count in counts if count)
    few = {"biases": 3, "darks": 3, "flats": 3, "darkflats": 0, "truncated": 0}
    sensor = replace(Sensor(), width=width, height=height)
    write_night(Night(sensor=sensor, bands=bands, **(few | changes)), folder)
    return folder / "raw"
