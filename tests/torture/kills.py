"""Runs killed with all their jobs: at random moments, and at each call that writes.

A night is killed several times in a row, the first time at a call of whichever of its processes, of
all those that write, and then, as it goes on, at moments of chance.  After each kill what has a
name is whole, and in the end a plain ``snakemake`` makes the same bytes as if nothing had been.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import numpy as np

from faults import KILL, Fault, injected
from torture.counted import calls_of
from torture.nights import TARGET, begun, copied, ended, left_behind, made, run, undisturbed
from torture.trial import Trial, broken

#: So many kills of a night before it is let go on to its end.
_CHAIN = 3
#: Calls that change what is on the disk, and below which folder.
_CALLS = (
    ("write", "results/*"), ("rename", "results/*"), ("open", "results/*"),
    ("mkdir", "results/*"), ("sync", "results/*"), ("write", ".snakemake/*"),
    ("open", ".snakemake/*"), ("write", "scratch/*"),
)  # fmt: skip
#: One run in so many is started as a program of its own, where nothing else asks for that.
_ANEW = 4


def kills(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Kill runs of one night again and again, let it end, and compare with an undisturbed one."""
    night, expected, _ = undisturbed()
    struck = begun_runs = 0
    while struck < count and begun_runs < 2 * count:
        place = copied(night, folder / "killed")
        for link in range(min(_CHAIN, count - struck)):
            begun_runs += 1
            what, code = _at_a_call(place, rng) if link == 0 else _at_a_moment(place, rng)
            struck += code == -signal.SIGKILL
            named = {name: data for name, data in made(place).items() if not _is_part(name)}
            whole = all(expected.get(name) == data for name, data in named.items())
            yield Trial(what, code == -signal.SIGKILL, broken(what_has_a_name_is_whole=whole))
            if code == 0:
                break
        resumed = run(place, TARGET, anew=struck % _ANEW == 0)
        yield Trial(
            f"a plain snakemake after {what}", True,
            broken(
                it_goes_on=resumed.code == 0, same_bytes=made(place) == expected,
                nothing_left_behind=not left_behind(place),
            ),
        )  # fmt: skip
        shutil.rmtree(place)
    if struck < count:
        yield Trial("all kills", False, (f"only {struck} of {count} struck",))


def _is_part(name: str) -> bool:
    return Path(name).name.startswith(".")


def _at_a_moment(place: Path, rng: np.random.Generator) -> tuple[str, int]:
    """Start a run that is killed after some time; return when, and its status."""
    moment = float(rng.uniform(0.02, 0.7)) * undisturbed().seconds
    process = begun(place, TARGET, anew=rng.integers(_ANEW) == 0)
    return f"a kill after {moment:.2f} s", ended(process, moment).code


def _at_a_call(place: Path, rng: np.random.Generator) -> tuple[str, int]:
    """Start a run that is killed at one of the calls that write, each as likely; as the other."""
    counts = calls_of(_CALLS)
    number = int(rng.integers(1, sum(counts) + 1))
    which = next(one for one, upto in enumerate(accumulate(counts)) if number <= upto)
    (call, below), count = _CALLS[which], counts[which]
    first = number - sum(counts[:which])
    fault = Fault(call, f"{place}/{below}", KILL, first, 1)
    faults = injected(place / "faults", fault)
    process = begun(place, TARGET, environment={**os.environ, **faults.environment}, anew=True)
    return f"a kill at {call} {first} of {count} below {below}", ended(process).code
