"""How planning grows with an archive: processor time and memory of whole invocations of Snakemake.

    python benchmarks/bench_scale.py [frames ...] [--runs N]        (default: 1000 10000, 3 runs)

Archives of nights of 200 lights and 40 calibration frames, headers over sparse files.  Of each:

* the first dry run, which reads every header, and (up to 30,000 frames) one that finds them all in
  the cache;
* the same after everything was made, which is pretended once (``pretending.py``);
* then with one more night, with that night alone (``select``), and that night without the archive.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from sidebyside import ROOT, figure, keep, ordinary

LIGHTS = 200
#: Frames up to which a plan is measured that finds all headers, which costs what the first does.
MOST_KNOWN = 30_000
#: Frames of the archive of which something is asked; what is asked of -> its name, of its memory.
LARGE = 100_000
FIGURES = {
    "dry run, headers read": ("scale.plan", "scale.plan_memory"),
    "nothing to do": ("scale.idle", "scale.idle_memory"),
    "one more night": ("scale.night", ""),
}
CONFIG = ("--config", "raw=raw")
SNAKEMAKE = ("-m", "snakemake")
PRETENDING = (str(ROOT / "benchmarks" / "pretending.py"),)


class Run(NamedTuple):
    """One invocation: its processor time, its peak of memory, and its jobs."""

    seconds: float
    megabytes: float
    jobs: int


def snakemake(folder: Path, *arguments: str, program: tuple[str, ...] = SNAKEMAKE) -> Run:
    """Run Snakemake once in `folder`."""
    command = [sys.executable, *program, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", "none", "--nocolor", "--scheduler", "greedy"]
    command += ["--scheduler-subsample", "64", *arguments]
    with open(folder / "said.txt", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=subprocess.STDOUT, env=ordinary()
        )
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        text = said.read()
    if status:
        raise SystemExit(text)
    totals = [line.split()[-1] for line in text.splitlines() if line.strip().startswith("total ")]
    seconds = usage.ru_utime + usage.ru_stime
    return Run(seconds, usage.ru_maxrss / 1024, int(totals[0]) if totals else 0)


def measure(frames: int, runs: int) -> Iterator[tuple[str, Run]]:
    """Yield what was measured of an archive of about `frames` frames, medians of `runs`."""
    from archive import night_name, write_nights

    nights = max(1, round(frames / (LIGHTS + 40)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results, kept = folder / "results", folder / "kept"

        def planned(*arguments: str, before: Callable[[], object] = lambda: None) -> Run:
            taken = []
            for _ in range(runs):
                before()
                taken.append(snakemake(folder, "-n", *CONFIG, *arguments))
            return Run(*map(statistics.median, zip(*taken, strict=True)))

        def emptied() -> None:
            shutil.rmtree(results, ignore_errors=True)

        def restored() -> None:
            """Have the archive be as it was before the new night came."""
            shutil.rmtree(results / ".plateworks")
            shutil.copytree(kept, results / ".plateworks")

        write_nights(folder / "raw", nights, LIGHTS)
        yield "dry run, headers read", planned(before=emptied)
        if frames <= MOST_KNOWN:
            yield "dry run, headers known", planned()
        pretended = snakemake(folder, "--cores", "2", *CONFIG, program=PRETENDING)
        yield "all jobs pretended", pretended
        yield "nothing to do", planned()
        shutil.copytree(results / ".plateworks", kept)
        write_nights(folder / "raw", 1, LIGHTS, first=nights)
        yield "one more night", planned(before=restored)
        select = f"select={{'sessions': ['{night_name(nights)}']}}"
        yield "that night, by select", planned(select)
        shutil.rmtree(folder / "raw")
        write_nights(folder / "raw", 1, LIGHTS, first=nights)
        yield "that night, without archive", planned(before=emptied)


def main() -> None:
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("frames", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    lines = [
        "| frames | one invocation of Snakemake | CPU, s | memory, MB | jobs | ms a frame |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    print("\n".join(lines))
    for frames in given.frames:
        for what, run in measure(frames, given.runs):
            each = run.seconds * 1e3 / frames
            figures = f"{run.seconds:.1f} | {run.megabytes:.0f} | {run.jobs} | {each:.2f}"
            lines.append(f"| {frames} | {what} | {figures} |")
            print(lines[-1], flush=True)
            if frames == LARGE and what in FIGURES:
                seconds, memory = FIGURES[what]
                figure(seconds, run.seconds)
                if memory:
                    figure(memory, run.megabytes / 1000)
    keep("How planning grows with an archive", "\n".join(lines))


if __name__ == "__main__":
    main()
