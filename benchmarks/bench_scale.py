"""How planning grows with an archive: processor time and memory of whole invocations of Snakemake.

    python benchmarks/bench_scale.py [frames ...]        (default: 1000 10000)

Archives of nights of 200 lights and 40 calibration frames, headers over sparse files.  Of each:

* the first dry run, which reads every header, and one that finds them all in the cache;
* the same after everything was made (pretended by the touch executor; up to 30,000 frames);
* then with one more night, with that night alone (``select``), and that night without the archive.

With 100000, the dry runs alone take some minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LIGHTS = 200
#: Frames up to which all jobs are pretended to run.
MOST_TOUCHED = 30_000
CONFIG = ("--config", "raw=raw")


class Run(NamedTuple):
    """One invocation: its processor time, its peak of memory, and its jobs."""

    seconds: float
    megabytes: float
    jobs: int


def snakemake(folder: Path, *arguments: str) -> Run:
    """Run Snakemake once in `folder`."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", "none", "--nocolor", "--scheduler", "greedy"]
    command += ["--scheduler-subsample", "64", *arguments]
    with open(folder / "said.txt", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        text = said.read()
    if status:
        raise SystemExit(text)
    totals = [line.split()[-1] for line in text.splitlines() if line.strip().startswith("total ")]
    seconds = usage.ru_utime + usage.ru_stime
    return Run(seconds, usage.ru_maxrss / 1024, int(totals[0]) if totals else 0)


def pretend(folder: Path) -> Run:
    """Make all products, empty, and have Snakemake take note of them as of its own."""
    snakemake(folder, "--summary", *CONFIG)
    for line in (folder / "said.txt").read_text(encoding="utf-8").splitlines():
        name = line.split("\t")[0]
        if name.startswith("results/"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return snakemake(folder, "--executor", "touch", "--forceall", "--cores", "2", *CONFIG)


def measure(frames: int) -> Iterator[tuple[str, Run]]:
    """Yield what was measured of an archive of about `frames` frames."""
    from archive import night_name, write_nights

    nights = max(1, round(frames / (LIGHTS + 40)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_nights(folder / "raw", nights, LIGHTS)
        yield "dry run, headers read", snakemake(folder, "-n", *CONFIG)
        yield "dry run, headers known", snakemake(folder, "-n", *CONFIG)
        if frames > MOST_TOUCHED:
            return
        yield "all jobs pretended", pretend(folder)
        yield "nothing to do", snakemake(folder, "-n", *CONFIG)
        write_nights(folder / "raw", 1, LIGHTS, first=nights)
        yield "one more night", snakemake(folder, "-n", *CONFIG)
        new = (*CONFIG, f"select={{'sessions': ['{night_name(nights)}']}}")
        yield "that night, by select", snakemake(folder, "-n", *new)
        shutil.rmtree(folder / "results")
        shutil.rmtree(folder / "raw")
        write_nights(folder / "raw", 1, LIGHTS, first=nights)
        yield "that night, without archive", snakemake(folder, "-n", *CONFIG)


def main(sizes: list[int]) -> None:
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
    from sidebyside import keep

    lines = [
        "| frames | one invocation of Snakemake | CPU, s | memory, MB | jobs | ms a frame |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    print("\n".join(lines))
    for frames in sizes:
        for what, run in measure(frames):
            each = run.seconds * 1e3 / frames
            figures = f"{run.seconds:.1f} | {run.megabytes:.0f} | {run.jobs} | {each:.2f}"
            lines.append(f"| {frames} | {what} | {figures} |")
            print(lines[-1], flush=True)
    keep("How planning grows with an archive", "\n".join(lines))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1000, 10_000])
