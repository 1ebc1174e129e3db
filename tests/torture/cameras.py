"""Cameras and servers that fail, each in its own way, while a series is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from camerastage import COUNT, staged
from faultycamera import FAULTS
from torture.trial import Trial, broken


def camera_faults(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Take a series under each fault, in an order of chance."""
    names = list(rng.permutation(list(FAULTS)))[:count]
    for number, name in enumerate(names):
        kind = FAULTS[name]
        with staged() as stage:
            kind.arrange(stage)
            (folder / str(number)).mkdir()
            taken = stage.take(folder / str(number))
        yield Trial(
            name, True,
            broken(
                named=bool(re.search(kind.said, taken.said, re.DOTALL)),
                kept_frames_are_true=all(map(stage.is_true, taken.kept)),
                complete_or_a_sentence=len(taken.kept) == COUNT or bool(taken.error),
            ),
        )  # fmt: skip
