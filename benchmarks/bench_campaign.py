"""Three years of nights in which things happen, and what the workflow says of each.

    python benchmarks/bench_campaign.py [nights]

A night every four weeks: bias, darks, flats and a light of 200 x 150 pixels.  The bias level
drifts; a lamp leaks into the darks of four nights; the filter wheel is taken apart, so that dust
lies elsewhere; a second camera comes in the third year.  The whole workflow runs twice: masters
are made and judged, and lights are calibrated by the masters that are good enough.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench_masters import Camera
from sidebyside import OUT, ROOT, keep

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from sensorfiles import write_frames  # noqa: E402
from sensors import Sensor  # noqa: E402

WORK = OUT / "campaign"
NIGHTS, STEP, BEGIN, COUNT = 39, 28, date(2022, 1, 10), 4
#: ADU by which the bias level rises from night to night.
DRIFT = 0.05
LEAK, LEAKED = 8.0, range(14, 18)
WHEEL, SECOND = 22, 26
EXPOSURE, LIGHT, SKY = 60.0, 15_000.0, 300.0


def main(nights: int = NIGHTS) -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    for number, name in ((1, "Old camera"), (2, "New camera")):
        camera = Camera(WORK, number, "flat")
        for night in range(SECOND if number == 2 else 0, nights):
            _expose(camera, name, night)
    _run()
    before = _darks()
    _run()
    print(keep("a campaign of three years", "\n".join(_told(nights, before))))


def _expose(camera: Camera, name: str, night: int) -> None:
    """Write the frames of a night of a camera."""
    drift = DRIFT * night if camera.seed == 1 else 0.0
    sensor = replace(camera.sensor, pedestal=camera.sensor.pedestal + drift)
    dust = camera.dust
    if camera.seed == 1 and night >= WHEEL:
        dust = np.array([*dust[2:], (300.0, 80.0, 12.0, 0.06), (90.0, 220.0, 10.0, 0.05)])
    leaked = LEAK if camera.seed == 1 and night in LEAKED else 0.0
    x = np.linspace(-0.5, 0.5, sensor.width)
    dark = sensor.dark_electrons(EXPOSURE)
    lit = sensor.maps.response * camera.shadow(dust)
    lamp = LIGHT * np.exp(camera.draw.normal(0, 0.01))
    exposed = {
        "BIAS": (0.0, sensor.bias(COUNT, take=night)),
        "DARK": (EXPOSURE, _read(sensor, dark + leaked * np.exp(4 * (x - 0.5)), "dark", night)),
        "FLAT": (1.0, _read(sensor, lamp * lit, "flat", night)),
        "LIGHT": (EXPOSURE, _read(sensor, dark + SKY * lit, "light", night, count=1)),
    }
    evening = BEGIN + timedelta(days=STEP * night)
    for hour, (kind, (exposure, frames)) in enumerate(exposed.items()):
        write_frames(
            WORK / "raw" / name / evening.isoformat(), sensor, kind, frames, exposure=exposure,
            start=f"{evening}T{20 + hour}:00:00", instrume=name,
            filter="L" if kind in ("FLAT", "LIGHT") else None,
        )  # fmt: skip


def _read(
    sensor: Sensor, expected: np.ndarray, kind: str, night: int, count: int = COUNT
) -> np.ndarray:
    return sensor.read([expected] * count, kind, 1000 + night)


def _run() -> None:
    program = Path(sys.executable).with_name("snakemake")
    command = [
        program, "all", "trends", "--snakefile", ROOT / "Snakefile", "--cores", "2",
        "--quiet", "all", "--config", "raw=raw", "results=results", "stages=[masters,calibrated]",
    ]  # fmt: skip
    done = subprocess.run(list(map(str, command)), cwd=WORK, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    print(done.stdout[-1500:], file=sys.stderr)


def _rows(table: str) -> list[dict[str, str]]:
    with open(WORK / "results" / table, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _darks() -> dict[str, str]:
    """Return which dark each light takes."""
    rows = _rows("plan/associations.csv")
    return {row["frame"]: row["chosen"] for row in rows if row["slot"] == "dark"}


def _told(nights: int, before: dict[str, str]) -> Iterator[str]:
    yield "| what happened | how often | what was said of it |"
    yield "|---|--:|---|"
    sessions = [(BEGIN + timedelta(days=STEP * n)).strftime("%Y%m%d") for n in range(nights)]
    rows = _rows("report/masters.csv")
    old = [row for row in rows if row["setup"].startswith("old")]
    leaked = {sessions[night] for night in LEAKED if night < nights}
    changed = sessions[WHEEL:][:1]
    dark = [row for row in old if row["kind"] == "dark" and row["night"] in leaked]
    named = sum("light leak" in row["causes"] for row in dark)
    yield f"| light leaked into the darks of a night | {len(dark)} | {named} named light leak |"
    now = _darks()
    moved = [frame for frame, taken in before.items() if now[frame] != taken]
    right = sum(any(night in taken for night in leaked) for taken in now.values())
    yield (
        f"| lights took another dark in the second run | {len(moved)} | "
        f"{right} take one of those nights still |"
    )
    flat = [row for row in old if row["kind"] == "flat" and row["night"] in changed]
    causes = "; ".join(row["causes"] for row in flat) or "nothing"
    yield f"| dust lay elsewhere, from one night on | {len(flat)} | {causes} |"
    [course] = [path for path in _tables("") if path.stem.startswith("old")]
    levels = [row for row in _rows(f"report/cameras/{course.name}") if row["bias_adu"]]
    days = [date.fromisoformat(row["night"]).toordinal() for row in levels]
    slope = np.polyfit(days, [float(row["bias_adu"]) for row in levels], 1)[0] * STEP
    yield f"| the bias level rose by {DRIFT:g} ADU a night | | {slope:.3f} measured |"
    new = [row for row in rows if row["setup"].startswith("new")]
    yield f"| masters of a camera that came in the third year | {len(new)} | {_off(new)} in doubt |"
    usual = [row for row in old if row not in dark and row not in flat]
    yield f"| masters of other nights, under that drift | {len(usual)} | {_off(usual)} in doubt |"
    tables = (f"report/cameras/{path.name}" for path in _tables("_changes"))
    for row in [row for table in tables for row in _rows(table)]:
        yield f"| a change that was dated | | {row['words']} |"


def _tables(end: str) -> list[Path]:
    """Return the tables of trends of all cameras that have this end of their name."""
    paths = sorted((WORK / "results" / "report" / "cameras").glob(f"*{end}.csv"))
    return [path for path in paths if end or not path.stem.endswith(("_changes", "_expiry"))]


def _off(rows: list[dict[str, str]]) -> str:
    off = [row for row in rows if row["verdict"] != "good"]
    return str(len(off)) + "".join(
        f" ({row['kind']} {row['night']}: {row['causes']})" for row in off
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
