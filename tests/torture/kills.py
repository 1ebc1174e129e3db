"""Runs killed with all their jobs: at random moments, and at random steps of what they write."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from killed import killed_at
from torture.nights import TARGET, begun, copied, ended, left_behind, made, run, undisturbed
from torture.trial import Trial, broken

#: So many kills of a night before it is let go on to its end.
_CHAIN = 6
#: Below these folders steps are counted.
_BELOW = ("results", "results/masters", "results/cosmetic", "results/calibrated", ".snakemake")


def kills(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Kill runs of one night again and again, let it end, and compare with an undisturbed one."""
    night, expected, seconds = undisturbed()
    done = 0
    while done < count:
        place = copied(night, folder / "killed")
        for _ in range(min(_CHAIN, count - done)):
            done += 1
            what, code = _kill(place, rng, seconds)
            yield Trial(what, code == -signal.SIGKILL)
            if code == 0:
                break
        resumed = run(place, TARGET)
        yield Trial(
            "a plain snakemake afterwards", True,
            broken(
                it_goes_on=resumed.code == 0, same_bytes=made(place) == expected,
                nothing_left_behind=not left_behind(place),
            ),
        )  # fmt: skip
        shutil.rmtree(place)


def _kill(place: Path, rng: np.random.Generator, seconds: float) -> tuple[str, int]:
    """Start a run that is killed; return when, and its status."""
    if rng.random() < 0.5:
        moment = float(rng.uniform(0.05, 0.9)) * seconds
        process = begun(place, TARGET)
        return f"killed after {moment:.2f} s", ended(process, moment).code
    step, below = int(rng.integers(1, 40)), str(rng.choice(_BELOW))
    if below in _BELOW[1:4]:
        step = 1 + step % 6
    (place / below).mkdir(parents=True, exist_ok=True)
    environment = killed_at(step, place / below, place / "site", group=True)
    process = begun(place, TARGET, environment={**os.environ, **environment})
    return f"killed at step {step} below {below}", ended(process).code
