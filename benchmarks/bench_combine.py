"""Combining 20 frames of 26 megapixels into one, against Siril, seiza and ccdproc.

    python benchmarks/bench_combine.py [runs]

Each program reads the same 20 raw darks and writes a master of 32 bits.  Our process is the one
that the rule `master_dark` starts.  Results are compared too: medians with Siril's and ccdproc's,
exactly; clipped means with a plain float64 reference on a part of the frame.  seiza clips means,
and has no median.  ccdproc takes long, and gets frames of half the width and height.  Last, 40
frames against 10: the cost is to grow no faster than their number; 100 against 20, whose memory is
to suffice; and two processes against one.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from astropy.io import fits

import bigframes
from sidebyside import OUT, ROOT, Contestant, Cost, compare, figure, keep, python, told

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from orders import REJECTION, master_order  # noqa: E402
from plateworks.records import plain  # noqa: E402
from unit.pixels.reference_combine import combine_pixel  # noqa: E402

WORK = OUT / "combine"
#: Rows and columns of the part that is compared with plain Python.
PART = (slice(100, 140), slice(200, 300))

OURS = """
import json
from plateworks.orders.masters import MasterOrder
from plateworks.products.masters import make_master
from plateworks.records import record_of
order, output, threads = sys.argv[1:]
order = record_of(MasterOrder, json.load(open(order)), "The order")
make_master(order, output, threads=int(threads), memory=1e9)
"""
SEIZA = """
import seiza
output, *frames = sys.argv[1:]
seiza.build_dark(frames, output, sigma_low=4.0, sigma_high=3.0)
"""
CCDPROC = """
import ccdproc
output, *frames = sys.argv[1:]
combined = ccdproc.combine(frames, method="median", unit="adu", mem_limit=2e9)
combined.write(output, overwrite=True)
"""
#: Method -> Siril's words for it.
SIRIL = {
    "median": "median",
    "mean": "rej n",
    "sigma_clip": "rej s 4 3",
    "winsorized": "rej w 4 3",
    "percentile": "rej p 0.2 0.1",
    "linear_fit": "rej l 5 3.5",
}


def main(runs: int = 3) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    frames = bigframes.frames("dark")
    part = _part(frames)
    for method in (
        "median",
        "winsorized",
        "sigma_clip",
        "mean",
        "percentile",
        "linear_fit",
        "minmax",
    ):
        contestants = {"Plateworks": ours(method, frames)}
        if method in SIRIL and shutil.which("siril-cli"):
            contestants["Siril"] = siril(method, frames)
        if method in ("winsorized", "sigma_clip") and _has("seiza"):
            contestants["seiza (sigma clip)"] = Contestant(
                python(SEIZA, WORK / "seiza.fits", *frames)
            )
        costs = compare(contestants, runs)
        print(told(f"{method} of 20 x {bigframes.SIZE}", costs), flush=True)
        print(f"\n{keep(f'truth of {method}', _judge(method, part))}\n", flush=True)
        _ratio(method, costs)
    print(beside_ccdproc(runs), flush=True)
    for count, fewer in ((40, 10), (100, 20)):
        print(more_frames(count, fewer, runs), flush=True)
    print(two_processes(frames, runs))


def _ratio(method: str, costs: dict[str, Cost]) -> None:
    """Keep our CPU as a part of that of the better rival."""
    rivals = [cost.cpu for name, cost in costs.items() if name != "Plateworks"]
    if rivals:
        figure(f"combine.{method}", costs["Plateworks"].cpu / min(rivals))


def beside_ccdproc(runs: int) -> str:
    """Return the table of a median by ccdproc, and whether it is the same."""
    size = {"width": bigframes.WIDTH // 2, "height": bigframes.HEIGHT // 2}
    small = bigframes.frames("dark", **size)
    costs = compare({
        "Plateworks": ours("median", small, name="median_small"),
        "ccdproc": Contestant(python(CCDPROC, WORK / "ccdproc.fits", *small)),
    }, runs)  # fmt: skip
    table = told("median of 20 small frames beside ccdproc", costs)
    paths = WORK / "median_small.fits", WORK / "ccdproc.fits"
    same = np.array_equal(*(fits.getdata(path) for path in paths))
    words = f"median: {'equal to' if same else 'DIFFERS FROM'} ccdproc's"
    return f"{table}\n\n{keep('median of ccdproc', words)}\n"


def more_frames(count: int, fewer: int, runs: int) -> str:
    """Return the table of what more frames cost; keep how much more memory they take."""
    costs = compare({
        "Plateworks": ours("winsorized", bigframes.frames("dark", count), name=f"w{count}"),
        f"{fewer} frames": ours("winsorized", bigframes.frames("dark", fewer), name=f"w{fewer}"),
    }, runs)  # fmt: skip
    if count == 100:
        figure("combine.many", costs["Plateworks"].peak / costs[f"{fewer} frames"].peak)
    return told(f"winsorized, {count} frames and {fewer}", costs) + "\n"


def two_processes(frames: list[Path], runs: int) -> str:
    """Return the table of what a second core gains."""
    contestants = {
        "Plateworks": ours("winsorized", frames, threads=2),
        "one process": ours("winsorized", frames),
    }
    costs = compare(contestants, runs)
    figure("combine.cores", costs["one process"].wall / costs["Plateworks"].wall)
    return told("winsorized, two processes", costs)


def ours(method: str, frames: list[Path], threads: int = 1, name: str = "") -> Contestant:
    """Return our program, as the rule starts it; its master is named by the method, or `name`."""
    path = WORK / f"{name or method}.json"
    path.write_text(json.dumps(plain(master_order("dark", frames, method=method))))
    return Contestant(python(OURS, path, path.with_suffix(".fits"), threads))


def siril(method: str, frames: list[Path]) -> Contestant:
    """Return Siril with a script of its own, in a folder of links to the frames."""
    folder = WORK / f"siril_{method}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, path in enumerate(frames, 1):
        (folder / f"dark_{number:05d}.fits").symlink_to(path.resolve())
    script = folder / "stack.ssf"
    stack = f"stack dark_ {SIRIL[method]} -nonorm -out=master"
    script.write_text(f"requires 1.0.0\nsetext fits\n{stack}\nclose\n")
    return Contestant(["siril-cli", "-d", str(folder), "-s", str(script)])


def _judge(method: str, part: np.ndarray) -> str:
    """Say how far our result and Siril's are from the plain reference."""
    options = asdict(REJECTION)
    columns = part.reshape(len(part), -1).T
    want = np.array([combine_pixel(one, method, quantum=1.0, **options)[0] for one in columns])
    got = fits.getdata(WORK / f"{method}.fits")
    error = np.abs(got[PART].ravel() - want).max()
    text = f"{method}: at most {error:.2g} ADU from plain float64 Python on {want.size} pixels"
    path = WORK / f"siril_{method}" / "master.fits"
    if path.exists():
        rival = fits.getdata(path).astype(np.float64)
        rival *= 65535.0 if rival.max() <= 1.0 else 1.0
        differ = np.abs(rival - got)
        text += f"; from Siril's: median {np.median(differ):.2g} ADU, "
        text += f"{np.count_nonzero(differ > 0.01)} of {got.size} pixels by more than 0.01 ADU"
    return text


def _part(frames: list[Path]) -> np.ndarray:
    return np.stack([fits.getdata(path)[PART] for path in frames])


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
