"""Disks that are full, of bytes or of files, that fail, or that vanish, from any call on."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faults import Fault, injected
from torture.counted import calls_of
from torture.nights import TARGET, copied, made, run, undisturbed
from torture.trial import Trial, broken


class _Trouble(NamedTuple):
    what: str
    call: str
    below: str
    error: int


_FULL = (
    _Trouble("disk full", "write", "results/masters/*", errno.ENOSPC),
    _Trouble("disk full", "write", "results/calibrated/*", errno.ENOSPC),
    _Trouble("quota reached", "write", "results/*", errno.EDQUOT),
    _Trouble("no inode left", "open", "results/calibrated/*", errno.ENOSPC),
    _Trouble("no inode left", "open", "results/masters/*/.*", errno.ENOSPC),
    _Trouble("no inode left", "mkdir", "results/*", errno.ENOSPC),
    _Trouble("disk full as it is named", "rename", "results/*", errno.ENOSPC),
    _Trouble("disk fails as it is synced", "sync", "results/masters/*", errno.EIO),
    _Trouble("disk turns read-only", "open", "results/calibrated/*", errno.EROFS),
    _Trouble("temporary folder full", "write", "scratch/*", errno.ENOSPC),
)
_VANISHING = (
    _Trouble("raw disk vanishes", "open", "raw/*", errno.ENOENT),
    _Trouble("raw disk vanishes", "open", "raw/light*", errno.ENOTCONN),
    _Trouble("raw disk fails", "read", "raw/*", errno.EIO),
    _Trouble("stale network disk", "open", "raw/dark*", errno.ESTALE),
    _Trouble("results vanish", "open", "results/masters/*", errno.ENOTCONN),
    _Trouble("results vanish", "stat", "results/calibrated/*", errno.EIO),
)


def full_disks(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Let the disk of the results be full."""
    yield from _trials(folder, rng, count, _FULL)


def vanishing_disks(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Let a disk be gone, or fail to read."""
    yield from _trials(folder, rng, count, _VANISHING)


def _trials(
    folder: Path, rng: np.random.Generator, count: int, troubles: tuple[_Trouble, ...]
) -> Iterator[Trial]:
    night, expected, _ = undisturbed()
    every = (*_FULL, *_VANISHING)
    counted = calls_of([(trouble.call, trouble.below) for trouble in every])
    calls = dict(zip(every, counted, strict=True))
    for number in range(count):
        trouble = troubles[number % len(troubles)]
        place = copied(night, folder / "trouble")
        first = int(rng.integers(1, max(calls[trouble], 1) + 1))
        pattern = f"{place}/{trouble.below}"
        faults = injected(place / "faults", Fault(trouble.call, pattern, trouble.error, first))
        environment = {**os.environ, **faults.environment}
        struck = run(place, TARGET, environment=environment, anew=True)
        hit = sum(faults.made()) > 0
        whole = made(place) == expected
        said = struck.said + _tables(place)
        healed = run(place, TARGET)
        what = f"{trouble.what} at {trouble.call} {first} below {trouble.below}"
        yield Trial(
            what, hit,
            broken(
                named=not hit or whole or os.strerror(trouble.error) in said,
                no_traceback="Traceback" not in struck.said,
                it_goes_on=healed.code == 0,
                same_bytes=made(place) == expected,
            ),
        )  # fmt: skip
        shutil.rmtree(place)


def _tables(place: Path) -> str:
    paths = [place / "results" / "plan" / "rejects.csv", *place.glob("results/logs/**/*.log")]
    return "".join(path.read_text(errors="replace") for path in paths if path.exists())
