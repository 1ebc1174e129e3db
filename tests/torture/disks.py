"""Disks that are full, of bytes or of files, that fail, or that vanish, from some call on."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faults import Fault, injected
from torture.nights import TARGET, copied, made, run, undisturbed
from torture.trial import Trial, broken


class _Trouble(NamedTuple):
    what: str
    call: str
    below: str
    error: int
    most: int  # the call that is the first to fail is one of so many


_FULL = (
    _Trouble("disk full", "write", "results/masters/*", errno.ENOSPC, 6),
    _Trouble("disk full", "write", "results/calibrated/*", errno.ENOSPC, 8),
    _Trouble("quota reached", "write", "results/*", errno.EDQUOT, 30),
    _Trouble("no inode left", "open", "results/calibrated/*", errno.ENOSPC, 4),
    _Trouble("no inode left", "open", "results/masters/*/.*", errno.ENOSPC, 4),
    _Trouble("no inode left", "mkdir", "results/*", errno.ENOSPC, 6),
    _Trouble("disk full as it is named", "rename", "results/*", errno.ENOSPC, 6),
    _Trouble("disk fails as it is synced", "sync", "results/masters/*", errno.EIO, 3),
    _Trouble("disk turns read-only", "open", "results/calibrated/*", errno.EROFS, 3),
    _Trouble("temporary folder full", "write", "scratch/*", errno.ENOSPC, 3),
)
_VANISHING = (
    _Trouble("raw disk vanishes", "open", "raw/*", errno.ENOENT, 40),
    _Trouble("raw disk vanishes", "open", "raw/light*", errno.ENOTCONN, 6),
    _Trouble("raw disk fails", "read", "raw/*", errno.EIO, 60),
    _Trouble("stale network disk", "open", "raw/dark*", errno.ESTALE, 8),
    _Trouble("results vanish", "open", "results/masters/*", errno.ENOTCONN, 6),
    _Trouble("results vanish", "stat", "results/calibrated/*", errno.EIO, 9),
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
    for number in range(count):
        trouble = troubles[number % len(troubles)]
        place = copied(night, folder / "trouble")
        first = int(rng.integers(1, trouble.most + 1))
        pattern = f"{place}/{trouble.below}"
        faults = injected(place / "faults", Fault(trouble.call, pattern, trouble.error, first))
        struck = run(place, TARGET, environment={**os.environ, **faults.environment})
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
