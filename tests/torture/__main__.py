"""Runs the campaign and prints its table; fails where a promise was broken, or the time was short.

    PYTHONPATH=scripts:tests python -m torture [--seed N] [--minutes 20] [--table PAGE] [KIND…]

Each kind, and each part of one that is divided, has a process of its own; one more of them runs
than there are processors, since a run waits for itself now and then.  When the minutes are over no
further trial is made, and what was not reached is named: that is no campaign.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

import loaded
from torture.kinds import KINDS
from torture.nights import KEPT, undisturbed

#: What the last trials of all may take beyond the moment after which none begins, seconds.
_LAST_TRIAL_S = 45.0
_PLACE = re.compile(r"(<!-- torture -->\n).*?(<!-- end -->)", re.DOTALL)


class Part(NamedTuple):
    """Trials of one kind that one process makes."""

    kind: str
    number: int
    count: int


def parts_of(kinds: list[str]) -> list[Part]:
    """Divide the campaign; the kinds that are divided come last, so that all end together."""
    parts = [
        Part(name, number, KINDS[name].whole // KINDS[name].parts)
        for name in kinds
        for number in range(KINDS[name].parts)
    ]
    return sorted(parts, key=lambda part: KINDS[part.kind].parts)


def make(part: Part, seed: int, until: float) -> dict[str, Any]:
    """Make the trials of one part; return its figures."""
    began, last, longest, trials = time.monotonic(), time.monotonic(), 0.0, []
    short = False
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        rng = np.random.default_rng([seed, crc32(part.kind.encode()), part.number])
        making = KINDS[part.kind].make(Path(folder), rng, part.count)
        while not (short := time.time() > until) and (trial := next(making, None)) is not None:
            trials.append(trial)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
        making.close()
    loaded.stop()
    usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "trials": len(trials), "struck": sum(one.struck for one in trials), "short": short,
        "broken": [(one.what, one.broken) for one in trials if one.broken],
        "seconds": time.monotonic() - began, "longest": longest,
        "processor": sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, usage)),
        "mb": max(resource.getrusage(one).ru_maxrss for one in usage) * 1024 / 1e6,
    }  # fmt: skip


def _apart(part: Part, seed: int, until: float) -> dict[str, Any]:
    words = [sys.executable, "-m", "torture", "--part", json.dumps(part), "--seed", str(seed)]
    words += ["--until", str(until)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"trials": 0, "struck": 0, "short": True, "seconds": 0.0, "longest": 0.0,
                "processor": 0.0, "mb": 0.0,
                "broken": [("the campaign itself", [f"status {done.returncode}"])]}  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _together(kinds: list[str], found: dict[Part, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the figures of each kind."""
    for name in kinds:
        parts = [figures for part, figures in found.items() if part.kind == name]
        yield {
            "kind": name, "asked": KINDS[name].whole,
            **{key: sum(one[key] for one in parts)
               for key in ("trials", "struck", "short", "seconds", "processor")},
            **{key: max(one[key] for one in parts) for key in ("longest", "mb")},
            "broken": [each for one in parts for each in one["broken"]],
        }  # fmt: skip


def _table(found: list[dict[str, Any]]) -> str:
    lines = [
        "| trouble | asked | trials | struck | promises broken | seconds | of a processor "
        "| longest trial, s | memory, MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        lines.append(
            f"| {one['kind']} | {one['asked']} | {one['trials']} | {one['struck']} "
            f"| {len(one['broken'])} | {one['seconds']:.0f} | {one['processor']:.0f} "
            f"| {one['longest']:.1f} | {one['mb']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--table", type=Path, help="the page whose table is written anew")
    parser.add_argument("--part", help="one part, in this process")
    parser.add_argument("--until", type=float, help="the moment after which no trial begins")
    options = parser.parse_args()
    if options.part:
        print(json.dumps(make(Part(*json.loads(options.part)), options.seed, options.until)))
        return
    print(f"seed {options.seed}", flush=True)
    began, cores = time.time(), len(os.sched_getaffinity(0))
    until = began + 60 * options.minutes - _LAST_TRIAL_S
    if KEPT not in os.environ:
        os.environ[KEPT] = str(undisturbed().folder)
        loaded.stop()
    parts = parts_of(options.kinds)
    with ThreadPoolExecutor(cores + 1) as pool:
        figures = pool.map(lambda part: _apart(part, options.seed, until), parts)
        found = list(_together(options.kinds, dict(zip(parts, figures, strict=True))))
    table = _table(found)
    minutes = (time.time() - began) / 60
    print(f"{table}\n\nseed {options.seed}, {minutes:.1f} minutes on {cores} processors")
    if options.table is not None:
        said = f"Seed {options.seed}, {minutes:.1f} minutes on {cores} processors.\n\n{table}\n"
        page = options.table.read_text(encoding="utf-8")
        options.table.write_text(_PLACE.sub(rf"\g<1>{said}\g<2>", page), encoding="utf-8")
    for one in found:
        for what, why in one["broken"]:
            print(f"{one['kind']}: {what}: not kept: {', '.join(why)}")
        if one["short"]:
            print(
                f"{one['kind']}: not all were reached in {options.minutes:g} minutes: "
                f"{one['trials']} trials of {one['asked']}"
            )
    sys.exit(any(one["broken"] or one["short"] for one in found))


if __name__ == "__main__":
    main()
