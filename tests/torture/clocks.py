"""Clocks that are wrong: files of the future, of long ago, and all at the same moment."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from torture.nights import TARGET, copied, made, run, undisturbed
from torture.trial import Trial, broken

_TOPS = {"raw frames": ["raw"], "products": ["results"], "both": ["raw", "results"]}
_YEAR_S = 365.25 * 86_400


def clock_changes(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Date raw frames or products otherwise: the same products, and then nothing to do."""
    night, expected, _ = undisturbed()
    for number in range(count):
        what = list(_TOPS)[number % 3]
        place = folder / "clock"
        shutil.copytree(night, place) if what != "raw frames" else copied(night, place)
        years = float(rng.choice([-40.0, -1.0, 0.001, 1.0, 12.0]))
        for top in _TOPS[what]:
            for path in (place / top).rglob("*"):
                moment = time.time() + years * _YEAR_S + float(rng.uniform(0, 100))
                os.utime(path, (moment, moment))
        first = run(place, TARGET)
        again = run(place, TARGET)
        yield Trial(
            f"{what} dated {years:+g} years", True,
            broken(
                it_goes_on=first.code == again.code == 0, same_bytes=made(place) == expected,
                then_nothing_to_do="Nothing to be done" in again.said,
            ),
        )  # fmt: skip
        shutil.rmtree(place)
