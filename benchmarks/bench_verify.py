"""How fast products are proved: bytes a second of processor time, and on all cores.

    python benchmarks/bench_verify.py [runs]

A night of 26 megapixels (5 frames of each kind, 8 lights) is calibrated once; ``snakemake verify``
reads every raw frame, master, list and light.  Beside it stand `md5sum`, which only reads and
hashes the same files, and what remains of a second once the start of Snakemake is taken off.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import bigframes
from sidebyside import OUT, ROOT, Contestant, compare, figure, keep, told

WORK = OUT / "verify"
CALIBRATIONS, LIGHTS = 5, 8


def main(runs: int = 3) -> None:
    _prepare()
    files = [path for part in ("raw", "results") for path in (WORK / part).rglob("*.fits")]
    size = sum(path.stat().st_size for path in files) / 1e6
    contestants = {
        "verify, one core": Contestant(_snakemake("verify", 1), WORK),
        "verify, two cores": Contestant(_snakemake("verify", 2), WORK),
        "a plan alone": Contestant(_snakemake("-n", 1, "calibrated"), WORK),
        "md5sum": Contestant(["md5sum", *map(str, files)], WORK),
    }
    costs = compare(contestants, runs)
    print(told(f"proving {len(files)} files of {bigframes.SIZE}", costs, ours="verify, one core"))
    start, words = costs["a plan alone"], []
    for name in ("verify, one core", "verify, two cores"):
        cpu, wall = (getattr(costs[name], one) - getattr(start, one) for one in ("cpu", "wall"))
        words.append(f"* {name}: {size / cpu:.0f} MB a second of CPU, {size / wall:.0f} of wall")
    cpu = costs["verify, one core"].cpu - start.cpu
    figure("verify.speed", size / cpu)
    words.append(f"* md5sum: {size / costs['md5sum'].cpu:.0f} MB a second of CPU")
    print(keep("speed of proofs", "\n".join(words)))


def _prepare() -> None:
    if (WORK / "results" / "calibrated").is_dir():
        return
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "raw").mkdir(parents=True)
    for kind in bigframes.KINDS:
        for path in bigframes.frames(kind, LIGHTS if kind == "light" else CALIBRATIONS):
            (WORK / "raw" / path.name).symlink_to(path)
    compare({"calibration": Contestant(_snakemake("calibrated", 2), WORK)}, 1)


def _snakemake(target: str, cores: int, *more: str) -> list[str | Path]:
    program = Path(sys.executable).with_name("snakemake")
    return [
        program, target, *more, "--snakefile", ROOT / "Snakefile", "--cores", str(cores),
        "--quiet", "all", "--config", f"raw={WORK / 'raw'}", "results=results",
    ]  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
