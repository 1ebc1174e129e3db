"""Disks that fail while frames are solved and measured, at any call of the solver's too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from solvednights import STEPS, write_solved_night
from strikes import strikes
from torture.trial import Trial, broken


def struck_solving(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Let a call fail, or all from it on: a sentence or no harm, and then the same bytes."""
    night = folder.resolve() / "night"
    night.mkdir()
    given = write_solved_night(night)
    seed = int(rng.integers(2**31))
    for one in strikes(night, given, each=2, seed=seed, most=count, steps=STEPS):
        yield Trial(
            f"{one.step}: {one.what}", True,
            broken(
                ends_well_or_in_words=one.end in ("well", "trouble"),
                what_has_a_name_is_whole=not one.made, same_bytes=one.healed,
            ),
        )  # fmt: skip
