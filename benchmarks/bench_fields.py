"""How random fields of the real sky are solved: how many, how truly, how fast, and none falsely.

    python benchmarks/bench_fields.py [number of fields] [number of hopeless fields]

Random cameras look at the stars of the index files that are installed (Tycho-2): turned, mirrored,
bent by 3 to 20 pixels at the corner, anywhere in the sky and every sixth at a pole or where right
ascension begins; 8 to 8,000 stars, a fifth of them not seen, and false sources.  The header tells
the truth, a pointing or a scale that is wrong, or nothing.  Each field is solved with the defaults,
by all engines there are; then a frame beside it, moved, and turned by half a turn each third time,
from its solution.  Hopeless fields are sources by chance, and are searched for to the full limit of
time.  Fails where a solution is false: more than 5 pixels off in the middle, or one of chance.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from bentfields import NOISE, Optics, random_optics  # noqa: E402
from plateworks.metadata.frame import Frame  # noqa: E402
from plateworks.settings.solve import SolveOptions  # noqa: E402
from plateworks.sky import engines  # noqa: E402
from plateworks.sky.engines.engine import Answer, Engine, Query, Search  # noqa: E402
from plateworks.sky.neighbours import Neighbour, refine_from  # noqa: E402
from plateworks.sky.projection import deproject, project  # noqa: E402
from plateworks.sky.refine import Solution  # noqa: E402
from plateworks.sky.solving import MOST_SOURCES, solve_sources  # noqa: E402

FIELDS, HOPELESS = 60, 10
#: All fields of a run at full length; for which the time is told.
FULL = 300
STARS = 8, 8000
FALSE_PX = 5.0

Header = Callable[[Optics, np.random.Generator], dict[str, float]]


def stated(optics: Optics, rng: np.random.Generator) -> dict[str, float]:
    """What a header says that is right."""
    ra, dec = optics.pointing
    return {"pixel_scale": optics.scale, "ra": ra, "dec": dec}


def elsewhere(optics: Optics, rng: np.random.Generator) -> dict[str, float]:
    """One of a mount that has lost itself by up to eight degrees."""
    east, north = rng.uniform(-5.6, 5.6, 2)
    ra, dec = deproject(np.array([[east, north]]), optics.pointing)
    return stated(optics, rng) | {"ra": float(ra[0]), "dec": float(dec[0])}


def otherwise(optics: Optics, rng: np.random.Generator) -> dict[str, float]:
    """One with a focal length from memory, a tenth to a fifth off."""
    return stated(optics, rng) | {"pixel_scale": optics.scale * float(rng.choice([0.85, 1.15]))}


def nowhere(optics: Optics, rng: np.random.Generator) -> dict[str, float]:
    """One that does not tell where it points."""
    return {"pixel_scale": optics.scale}


def silent(optics: Optics, rng: np.random.Generator) -> dict[str, float]:
    """One that does not tell its scale."""
    return {key: value for key, value in stated(optics, rng).items() if key != "pixel_scale"}


HEADERS: dict[str, Header] = {
    "true": stated, "pointing wrong": elsewhere, "scale wrong": otherwise, "no pointing": nowhere,
    "no scale": silent,
}  # fmt: skip


@dataclass
class Score:
    """Of the fields of one kind."""

    fields: int = 0
    solved: int = 0
    false: int = 0
    corners: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, outcome: Solution | str, optics: Optics, seconds: float) -> None:
        self.fields += 1
        self.seconds.append(seconds)
        if isinstance(outcome, str):
            return
        middle, corner = errors(outcome, optics)
        self.solved += 1
        self.false += middle > FALSE_PX
        self.corners.append(corner)

    def line(self, name: str) -> str:
        corners = self.corners or [np.nan]
        return (
            f"  {name:16s}  {self.fields:5d}  {self.solved:6d}  {self.false:5d}"
            f"  {np.median(corners):9.3f}  {np.quantile(corners, 0.9):9.3f}"
            f"  {np.median(self.seconds):7.3f}  {max(self.seconds):7.2f}"
        )


class Clock:
    """Counts processor seconds, with those that engines say they took in processes of their own."""

    def __init__(self, able: Sequence[Engine]):
        self._engines = 0.0
        for engine in able:
            engine.fitting = partial(self._fitting, engine.fitting)  # type: ignore[method-assign]

    def time(
        self, solve: Callable[..., Solution | str], *given: object
    ) -> tuple[Solution | str, float]:
        """Solve, and return the seconds too."""
        begun = time.process_time() + self._engines
        outcome = solve(*given)
        return outcome, time.process_time() + self._engines - begun

    def _fitting(self, real: Callable[..., Search | str], *given: object) -> Search | str:
        ready = real(*given)
        return ready if isinstance(ready, str) else replace(ready, solve=self._counted(ready.solve))

    def _counted(self, solve: Callable[[Query], Answer]) -> Callable[[Query], Answer]:
        def counted(query: Query) -> Answer:
            answer = solve(query)
            self._engines += answer.seconds
            return answer

        return counted


HEAD = "                  fields  solved  false  corner px   9 of 10    CPU s  longest"


def errors(solution: Solution, optics: Optics) -> tuple[float, float]:
    """How far in pixels a solution is from the truth, in the middle and at the worst corner."""
    height, width = optics.shape
    corners = [[1, 1], [width, 1], [1, height], [width, height]]
    places = np.array([[(width + 1) / 2, (height + 1) / 2], *corners], float)
    ra, dec = optics.to_sky(places).T
    true = project(ra, dec, optics.pointing)
    found = project(*solution.lens.to_sky(places), optics.pointing)
    miss = np.nan_to_num(np.hypot(*(found - true).T) * 3600 / optics.scale, nan=np.inf)
    return float(miss[0]), float(miss[1:].max())


def sources(optics: Optics, able: Engine, rng: np.random.Generator) -> np.ndarray:
    """What is seen of the real sky: (N, 2) pixels counted from 1, the brighter ones first."""
    height, width = optics.shape
    ra, dec = optics.pointing
    radius = min(1.1 * optics.corner * optics.scale / 3600, 90.0)
    stars = able.catalogued(ra, dec, radius, 4 * STARS[1])
    assert stars is not None
    xy = optics.to_pixels(stars)
    inside = np.all((xy > 0.5) & (xy < np.array([width, height]) + 0.5), axis=1)
    xy = xy[inside][: STARS[1]]
    seen = xy[rng.random(len(xy)) > 0.2]
    seen = seen + rng.normal(0, NOISE, seen.shape)
    others = rng.uniform(1, (width, height), (int(0.3 * len(seen)), 2))
    # False sources are as bright as any; stars are a little brighter or fainter than catalogued.
    rank = np.concatenate([np.arange(len(seen)), rng.uniform(0, len(seen), len(others))])
    rank = rank + rng.normal(0, 0.05 * len(rank), len(rank))
    return np.vstack([seen, others])[np.argsort(rank)][:MOST_SOURCES]


def camera(number: int, rng: np.random.Generator) -> Optics:
    """A random camera; every sixth looks at a pole or to where right ascension begins."""
    optics = random_optics(rng)
    degrees = 10 ** rng.uniform(np.log10(0.8), np.log10(20))
    optics = replace(optics, scale=float(degrees * 3600 / optics.shape[1]))
    if number % 6 == 0:
        pointing = [(0.02, 10.0), (120.0, 89.7), (200.0, -89.8)][number // 6 % 3]
        optics = replace(optics, pointing=pointing)
    return optics


def drawn(optics: Optics, header: dict[str, float]) -> Frame:
    """A frame with such a header."""
    height, width = optics.shape
    return replace(Frame("drawn.fits", width, height, -32), **header)  # type: ignore[arg-type]


def beside(optics: Optics, number: int, rng: np.random.Generator) -> Optics:
    """The same camera, pointing elsewhere by up to a twentieth of its field."""
    far = rng.uniform(-0.05, 0.05, (1, 2)) * optics.corner * optics.scale / 3600
    ra, dec = deproject(far, optics.pointing)
    angle = optics.angle + (180 if number % 3 == 0 else 0)
    return replace(optics, pointing=(float(ra[0]), float(dec[0])), angle=angle)


def main() -> None:
    fields, hopeless = (
        int(sys.argv[place]) if len(sys.argv) > place else count
        for place, count in ((1, FIELDS), (2, HOPELESS))
    )
    options = SolveOptions()
    able = engines.choose(options)
    print(f"engines: {', '.join(engine.name for engine in able)}")
    scores = {name: Score() for name in HEADERS} | {"beside": Score(), "chance": Score()}
    clock = Clock(able)
    begun = time.perf_counter()
    for number in range(fields):
        rng = np.random.default_rng(number)
        optics = camera(number, rng)
        xy = sources(optics, able[0], rng)
        if len(xy) < STARS[0]:
            continue
        name = list(HEADERS)[number % len(HEADERS)]
        frame = drawn(optics, HEADERS[name](optics, rng))
        outcome, seconds = clock.time(solve_sources, xy, optics.shape, frame, options, able)
        scores[name].add(outcome, optics, seconds)
        if isinstance(outcome, str):
            width = optics.scale * optics.shape[1] / 3600
            print(f"  field {number} ({name}, {width:.1f} deg, {len(xy)} sources): {outcome[:90]}")
            continue
        near = beside(optics, number, rng)
        others = sources(near, able[0], rng)
        neighbour = Neighbour("first.fits", outcome.lens, outcome.index, None, None)
        blank = drawn(near, {})
        outcome, seconds = clock.time(
            refine_from, neighbour, blank, others, near.shape, options, able[0].catalogued
        )
        scores["beside"].add(outcome, near, seconds)
    of_fields = time.perf_counter() - begun
    begun = time.perf_counter()
    for number in range(hopeless):
        rng = np.random.default_rng(100_000 + number)
        optics = camera(1 + 6 * number, rng)
        xy = rng.uniform(1, optics.shape[::-1], (int(rng.integers(20, 600)), 2))
        name = list(HEADERS)[number % len(HEADERS)]
        frame = drawn(optics, HEADERS[name](optics, rng))
        outcome, seconds = clock.time(solve_sources, xy, optics.shape, frame, options, able)
        scores["chance"].add(outcome, optics, seconds)
        scores["chance"].false = scores["chance"].solved  # whatever it is, there is nothing
    of_chance = time.perf_counter() - begun
    engines.finish()
    print(HEAD)
    for name, score in scores.items():
        if score.fields:
            print(score.line(name))
    each = of_fields / max(fields, 1), of_chance / max(hopeless, 1)
    print(f"{of_fields + of_chance:.0f} s; {FULL} fields and {FULL} hopeless ones would take "
          f"{FULL * sum(each) / 60:.0f} min")  # fmt: skip
    sys.exit(any(score.false for score in scores.values()))


if __name__ == "__main__":
    main()
