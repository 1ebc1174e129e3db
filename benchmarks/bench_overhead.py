"""What a night costs beside its pixels: Snakemake, the start of jobs, headers and small files.

    python benchmarks/bench_overhead.py [number of lights] [number of runs] [key=value ...]

A key and its value change the configuration, for instance frames_per_job=32.

Makes a night of lights of 64 x 64 pixels under full headers, with bias, darks, flats and
flat-darks, and takes it through the workflow, stage by stage.  The frames hold no stars, so that
solving ends where its search would begin.  What is left of every stage is overhead, told as
milliseconds of CPU a light for the whole tree of processes, that of Snakemake itself apart from
that of its jobs.  Beside it stands a script of ccdproc: one process a frame, and one for all.
"""

from __future__ import annotations

import atexit
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sidebyside import ROOT, figure, keep, ordinary

SIDE = 64
#: Mean level of the frames of each kind, ADU.
LEVELS = {"bias": 500, "dark": 520, "darkflat": 505, "flat": 25_000, "light": 900}
#: What is asked of Snakemake, in this order, each on what the last one left.
STAGES = {
    "dry run, all headers read": ("-n",),
    "masters and lists": ("--cores", "2", "masters", "cosmetic"),
    "calibrated frames": ("--cores", "2", "calibrated"),
    "solved frames, tables": ("--cores", "2"),
    "nothing left to do": ("--cores", "2"),
}
#: Stages that make the products of a night.
MAKING = tuple(STAGES)[1:4]
#: No process divides its linear algebra among threads.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
#: What Snakemake writes before the script of a job has it load.
PREAMBLE = "snakemake.logging, snakemake.iocontainers"
#: What starting a job means, and the modules that it loads.
STARTS = {
    "Python, and what Snakemake has it load": PREAMBLE,
    "the same, and all that calibrating loads": f"{PREAMBLE}, plateworks.products.calibrated",
    "the same, and all that solving loads": f"{PREAMBLE}, plateworks.sky.solved",
    "the same, and all that combining loads": f"{PREAMBLE}, plateworks.products.sharing",
}

#: The stages whose starts are asked for, and what each loads.
JOBS = {"calibrate": "plateworks.products.calibrated", "solve": "plateworks.sky.solved"}
#: A script that loads the same, so many times, each a fork of one process, as in a run.
FORKED = """
import os
import subprocess
import sys
import tempfile
from plateworks.forking import Forks
loaded, times = sys.argv[1:]
forks = Forks(subprocess.Popen, sys.exit)
with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
    print("import", loaded, file=script, flush=True)
    for _ in range(int(times)):
        assert forks.popen(f"{sys.executable} {script.name}", env=dict(os.environ)).wait() == 0
forks.end()
"""

CCDPROC = """
import sys
import ccdproc
from astropy import units
from astropy.nddata import CCDData
dark, flat, folder, *lights = sys.argv[1:]
dark, flat = (CCDData.read(path, unit="adu") for path in (dark, flat))
for number, path in enumerate(lights):
    light = CCDData.read(path, unit="adu")
    light = ccdproc.subtract_dark(light, dark, exposure_time="EXPTIME", exposure_unit=units.s)
    ccdproc.flat_correct(light, flat).write(f"{folder}/{number}.fits", overwrite=True)
"""


def write_night(folder: Path, lights: int) -> list[Path]:
    """Write the raw frames of a long winter night; return the lights."""
    import numpy as np

    from plateworks.demo.headers import make_header
    from plateworks.demo.night import HA, L, Night, list_exposures
    from plateworks.demo.sensor import Sensor
    from plateworks.products.image import Image
    from plateworks.products.imagefiles import write_image

    bands = (
        replace(L, lights=lights - lights // 2, light_s=30),
        replace(HA, lights=lights // 2, light_s=30),
    )
    sensor = replace(Sensor(), width=SIDE, height=SIDE)
    evening = datetime(2025, 12, 15, 17, 30)
    night = Night(sensor=sensor, bands=bands, truncated=0, evening=evening, utc_offset=1.0)
    noise, paths = np.random.default_rng(1), []
    for exposure in list_exposures(night):
        pixels = noise.normal(LEVELS[exposure.kind], 10, (SIDE, SIDE)).astype(np.uint16)
        write_image(folder / exposure.path, Image(pixels, make_header(night, exposure)))
        if exposure.kind == "light":
            paths.append(folder / exposure.path)
    return paths


def run_night(folder: Path, settings: list[str]) -> Iterator[tuple[float, float]]:
    """Run every stage; yield CPU seconds of Snakemake itself and of its jobs."""
    told = folder / "cpu.json"
    for arguments in STAGES.values():
        command = [sys.executable, __file__, "--inside", str(told), "--snakefile"]
        command += [str(ROOT / "Snakefile"), *arguments, "--config", "raw=raw", "results=results"]
        command += settings
        with open(folder / "said.txt", "w", encoding="utf-8") as said:
            done = subprocess.run(
                command,
                cwd=folder,
                env=ordinary(**ONE_THREAD),
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        if done.returncode:
            raise SystemExit((folder / "said.txt").read_text(encoding="utf-8"))
        itself, its_jobs = json.loads(told.read_text())
        yield itself, its_jobs


def inside(told: str, arguments: list[str]) -> None:
    """Be Snakemake, and leave behind what it took, its jobs apart."""
    from snakemake.cli import main as snakemake

    def tell() -> None:
        both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        Path(told).write_text(json.dumps([one.ru_utime + one.ru_stime for one in both]))

    atexit.register(tell)
    snakemake(arguments)


def cpu_seconds(code: str, *arguments: str) -> float:
    """Run `code` in a fresh interpreter and return its processor time, start-up included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    environment = ordinary(PYTHONPATH=str(ROOT / "scripts"), **ONE_THREAD)
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def forked_seconds(loaded: str, times: int = 20) -> float:
    """Return the processor time of one more job that is forked from what has loaded this."""
    first, all_of_them = (cpu_seconds(FORKED, loaded, str(n)) for n in (1, 1 + times))
    return (all_of_them - first) / times


def run_ccdproc(folder: Path, lights: list[Path]) -> tuple[float, float]:
    """Return the CPU seconds of a process for one frame, and of one more frame in a process."""
    masters = folder / "results" / "masters"
    dark, flat = (str(next(masters.rglob(f"{kind}_*.fits"))) for kind in ("dark", "flat"))
    few = [str(path) for path in lights[:101]]
    one = cpu_seconds(CCDPROC, dark, flat, str(folder), few[0])
    return one, (cpu_seconds(CCDPROC, dark, flat, str(folder), *few) - one) / (len(few) - 1)


def main(count: int, runs: int, settings: list[str]) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    taken, rivals, jobs = [], [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lights = write_night(folder / "raw", count)
        for _ in range(runs):
            for old in ("results", ".snakemake"):
                shutil.rmtree(folder / old, ignore_errors=True)
            taken.append(list(run_night(folder, settings)))
            rivals.append(run_ccdproc(folder, lights))
        for stage in ("calibrate", "solve"):
            jobs[stage] = len(list((folder / "results" / "logs" / stage).glob("*.log")))
    starts = {
        what: statistics.median(cpu_seconds(f"import {loaded}") for _ in range(5))
        for what, loaded in STARTS.items()
    }
    forked = {
        stage: statistics.median(forked_seconds(f"{PREAMBLE}, {loaded}") for _ in range(5))
        for stage, loaded in JOBS.items()
    }
    report(count, runs, taken, rivals, jobs, starts, forked)


def report(
    count: int, runs: int, taken: list, rivals: list, jobs: dict, starts: dict, forked: dict
) -> None:
    """Print the table, and keep it."""
    lines = [
        f"A night of {count} lights of {SIDE} x {SIDE} pixels: milliseconds of CPU a light,",
        f"median of {runs} runs\n",
        f"{'':36}{'Snakemake':>10}{'jobs':>8}{'both':>8}",
    ]
    whole = 0.0
    for number, stage in enumerate(STAGES):
        both = [statistics.median(run[number][k] for run in taken) * 1e3 / count for k in (0, 1)]
        whole += sum(both) if stage in MAKING else 0.0
        lines.append(f"  {stage:34}{both[0]:10.1f}{both[1]:8.1f}{sum(both):8.1f}")
    lines.append(f"  {'the night, without dry run':34}{'':18}{whole:8.1f}")
    figure("overhead.light", whole)
    lines.append(f"\n{jobs['calibrate']} jobs calibrate, {jobs['solve']} solve; to start one takes")
    for stage, seconds in forked.items():
        figure(f"start.{stage}", seconds)
        lines.append(f"  {seconds * 1e3:6.0f} ms  to {stage}, as a fork, the first of a run apart")
    lines.append("and as a program of its own, as the first is and all are on clusters")
    lines += [f"  {seconds * 1e3:6.0f} ms  {what}" for what, seconds in starts.items()]
    one, more = (statistics.median(column) * 1e3 for column in zip(*rivals, strict=True))
    lines.append(f"\nccdproc, calibrating alone: {one:.0f} ms with a process for each frame,")
    lines.append(f"{more:.1f} ms a frame in one process for all, its start not counted")
    print("\n".join(lines))
    keep("overhead", "\n".join(["```", *lines, "```"]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
    else:
        words = sys.argv[1:]
        changes = [word for word in words if "=" in word]
        numbers = [int(word) for word in words if "=" not in word]
        count, runs = [*numbers, *(1000, 3)[len(numbers) :]]
        main(count, runs, changes)
