"""Two runs at once on the same results, from different folders and with different settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from torture.nights import TARGET, begun, copied, ended, left_behind, made, undisturbed
from torture.trial import Trial, broken


def two_runs(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Start two at once: one makes all, and the other is refused by name or has nothing to do."""
    night, expected, _ = undisturbed()
    for number in range(count):
        one, other = copied(night, folder / "one"), folder / "other"
        other.mkdir()
        (other / "scratch").mkdir()
        (other / "settings.yaml").write_text("mem_gb: 1\n", encoding="utf-8")
        there = ("--config", "raw=raw", f"results={one}/results")
        here = (one, TARGET, *there), (other, TARGET, *there)
        (other / "raw").symlink_to(one / "raw")
        processes = [
            begun(*start, anew=bool(number // 2 % 2))
            for start in (here if number % 2 else reversed(here))
        ]
        runs = [ended(process) for process in processes]
        refused = [each for each in runs if each.code != 0]
        yield Trial(
            "two at once", bool(refused),
            broken(
                one_makes_all=len(refused) <= 1,
                named=all("Another run is at work on the results" in one.said for one in refused),
                same_bytes=made(one) == expected,
                nothing_left_behind=not left_behind(one),
            ),
        )  # fmt: skip
        shutil.rmtree(one)
        shutil.rmtree(other)
