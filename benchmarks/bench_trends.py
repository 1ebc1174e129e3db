"""How fast five years of three cameras are followed, and how well changes and expiry are dated.

    python benchmarks/bench_trends.py [number of series of each kind]

Simulated headers of masters: one camera that drifts, one that changes at once, one that begins in
the third year; a bias, two darks and two flats of each of a hundred nights a year.  Changes are
looked for in series of their own too: steps of 3 scatters of a night, in noise, with a drift, and
with a course of the year.  Fails if less than is asked is met.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from plateworks.metadata import caveats  # noqa: E402
from plateworks.metadata.values import Cards  # noqa: E402
from plateworks.orders.trends import TrendMaster, TrendOrder, day_of  # noqa: E402
from plateworks.quality.changepoints import changes_of  # noqa: E402
from plateworks.quality.expiry import expiries_of  # noqa: E402
from plateworks.report import trendsources, trendtable  # noqa: E402
from plateworks.settings.expiry import Expiry  # noqa: E402
from trendnights import (  # noqa: E402
    SIDE,
    YEAR,
    Camera,
    until,
    write_defects,
    write_masters,
    write_night,
)

#: CPU seconds of three cameras; share of steps of 3 scatters that are dated to a night; false
#: changes of a series in a year; how far off an expiry may be, as a part of the time to it.
SECONDS, DATED, FALSE, OFF = 3.0, 0.9, 0.01, 0.2
YEARS = 5
CAMERAS = (
    Camera(seed=1, drifts={"bias": 0.004, "dark": 0.03}, births=4.0),
    Camera(seed=2, steps={"bias": (900, 3.0), "gain": (1200, 4.0)}),
    Camera(seed=3, begins=2 * YEAR, drifts={"shape": 0.01}),
)


def follow(masters: tuple[TrendMaster, ...], folder: Path) -> None:
    """Write the tables of a camera, as the job does."""
    order = order_of(masters)
    told, courses = trendsources.follow(order, folder / "memory.json")
    trendtable.write_nights(courses, folder / "nights.csv")
    trendtable.write_changes(courses, folder / "changes.csv")
    trendtable.write_expiries(expiries_of(order, told, courses), folder / "expiry.csv")


def order_of(masters: tuple[TrendMaster, ...], defects: str | None = None) -> TrendOrder:
    return TrendOrder(
        masters=masters, lights=(), defects=defects, upkeep=(), bounds=(), expiry=Expiry(),
        pixels=SIDE**2,
    )  # fmt: skip


def measure_times() -> bool:
    """Print the time that three cameras take, anew, again, and with a night more."""
    read: list[str] = []

    def counted(path: str | os.PathLike[str], keywords: Collection[str]) -> Cards:
        read.append(str(path))
        return caveats.values_of(path, keywords)

    setattr(trendsources, "values_of", counted)  # noqa: B010  # it is no name of that module
    seconds = []
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name, str(camera.seed)) for camera in CAMERAS]
        for folder in folders:
            folder.mkdir()
        masters = [write_masters(*pair) for pair in zip(folders, CAMERAS, strict=True)]
        for what in ("all nights", "nothing new", "one night more"):
            if what == "one night more":
                masters[0] += tuple(write_night(folders[0], CAMERAS[0], YEARS * YEAR))
            read.clear()
            begin = time.process_time()
            for folder, some in zip(folders, masters, strict=True):
                follow(some, folder)
            seconds.append(time.process_time() - begin)
            print(f"  {what:<15} {seconds[-1]:5.2f} CPU-s  {len(read):6} headers read")
    print(f"  asked for: all nights in at most {SECONDS:g} CPU-s, one night more reads a night\n")
    return seconds[0] <= SECONDS and len(read) == len(list(_of_one_night()))


def _of_one_night() -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        return [one.path for one in write_night(Path(name), CAMERAS[0], 0)]


def measure_changes(count: int) -> bool:
    """Print how many steps are found and dated, and how many changes there are where none is."""
    well = True
    print("  series          step    found  to 1 night  false in a year")
    for kind in ("noise", "drift", "year"):
        for step in (0.0, 3.0, 4.0, 6.0):
            found = dated = false = 0
            for seed in range(count):
                days, values, place = _series(kind, step, seed)
                places = [one.place for one in changes_of(days, values)]
                near = min((abs(one - place) for one in places), default=len(days))
                hit = bool(step) and near <= 10
                found, dated, false = (
                    found + hit, dated + (hit and near <= 1), false + len(places) - hit
                )  # fmt: skip
            rate = false / count / YEARS
            shown = f"{found / count:7.1%}  {dated / count:9.1%}" if step else f"{'':18}"
            print(f"  {kind:<14} {step:3g} sigma  {shown}  {rate:12.2%}")
            well &= rate <= FALSE and (step != 3.0 or dated / count >= DATED)
    print(f"  asked for: 3 sigma dated to a night ({DATED:.0%} here), false at most {FALSE:.0%}\n")
    return well


def _series(kind: str, step: float, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return five years of a series: days, values of scatter 1, and where it steps."""
    rng = np.random.default_rng([seed, len(kind), round(10 * step)])
    nights = int(rng.integers(40, 200)) * YEARS
    days = np.sort(rng.choice(YEARS * YEAR, nights, replace=False)).astype(float)
    values, place = rng.normal(size=nights), int(rng.integers(10, nights - 10))
    values[place:] += step * rng.choice([-1, 1])
    if kind == "drift":
        values += rng.uniform(-10, 10) * days / YEAR
    if kind == "year":
        values += 3 * np.sin(2 * np.pi * days / YEAR + rng.uniform(0, 6))
    return days, values, place


def measure_expiry(count: int) -> bool:
    """Print how far the dates of expiry are off, as a part of the time to them."""
    well = True
    print("  drift of            within 20 %   median off  masters")
    for kind, name in (("bias", "bias"), ("dark", "dark"), ("dark", "births"), ("flat", "shape")):
        off = []
        for seed in range(count):
            rate = np.random.default_rng(seed).uniform(1.0, 3.0)
            camera = Camera(seed=seed, ends=2 * YEAR, nights=80, **_drifting(name, rate))
            off += _expiry_off(camera, kind, name)
        part = np.mean(np.abs(off) <= OFF)
        print(f"  {name:<18} {part:10.1%}  {np.median(np.abs(off)):10.1%}  {len(off):8}")
        well &= bool(part >= 0.95)
    print(f"  asked for: within {OFF:.0%}\n")
    return well


def _drifting(name: str, rate: float) -> dict[str, object]:
    usual = {"bias": 0.004, "dark": 0.06, "shape": 0.01}
    return {"births": 4 * rate} if name == "births" else {"drifts": {name: usual[name] * rate}}


def _expiry_off(camera: Camera, kind: str, name: str) -> list[float]:
    """Return by which part of the time each master of a kind expires too early or late."""
    with tempfile.TemporaryDirectory() as folder:
        masters = write_masters(Path(folder), camera)
        order = order_of(masters, write_defects(Path(folder, "defects.csv"), camera))
        told, courses = trendsources.follow(order, Path(folder, "memory.json"))
        found = expiries_of(order, told, courses)
    off = []
    for one in found:
        if one.kind == kind:
            day = day_of(one.night)
            true = until(camera, name, day, order.expiry)
            off.append((day_of(one.until) - day) / true - 1 if one.until else np.inf)
    return off


def main(count: int) -> int:
    """Print the tables; return 1 if what is asked is not met."""
    print("Five years of three cameras, from the headers of their masters:")
    well = measure_times()
    print(f"Changes in {count} series of five years each:")
    well &= measure_changes(count)
    print("Expiry by drifts:")
    well &= measure_expiry(max(1, count // 50))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
