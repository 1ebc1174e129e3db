"""How many good masters are called off, and which part of poor ones is, with the right cause.

    python benchmarks/bench_masters.py [cameras] [masters of each] [faults of each kind] [folder]

Simulated sensors of 400 x 300 pixels, darks of 60 s and flats, four frames a master: drawn,
combined, and judged as a run does it, each by those before it.  Good masters scatter as those of
cameras do: the level of darks by a tenth of the noise of a frame, flats by their lamp.  Faults
follow, each beside the history of its camera.  Fails if less than is asked is seen, or more good
ones are called off.  Masters that lie in the folder are not made again.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from sidebyside import ROOT, keep

logging.disable(logging.WARNING)

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from orders import frame_order, master_order  # noqa: E402
from plateworks.csvtable import read_table  # noqa: E402
from plateworks.orders.frames import Subtraction  # noqa: E402
from plateworks.orders.judging import JudgedMaster, JudgingOrder  # noqa: E402
from plateworks.products.masters import make_master  # noqa: E402
from plateworks.quality.masterfigures import read_figures  # noqa: E402
from plateworks.quality.masterpairs import PairFigures, compare_pixels  # noqa: E402
from plateworks.quality.masterverdicts import Known, judge_masters  # noqa: E402
from plateworks.report.mastertable import write_masters  # noqa: E402
from sensorfiles import write_frames  # noqa: E402
from sensors import Sensor  # noqa: E402

FRAMES, EXPOSURE, LIGHT = 4, 60.0, 15_000.0
#: Of good masters: levels in the noise of a frame; a lamp in its light and from edge to edge.
LEVELS, LAMP, TILT = 0.1, 0.01, 0.001
#: What is asked: of good ones called off at most, of faults seen at least.
FALSE, SEEN = 0.01, 0.99
#: Cameras, masters of each, and faults of each kind beside them.
USUAL = 5, 100, 20
#: Masters in a row that show a step of the level.
ROW = 4


@dataclass
class Camera:
    """A sensor with its dust, and the masters that were made with it.

    Attributes
    ----------
    folder : Path
    seed : int
    kind : str
        ``dark`` or ``flat``.
    """

    folder: Path
    seed: int
    kind: str
    masters: list[JudgedMaster] = field(default_factory=list)

    @cached_property
    def draw(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.kind == "flat"])

    @cached_property
    def sensor(self) -> Sensor:
        size = {"width": 400, "height": 300, "hot": 200, "flickering": 30, "vignetting": 0.3}
        return Sensor(seed=self.seed, **size)

    @cached_property
    def mean(self) -> float:
        """The level of a dark that is neither high nor low, ADU."""
        sensor = self.sensor
        return float(np.median(sensor.maps.bias + sensor.dark_electrons(EXPOSURE) / sensor.egain))

    @cached_property
    def dust(self) -> np.ndarray:
        """Rings, two of them on the filter: (place, radius, depth)."""
        return np.array([self.ring() for _ in range(8)])

    def ring(self, depth: float | None = None) -> tuple[float, ...]:
        """Draw a ring of dust: x, y, radius, depth."""
        place = self.draw.uniform(0.05, 0.95, 2) * (400, 300)
        return *place, self.draw.uniform(6, 15), depth or self.draw.uniform(0.02, 0.1)

    def shadow(self, dust: np.ndarray) -> np.ndarray:
        """Return what dust lets through: a disc that is lighter in the middle, for each mote."""
        y, x = np.mgrid[:300, :400]
        passed = np.ones((300, 400))
        for x0, y0, radius, depth in dust:
            far = np.hypot(x - x0, y - y0) / radius
            ring = 0.5 * (np.tanh((far - 0.4) / 0.1) - np.tanh((far - 1) / 0.1))
            passed *= 1 - depth * ring
        return passed

    def master(
        self,
        *,
        level: float | None = None,
        noise: float = 1.0,
        leak: float = 0.0,
        light: float = 1.0,
        passed: np.ndarray | None = None,
        tilt: float | None = None,
    ) -> JudgedMaster:
        """Make a master, and take it for one of the camera's; good unless something is asked for.

        Parameters
        ----------
        level : float
            Of a dark, in the noise of a frame above the mean of good ones.
        noise : float
            Beside that of a good one.
        leak : float
            Electrons in the corner that has most.
        light : float
            Of a flat, beside the usual.
        passed : (300, 400) array
            What becomes of the light of a flat beside vignetting; by default dust is in its way.
        tilt : float
            Of the light, from edge to edge.
        """
        number, draw, sensor = len(self.masters), self.draw, self.sensor
        x = np.linspace(-0.5, 0.5, 400)
        if self.kind == "dark":
            level = draw.normal(0, LEVELS) if level is None else level
            sensor = replace(sensor, read_noise=noise * sensor.read_noise,
                             pedestal=sensor.pedestal + level * sensor.noise)  # fmt: skip
            expected = sensor.dark_electrons(EXPOSURE) + leak * np.exp(4 * (x - 0.5))
        else:
            passed = self.shadow(self.dust) if passed is None else passed
            tilt = draw.normal(0, TILT) if tilt is None else tilt
            sensor = replace(sensor, egain=sensor.egain / noise**2) if noise != 1 else sensor
            light *= LIGHT * np.exp(draw.normal(0, LAMP)) * sensor.egain / self.sensor.egain
            expected = light * sensor.maps.response * passed * (1 + tilt * x)
        exposure = EXPOSURE if self.kind == "dark" else 1.0
        take = int(draw.integers(1 << 30))
        path = self.folder / f"{self.kind}_{self.seed}_{number:04d}.fits"
        if not path.exists():
            frames = sensor.read([expected] * FRAMES, self.kind, take)
            self._combine(frames, exposure, path)
        mjd, name = 60_000.0 + number, f"{self.kind} {self.seed}"
        made = JudgedMaster(path=str(path), kind=self.kind, setup=name, alike=name, made=True,
                            mjd=mjd, exposure=exposure, filter="L", fresh=90.0)  # fmt: skip
        self.masters.append(made)
        return made

    def _combine(self, frames: np.ndarray, exposure: float, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as raw:
            files = write_frames(raw, self.sensor, self.kind.upper(), frames, exposure=exposure)
            taken = Subtraction(bias=self.bias if self.kind == "flat" else None)
            orders = [frame_order(path, subtraction=taken) for path in files]
            make_master(master_order(self.kind, orders), str(path))

    @cached_property
    def bias(self) -> str:
        """Make a master bias that flats are freed of."""
        path = str(self.folder / f"bias_{self.seed}.fits")
        with tempfile.TemporaryDirectory(dir=self.folder) as raw:
            files = write_frames(raw, self.sensor, "BIAS", self.sensor.bias(FRAMES))
            make_master(master_order("bias", files), path)
        return path


@dataclass
class Judge:
    """Judges masters beside the history of their camera, without reading that again."""

    history: list[Known]
    _pairs: dict[tuple[str, str], PairFigures | None] = field(default_factory=dict)

    @classmethod
    def of(cls, camera: Camera) -> Judge:
        return cls([_known(one) for one in camera.masters])

    @property
    def levels(self) -> np.ndarray:
        return np.array([one.figures.level for one in self.history])

    def __call__(self, *masters: JudgedMaster) -> list[tuple[str, str]]:
        """Return verdict and causes of masters that come behind the history."""
        news = [_known(one) for one in masters]
        table = judge_masters([*self.history, *news], self._compare)[-len(news) :]
        return list(zip(table["verdict"], table["causes"], strict=True))

    def _compare(self, new: Known, old: Known) -> PairFigures | None:
        both = new.master.path, old.master.path
        if both not in self._pairs:
            self._pairs[both] = compare_pixels(new, old)
        return self._pairs[both]


def _known(master: JudgedMaster) -> Known:
    return Known(master, read_figures(master, {}))


def _darks(camera: Camera, judge: Judge) -> Iterator[tuple[str, str, list[JudgedMaster]]]:
    """Yield faults of darks: what it is, the cause, and masters of which the last is judged."""
    noise, levels = camera.sensor.noise, judge.levels
    sign, middle = camera.draw.choice([-1, 1]), np.median(levels)
    apart = 3 * np.sqrt(np.mean((levels - middle) ** 2)) * sign
    # Medians of so few integers come in halves.
    here = (middle + apart + 0.5 * sign - camera.mean) / noise
    yield "level read 3 sigma off its history", "level", [camera.master(level=here)]
    step = 3 * LEVELS * sign
    row = [camera.master(level=step + camera.draw.normal(0, LEVELS)) for _ in range(ROW)]
    yield "a step of 3 sigma, the first after it", "level", row[:1]
    yield f"a step of 3 sigma, by the {ROW}th after it", "level", row
    yield "5 % more noise, darks", "noisier", [camera.master(noise=1.05)]
    yield "light leak of 8 electrons in a corner", "light leak", [camera.master(leak=8.0)]


def _flats(camera: Camera, judge: Judge) -> Iterator[tuple[str, str, list[JudgedMaster]]]:
    """Yield faults of flats."""
    y, x = np.mgrid[:300, :400]
    usual, draw = camera.shadow(camera.dust), camera.draw
    yield "5 % more noise, flats", "noisier", [camera.master(noise=1.05)]
    x0, y0 = (0.5 + draw.uniform(-0.1, 0.1, 2)) * (400, 300)
    dew = 1 - 0.03 * np.exp(-0.5 * ((x - x0) ** 2 + (y - y0) ** 2) / draw.uniform(50, 90) ** 2)
    yield "condensation of 3 %", "condensation", [camera.master(passed=usual * dew)]
    one = camera.ring(depth=0.02)
    there = [camera.master(passed=camera.shadow(np.array([*camera.dust, one])))]
    moved = (one[0] + 60) % 360 + 20, one[1], one[2], one[3]
    there.append(camera.master(passed=camera.shadow(np.array([*camera.dust, moved]))))
    yield "a ring of dust of 2 % that moved", "dust moved", there
    other = np.array([*camera.dust[2:], *(camera.ring() for _ in range(2))])
    passed = camera.shadow(other)
    yield "a filter swapped", "filter swapped", [camera.master(passed=passed, light=0.6)]
    yield "a lamp that moved: 2 % from edge to edge", "lamp", [camera.master(tilt=0.02)]


def main(*given: int | Path) -> None:
    numbers = [one for one in given if isinstance(one, int)]
    cameras, count, faults = (*numbers, *USUAL[len(numbers) :])
    kept = next((one for one in given if isinstance(one, Path)), None)
    with tempfile.TemporaryDirectory() as folder:
        lines, met = _lines(kept or Path(folder), cameras, count, faults)
    print(keep("verdicts on masters", "\n".join(lines)))
    sys.exit(not met)


def _lines(folder: Path, count_of: int, count: int, faults: int) -> tuple[list[str], bool]:
    pairs: list[tuple[Camera, Callable]] = []
    for seed in range(1, count_of + 1):
        pairs += [(Camera(folder, seed, "dark"), _darks), (Camera(folder, seed, "flat"), _flats)]
    for camera, _ in pairs:
        for _ in range(count):
            camera.master()
    good = tuple(one for camera, _ in pairs for one in camera.masters)
    write_masters(
        JudgingOrder(masters=good, results=str(folder), libraries=()), folder / "masters.csv"
    )
    rows = list(read_table(folder / "masters.csv"))
    called_off = [row["why"] for row in rows if row["verdict"] != "good"]
    print(*called_off, sep="\n", file=sys.stderr)
    off = len(called_off)
    met = off <= FALSE * len(rows)
    lines = [
        "| masters | how many | called off | by the right name | asked |",
        "|---|--:|--:|--:|--:|",
    ]
    share = f"{100 * off / len(rows):.1f} %"
    lines.append(f"| good | {len(rows)} | {share} | | at most {100 * FALSE:g} % |")
    found: dict[str, list[tuple[bool, bool]]] = {}
    for camera, faulty in pairs:
        judge = Judge.of(camera)
        for _ in range(faults):
            for what, cause, masters in faulty(camera, judge):
                verdicts = judge(*masters)
                seen = any(verdict != "good" for verdict, _ in verdicts[-ROW:])
                named = any(cause in causes.split("; ") for _, causes in verdicts)
                found.setdefault(what, []).append((seen, named))
                if not named:
                    print(f"{what}: {verdicts}", file=sys.stderr)
    for what, told in found.items():
        seen, named = np.mean(told, axis=0)
        asked = "" if what.startswith("a step") else f"{100 * SEEN:g} %"
        met &= not asked or seen >= SEEN
        lines.append(
            f"| {what} | {len(told)} | {100 * seen:.1f} % | {100 * named:.1f} % | {asked} |"
        )
    return lines, bool(met)


if __name__ == "__main__":
    main(*(int(one) if one.isdecimal() else Path(one) for one in sys.argv[1:]))
