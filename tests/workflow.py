"""Running the real workflow in tests, and reading which jobs it ran."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import loaded
from plateworks.forking import SWITCH

ROOT = Path(__file__).parents[1]

#: Jobs of the tables that are made of the solved frames of one night, by rule.
NIGHT_TABLES = {
    "solve_report": 1, "measures": 1, "verdicts": 1, "night_page": 1, "night_index": 1, "lights": 1,
}  # fmt: skip

#: Ending of a product -> how one of ours may begin.
OURS = {".fits": b"PWVERS", ".lst": b"# 0 pixels of a dark; X Y count from 0\r\n"}


@dataclass(frozen=True)
class Run:
    """One invocation of Snakemake: what it printed, how it ended, and its jobs by rule."""

    code: int
    text: str
    jobs: Counter

    @property
    def stages(self) -> Counter:
        """Jobs by rule, generated rules counted under what stands before their batch."""
        counts: Counter = Counter()
        for rule, count in self.jobs.items():
            counts[re.sub(r"^(calibrate|solve)_(\d|undated|frame).*", r"\1", rule)] += count
        return counts


def snakemake(
    folder: Path,
    *arguments: str,
    snakefile: Path = ROOT / "Snakefile",
    apart: bool = False,
    real_jobs: bool = False,
    **environment: str,
) -> Run:
    """Run Snakemake in `folder` with the plain logger, and never fail.

    Where it runs `apart`, in a process of its own from the beginning, the main process has what
    the environment loads too, and not its jobs alone.  Where it has `real_jobs`, each of them is a
    Python of its own, and holds the memory that one does.
    """
    words = [
        "--snakefile", str(snakefile), "--workflow-profile", "none", "--scheduler", "greedy",
        "--nocolor", *arguments,
    ]  # fmt: skip
    if not {"-n", "--lint", "--cores", "-c1", "-c2"} & set(arguments):
        words += ["--cores", "2"]
    around = os.environ | ({SWITCH: "0"} if real_jobs else {}) | environment
    if apart:
        code, text = _apart(words, folder, around)
    else:
        code, text = loaded.run(words, folder, around, real_jobs=real_jobs)
    return Run(code, text, _jobs(text))


def _apart(words: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "snakemake", *words]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=folder, env=environment, **streams)
    return done.returncode, done.stdout


def touch(folder: Path, *arguments: str) -> Run:
    """Resolve and pretend to run all jobs: their outputs are made, empty, in the right order.

    Snakemake's touch executor touches only what exists, so the outputs are made first: without
    content, but for the mark of ours that images and lists have.
    """
    listed = snakemake(folder, "--summary", *arguments)
    where = dict(pairwise(arguments)).get("--directory", folder)
    for line in re.findall(r"^([^\t\n]+\.(?:fits|csv|html|json|lst))\t", listed.text, re.M):
        path = Path(where, line)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(OURS.get(path.suffix, b""))
    return snakemake(folder, "--executor", "touch", "--forceall", *arguments)


def _jobs(text: str) -> Counter:
    """Read the first table of jobs."""
    counts: Counter = Counter()
    table = re.search(r"^Job stats:\njob +count\n-[- ]+\n(.*?)\n\n", text, re.M | re.S)
    for line in table[1].splitlines() if table else ():
        rule, count = line.split()
        if rule != "total":
            counts[rule] = int(count)
    return counts
