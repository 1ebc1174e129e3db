"""From a frame of 26 megapixels that is complete on disk to its row on the page of the night.

    python benchmarks/bench_live.py [number of frames] [options of plateworks.watch]

Draws a night whose lights can be solved, makes its masters and the page of the first light, and
has a watch run.  Then one light after the other comes: by turns it is moved in whole, as a careful
program does, and it grows while it is written.  Time runs from the moment at which it is complete
until the page names it, and is told in parts.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bigframes import HEIGHT, WIDTH
from sidebyside import OUT, ROOT, figure, keep, ordinary

sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.demo.frames import DrawnObservatory, write_frame
from plateworks.demo.night import L, Night, PlannedExposure, list_exposures
from plateworks.demo.optics import Optics
from plateworks.demo.scene import INDEX, Psf
from plateworks.demo.sensor import Sensor

WORK = OUT / "live"
#: Stars that no index holds, beside those of the demonstration, and their magnitudes.
FAINT, FAINTEST = 3_000, 15.0
#: A frame that grows comes in so many pieces, each so many seconds after the last.
PIECES, PAUSE_S = 8, 0.2
LOOK_S, PATIENCE_S = 0.02, 120.0
ASKED_S = 6.0


def night_of(frames: int) -> Night:
    """Return a night of few frames, with one light more than are to come."""
    zoom = WIDTH / Sensor.width  # the field that the demonstration's index covers
    return Night(
        sensor=replace(Sensor(), width=WIDTH, height=HEIGHT),
        optics=Optics(focal_mm=135.0 * zoom),
        psf=Psf(core=1.2, halo=3.0),
        bands=(replace(L, lights=frames + 1, star_rate=3_000.0),),
        biases=5, darks=5, flats=5, flat_drift=0.0, darkflats=0, truncated=0,
    )  # fmt: skip


def drawn(night: Night, folder: Path) -> list[PlannedExposure]:
    """Draw what is not there yet; return the lights."""
    observatory = DrawnObservatory(night)
    draw = np.random.default_rng(5)
    more = np.zeros(FAINT, observatory.catalogue.dtype)
    for name in ("ra", "dec"):
        column = observatory.catalogue[name]
        more[name] = draw.uniform(column.min(), column.max(), FAINT)
    more["vt"] = FAINTEST + np.log10(draw.uniform(0.02, 1.0, FAINT)) / 0.4
    observatory.catalogue = np.concatenate([observatory.catalogue, more])
    exposures = list_exposures(night)
    for one in exposures:
        if not (folder / one.path).exists():
            write_frame(observatory, one, folder)
    return [one for one in exposures if one.kind == "light"]


def moved_in(source: Path, target: Path) -> float:
    """Have a frame appear whole; return when it was complete."""
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    part.rename(target)
    return time.time()


def grown(source: Path, target: Path) -> float:
    """Write a frame piece by piece; return when it was complete."""
    content = source.read_bytes()
    size = -(-len(content) // PIECES)
    with target.open("wb", buffering=0) as file:
        for begin in range(0, len(content), size):
            time.sleep(PAUSE_S)
            file.write(content[begin : begin + size])
    return time.time()


class Parts:
    """The files by whose times of change the parts of a frame's way are told."""

    def __init__(self, results: Path, session: str, frame: str):
        self._scan = results / ".plateworks/scan.json"
        self._log = results / f"logs/calibrate/calibrated/{session}/{frame}.fits.log"
        self._made = {
            "calibrating": results / f"calibrated/{session}/{frame}.fits",
            "solving": results / f"solved/{session}/{frame}.fits",
            "judging": results / f"report/lights/{session}.csv",
            "page": results / f"report/{session}.html",
        }
        self._frame, self._read = frame, dict[Path, int]()

    def follow(self, watch: Watch, complete: float) -> dict[str, float]:
        """Wait until the page names the frame; return the seconds that each part took."""
        ends: dict[str, float] = {}
        waiting: dict[str, Callable[[], bool]] = {
            "noticing": lambda: self._names(self._scan),
            "planning": self._log.exists,
            "calibrating": self._made["calibrating"].exists,
            "solving": self._made["solving"].exists,
            "judging": lambda: self._names(self._made["judging"]),
            "page": lambda: self._names(self._made["page"]),
        }
        while waiting:
            for part in list(waiting):
                if waiting[part]():
                    ends[part] = time.time()
                    del waiting[part]
            if time.time() > complete + PATIENCE_S:
                raise SystemExit(f"{self._frame} does not come to the page:\n{watch.said()}")
            time.sleep(LOOK_S)
        begins = [complete, *list(ends.values())[:-1]]
        return {part: end - begin for (part, end), begin in zip(ends.items(), begins, strict=True)}

    def _names(self, path: Path) -> bool:
        """Whether a file names the frame; it is read only where it changed."""
        if not path.exists() or self._read.get(path) == path.stat().st_mtime_ns:
            return False
        self._read[path] = path.stat().st_mtime_ns
        return self._frame in path.read_text(encoding="utf-8")


class Watch:
    """A watch that runs, and what it says."""

    def __init__(self, folder: Path, options: list[str]):
        command = [
            sys.executable, "-m", "plateworks.watch", *options, "--cores", "2", "--nocolor",
            "--snakefile", str(ROOT / "Snakefile"), "--config", "raw=raw", "results=results",
            f"solve={{'index_dirs': ['{INDEX.parent}']}}",
        ]  # fmt: skip
        environment = ordinary(PYTHONPATH=str(ROOT / "scripts"))
        self._log = folder / "said.txt"
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=self._log.open("wb"), stderr=subprocess.STDOUT,
        )  # fmt: skip

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def rests(self, rounds: int) -> None:
        """Wait until so many rounds have ended."""
        while self.said().count("watch: all is made") < rounds:
            if self._process.poll() is not None or "not all could" in self.said():
                raise SystemExit(self.said())
            time.sleep(LOOK_S)

    def end(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


def main(frames: int, options: list[str]) -> None:
    night = night_of(frames)
    drawn_in, folder = WORK / "drawn", WORK / "night"
    lights = drawn(night, drawn_in)
    others = [one.path for one in lights[1:]]
    shutil.rmtree(folder, ignore_errors=True)
    for one in list_exposures(night):
        if one.path not in others:
            target = folder / "raw" / one.path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(drawn_in / one.path, target)
    session, results = f"{night.evening:%Y%m%d}", folder / "results"
    taken: list[dict[str, float]] = []
    watch = Watch(folder, options)
    try:
        watch.rests(1)
        ways = (moved_in, grown)
        for number, path in enumerate(others):
            complete = ways[number % 2](drawn_in / path, folder / "raw" / path)
            taken.append(Parts(results, session, Path(path).stem).follow(watch, complete))
            watch.rests(number + 2)  # idle rounds would only be more
    finally:
        watch.end()
    report(taken)


def report(taken: list[dict[str, float]]) -> None:
    """Print the parts of each frame's way and their medians, and keep them."""
    parts = list(taken[0])
    rows = [*taken, {part: statistics.median(one[part] for one in taken) for part in parts}]
    names = [*(f"frame {number}" for number in range(1, len(taken) + 1)), "median"]
    whole = [sum(row.values()) for row in taken]
    whole.append(statistics.median(whole))
    lines = [
        f"| a frame of 26 MP, complete → on the page, s | {' | '.join(parts)} | together |",
        f"|---|{'--:|' * (len(parts) + 1)}",
    ]
    for name, row, together in zip(names, rows, whole, strict=True):
        cells = [f"{row[part]:.2f}" for part in parts] + [f"{together:.2f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    figure("live.row", whole[-1])
    lines.append(f"\nAsked are {ASKED_S:g} s at most.")
    print(keep("live", "\n".join(lines)))


if __name__ == "__main__":
    words = sys.argv[1:]
    count = int(words.pop(0)) if words and words[0].isdigit() else 3
    main(count, words)
