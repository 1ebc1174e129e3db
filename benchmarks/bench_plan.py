"""How long it takes to plan 10,000 lights with 500 masters, and to write the plan's tables.

    python benchmarks/bench_plan.py [number of lights] [number of masters]
    python benchmarks/bench_plan.py --mosaic [number of lights]

The frames are made in memory: years of nights in seven filters with two exposures, and a library of
flats of every other night, darks of several temperatures and exposures, and bias.  Each run is a
fresh process; the scan of the files is measured by bench_scan.py.

With ``--mosaic`` they are files, short lights of a smart telescope in many panels: what is timed is
the scan and the plan.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sidebyside import ROOT, figure, keep

RUNS = 3
FILTERS = ("L", "R", "G", "B", "Ha", "OIII", "SII")
CAMERA: dict[str, Any] = {
    "width": 6248, "height": 4176, "bitpix": 16, "camera": "ZWO ASI2600MM Pro", "xbin": 1,
    "ybin": 1, "gain": 100.0, "offset": 50.0, "telescope": "Esprit 100", "focal_length": 550.0,
}  # fmt: skip
FIRST_NIGHT = 60000.0
#: Of a mosaic: a plan for which every header is read.
FIRST = "first plan, with the scan"


def lights(count: int) -> list:
    """Lights of nights of 200 frames, the sensor's temperature wandering a little."""
    from plateworks.metadata.frame import Frame

    found = []
    for i in range(count):
        night, number = divmod(i, 200)
        name = FILTERS[number // 20 % len(FILTERS)]
        found.append(
            Frame(
                path=f"raw/{night:03d}/light_{number:04d}.fits", kind="light", filter=name,
                exposure=300.0 if len(name) > 1 else 60.0, set_temp=-10.0,
                temp=-10.0 + number % 5 / 10, mjd=FIRST_NIGHT + night + 0.8 + number / 500,
                object=f"NGC {night}", site_lon=0.0, **CAMERA,
            )
        )  # fmt: skip
    return found


def library(count: int, nights: int) -> list:
    """Masters: of ten, eight flats, one dark and one bias."""
    from plateworks.metadata.frame import Frame

    found = []
    for i in range(count):
        kind = {8: "dark", 9: "bias"}.get(i % 10, "flat")
        known: dict[str, Any] = {"mjd": FIRST_NIGHT + i * nights / count, "bias_inside": True}
        if kind == "flat":
            known["filter"] = FILTERS[i % len(FILTERS)]
        else:
            known["set_temp"] = (-10.0, -10.0, 0.0)[i // 10 % 3]
            known["exposure"] = 0.0 if kind == "bias" else (60.0, 120.0, 180.0)[i // 10 % 3]
        found.append(
            Frame(path=f"library/{kind}_{i:04d}.fits", kind=kind, is_master=True, **known, **CAMERA)
        )
    return found


def measure(light_count: int, master_count: int) -> None:
    """Plan once in this process, and print the processor seconds of its parts."""
    from frames import settings
    from plateworks.inventory.scan import Inventory
    from plateworks.planning.plan import build_plan
    from plateworks.report.plantables import write_tables

    nights = -(-light_count // 200)
    drawn = lights(light_count) + library(master_count, nights)
    frames = tuple(sorted(drawn, key=lambda frame: frame.path))
    with tempfile.TemporaryDirectory() as folder:
        complete = settings("raw", folder, library=["library"])
        begin = time.process_time()
        plan = build_plan(Inventory(frames, ()), complete)
        planned = time.process_time()
        write_tables(plan, Path(folder, "plan"))
        written = time.process_time()
    assert len(plan.lights) == light_count
    assert not any(light.refused for light in plan.lights)
    print(planned - begin, written - planned, written)


def write_mosaic(raw: Path, count: int) -> None:
    """Write headers of lights of 10 s, of a mosaic of 48 panels; their pixels take no room."""
    from headerfiles import cards_of_text, complete, header_block

    text = (ROOT / "tests" / "golden" / "headers" / "seestar-light.txt").read_text()
    taken = ("RA", "DEC", "DATE-OBS", "NAXIS1", "NAXIS2")
    lines = [line for line in text.splitlines() if line[:8].strip() not in taken]
    raw.mkdir(parents=True)
    for i in range(count):
        panel, (hours, rest) = i % 48, divmod(10 * i % 36_000, 3600)
        when = f"2025-03-{27 + i // 3600:02d}T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        own = {"RA": 190 + panel % 8, "DEC": 40 + panel // 8, "NAXIS1": 24, "NAXIS2": 16}
        cards = [f"{key:8}= {value:>20}" for key, value in own.items()]
        block = header_block(complete(cards_of_text([*lines, *cards, f"DATE-OBS= '{when}.5'"])))
        pixels = i.to_bytes(8, "big").ljust(2880, b"\0")
        (raw / f"Light_mosaic_10.0s_IRCUT_{i:06d}.fit").write_bytes(block + pixels)


def measure_mosaic(count: int) -> None:
    """Write a mosaic, scan and plan it, and print how many lights that is a minute."""
    from frames import settings
    from plateworks.planning.run import plan_run

    lines = ["| lights | | wall, s | lights a minute |", "|--:|---|--:|--:|"]
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw")
        write_mosaic(raw, count)
        given = settings(raw, Path(folder, "results"), calibrate={"require": []})
        for what in (FIRST, "plan of a second run"):
            taken = []
            for _ in range(RUNS):
                if what == FIRST:
                    shutil.rmtree(given.results, ignore_errors=True)
                begin = time.perf_counter()
                plan = plan_run(given, rescan=True)
                taken.append(time.perf_counter() - begin)
                assert len(plan.to_calibrate) == count
            seconds = sorted(taken)[RUNS // 2]
            rates.append(count / seconds * 60)
            lines.append(f"| {count} | {what} | {seconds:.2f} | {rates[-1]:,.0f} |")
    figure("plan.minute", rates[0])
    print(keep("plan of a mosaic", "\n".join(lines)))


def main(light_count: int, master_count: int) -> None:
    paths = os.pathsep.join((str(ROOT / "scripts"), str(ROOT / "tests")))
    command = [sys.executable, __file__, "--once", str(light_count), str(master_count)]
    runs = []
    for _ in range(RUNS):
        done = subprocess.run(
            command, check=True, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip
        runs.append([float(word) for word in done.stdout.split()])
    planning, writing, whole = (sorted(column)[RUNS // 2] for column in zip(*runs, strict=True))
    figures = f"{planning:.2f} | {writing:.2f} | {whole:.2f}"
    lines = [
        "| lights | masters | planning, CPU s | writing the tables | whole process |",
        "|--:|--:|--:|--:|--:|",
        f"| {light_count} | {master_count} | {figures} |",
        "\nThe whole process starts, and makes the frames.",
    ]
    print(keep("plan of many lights", "\n".join(lines)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        measure(int(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--mosaic"]:
        sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
        measure_mosaic(int(sys.argv[2]) if sys.argv[2:] else 10_000)
    else:
        counts = [int(word) for word in sys.argv[1:3]]
        main(*counts, *(10_000, 500)[len(counts) :])
