"""Runs the campaign and prints its table; fails where a promise was broken.

    PYTHONPATH=scripts:tests python -m torture [--seed N] [--minutes 20] [KIND…]

Each kind has a process of its own, two run side by side, and all end in the minutes that they have:
a kind that has used up its share makes no further trial, and its line says how many it made.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from torture.kinds import KINDS

#: What a kind may take of the minutes, where two run side by side; the rest shares what is left.
_SHARES = {"kills": 0.9, "full disks": 0.25, "malformed files": 0.25}
_SHARE = 0.12


def make(name: str, seed: int, count: int, limit_s: float) -> dict[str, Any]:
    """Make the trials of one kind; return its figures."""
    began, last, longest, trials = time.monotonic(), time.monotonic(), 0.0, []
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        rng = np.random.default_rng([seed, crc32(name.encode())])
        for trial in KINDS[name].make(Path(folder), rng, count):
            trials.append(trial)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            if now - began > limit_s:
                break
    usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "kind": name, "trials": len(trials), "struck": sum(one.struck for one in trials),
        "broken": [(one.what, one.broken) for one in trials if one.broken],
        "seconds": time.monotonic() - began, "longest": longest,
        "mb": max(resource.getrusage(one).ru_maxrss for one in usage) * 1024 / 1e6,
    }  # fmt: skip


def _apart(name: str, seed: int, limit_s: float) -> dict[str, Any]:
    words = [sys.executable, "-m", "torture", "--one", name, "--seed", str(seed)]
    words += ["--minutes", str(limit_s / 60)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"kind": name, "trials": 0, "struck": 0, "seconds": 0.0, "longest": 0.0, "mb": 0.0,
                "broken": [("the campaign itself", [f"status {done.returncode}"])]}  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _table(found: list[dict[str, Any]]) -> str:
    lines = [
        "| trouble | trials | struck | promises broken | seconds | longest trial, s | memory, MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        lines.append(
            f"| {one['kind']} | {one['trials']} | {one['struck']} | {len(one['broken'])} "
            f"| {one['seconds']:.0f} | {one['longest']:.1f} | {one['mb']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--one", choices=KINDS, help="one kind, in this process")
    options = parser.parse_args()
    if options.one:
        count = KINDS[options.one].whole
        print(json.dumps(make(options.one, options.seed, count, 60 * options.minutes)))
        return
    print(f"seed {options.seed}", flush=True)
    limit_s = 60 * options.minutes
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(
                lambda name: _apart(name, options.seed, limit_s * _SHARES.get(name, _SHARE)),
                options.kinds,
            )
        )
    print(_table(found))
    wrong = [(one["kind"], what, why) for one in found for what, why in one["broken"]]
    for kind, what, why in wrong:
        print(f"{kind}: {what}: not kept: {', '.join(why)}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
