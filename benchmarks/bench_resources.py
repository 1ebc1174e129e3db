"""What jobs ask for beside what they use: memory, disk, and seconds, at three sizes of frames.

    python benchmarks/bench_resources.py

A night of each size goes through the workflow, one job at a time and on one thread: 4 bias frames,
4 darks, 4 flats of each of two nights, and 4 lights, which are then calibrated once more, with
cosmic rays.  The last line says how fast this computer is beside the one on which the seconds of
``plateworks.jobs.resources`` were measured: that is ``node.speed`` here.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from frames import settings  # noqa: E402
from measured import Use, uses, write_frames  # noqa: E402
from night import reduce  # noqa: E402
from plateworks.jobs.demand import Demand  # noqa: E402
from plateworks.jobs.jobs import Jobs  # noqa: E402
from plateworks.jobs.resources import Demands  # noqa: E402
from plateworks.planning.run import plan_run  # noqa: E402
from sidebyside import keep  # noqa: E402

SIZES = ((600, 400), (2400, 1600), (5000, 3400))
SOLVE = {"index_dirs": [str(ROOT / "config" / "demo")], "time_limit_s": 1}
COMMON = {"threads_per_job": 1, "matching": {"best_flat": True}, "solve": SOLVE}
COSMICS = COMMON | {"calibrate": {"cosmic_rays": True}}
#: Below so many seconds a job tells more of how Python starts than of what it does itself.
LEAST_S = 1.0


def demand_of(job: Use, demands: Demands, jobs: Jobs) -> Demand:
    """Return what the workflow reckoned with for a job."""
    path = f"{jobs.results}/{job.name}"
    match job.step:
        case "cosmetic_list":
            return demands.hot_list(jobs.dark_of_list(path))
        case "bad_pixels":
            return demands.mask(jobs.flat_of_mask(path))
        case "preview_flat":
            return demands.flat_preview(jobs.trials.flat_of_preview(f"{path}.fits"))
        case "preview_lights":
            return demands.light_preview(os.path.dirname(path))
        case "rank_flats":
            return demands.ranking(os.path.dirname(path))
        case "calibrate" | "solve":
            [batch] = jobs.batches
            return demands.calibration(batch) if job.step == "calibrate" else demands.solving(batch)
    return demands.master(path)


def measure(folder: Path, target: str, **options: object) -> Iterator[tuple[Use, float]]:
    """Run the workflow, and yield every job with the seconds that were reckoned."""
    # Jobs that tests fork from a process that has loaded all would hold its memory.
    night = reduce(folder, target, "--cores", "1", real_jobs=True, raw="raw", **options)
    if night.run.code:
        raise SystemExit(night.run.text)
    os.chdir(folder)
    jobs = Jobs(plan_run(settings("raw", **options), rescan=False))
    for job in uses(night):
        demand = demand_of(job, Demands(jobs), jobs)
        yield job, demand.seconds + demand.limit_s


def main() -> None:
    lines = [
        "| MP | step | memory asked, MB | used | disk asked, MB | used | s reckoned | used |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    speeds = []
    for width, height in SIZES[:1] if sys.argv[1:] == ["quick"] else SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_frames(folder / "raw", width, height, flat_nights=2)
            for target, options in (("all", COMMON), ("calibrated", COSMICS)):
                for job, seconds in measure(folder, target, **options):
                    what = "calibrate, cosmic rays" if options is COSMICS else job.step
                    lines.append(
                        f"| {width * height / 1e6:.2g} | {what} | {job.mem_mb} | {job.memory:.0f} "
                        f"| {job.disk_mb} | {job.disk:.2f} | {seconds:.1f} | {job.seconds:.1f} |"
                    )
                    if job.seconds > LEAST_S and job.step != "solve":
                        speeds.append(seconds / job.seconds)
            os.chdir(ROOT)
    lines += ["", f"node.speed: {statistics.median(speeds or [0.0]):.2f}"]
    print(keep("What jobs ask for and use", "\n".join(lines)))


if __name__ == "__main__":
    main()
