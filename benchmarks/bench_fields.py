"""How random fields of the real sky are solved: how many, how truly, how fast, and none falsely.

    python benchmarks/bench_fields.py [--from N] [--to M] [--rows FILE] [--no-hopeless]
    python benchmarks/bench_fields.py --sum FILE...

Random cameras look at the stars of the index files that are installed (Tycho-2): turned, mirrored,
bent by 3 to 20 pixels at the corner, anywhere in the sky and every sixth at a pole or where right
ascension begins; 8 to 8,000 stars, a fifth of them not seen, and false sources.  The header tells
the truth, a pointing or a scale that is wrong, or nothing.  Each field is solved with the defaults,
by all engines there are; then a frame beside it, moved, and turned by half a turn each third time,
from its solution.  With each goes a hopeless field, unless it is declined: sources by chance,
searched for to the full limit of time, which is most of what a run takes.

A row is printed as each trial ends, and appended to FILE.  Every trial draws from a seed of its
own, so that pieces, made anywhere in any order, add up to the whole; ``--sum`` does that.  Fails
where a solution is false (more than 5 pixels off in the middle, or one of chance), where one has a
corner more than a pixel off and is not called poor, and where corners lie beyond what is said of
them more often than chance allows.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from plateworks.settings.solve import SolveOptions  # noqa: E402
from plateworks.sky import engines  # noqa: E402
from plateworks.sky.engines.engine import Answer, Engine, Query, Search  # noqa: E402
from plateworks.sky.neighbours import Neighbour, refine_from  # noqa: E402
from plateworks.sky.quality import why_poor  # noqa: E402
from plateworks.sky.refine import Solution  # noqa: E402
from plateworks.sky.solving import solve_sources  # noqa: E402
from realfields import (  # noqa: E402
    HEADERS,
    STARS,
    Optics,
    beside,
    camera,
    drawn,
    errors,
    sources,
)  # fmt: skip

FIELDS = 60
#: All fields of a run at full length; for which the time is told.
FULL = 300
#: A solution is false that is so far off in the middle, and off that is so in a corner.
FALSE_PX, OFF_PX = 5.0, 1.0
#: Corners may lie beyond what is said of them once in twenty: at the most so often by chance.
BEYOND, SIGMAS = 1 / 20, 3.0

BESIDE, CHANCE = "beside", "chance"


class Row(NamedTuple):
    """What came of one trial; pixels are NaN where there is no solution."""

    kind: str  # what the header tells, BESIDE or CHANCE
    number: int
    degrees: float  # width of the field
    seen: int  # sources
    middle: float
    corner: float
    said: float  # how far off the corners may be, as the solution has it
    verdict: str  # good, poor or open
    seconds: float  # of the processor

    def line(self) -> str:
        return "\t".join(f"{one:.3f}" if isinstance(one, float) else str(one) for one in self)

    @property
    def false(self) -> bool:
        solved = self.verdict != "open"
        return solved and (self.kind == CHANCE or not self.middle <= FALSE_PX)

    @property
    def unsaid(self) -> bool:
        return self.verdict == "good" and not self.corner <= OFF_PX

    @property
    def beyond(self) -> bool:
        return self.verdict == "good" and not self.corner <= self.said


def row_of(line: str) -> Row:
    """Read a line of :meth:`Row.line`."""
    kind, number, degrees, seen, *pixels, verdict, seconds = line.rstrip("\n").split("\t")
    middle, corner, said = map(float, pixels)
    return Row(
        kind, int(number), float(degrees), int(seen), middle, corner, said, verdict, float(seconds)
    )


class Trials:
    """Draws and solves fields."""

    def __init__(self) -> None:
        self.options = SolveOptions()
        self.able = engines.choose(self.options)
        self.clock = Clock(self.able)

    def hopeless(self, number: int) -> Iterator[Row]:
        """Search for sources by chance."""
        rng = np.random.default_rng(100_000 + number)
        optics = camera(1 + 6 * number, rng)
        xy = rng.uniform(1, optics.shape[::-1], (int(rng.integers(20, 600)), 2))
        name = list(HEADERS)[number % len(HEADERS)]
        frame = drawn(optics, HEADERS[name](optics, rng))
        outcome, seconds = self.clock.time(
            solve_sources, xy, optics.shape, frame, self.options, self.able
        )
        yield self._row(CHANCE, number, optics, len(xy), outcome, seconds)

    def fields(self, number: int) -> Iterator[Row]:
        """Solve the field of a number, and one beside it."""
        rng = np.random.default_rng(number)
        optics = camera(number, rng)
        xy = sources(optics, self.able[0], rng)
        if len(xy) < STARS[0]:
            return
        name = list(HEADERS)[number % len(HEADERS)]
        frame = drawn(optics, HEADERS[name](optics, rng))
        outcome, seconds = self.clock.time(
            solve_sources, xy, optics.shape, frame, self.options, self.able
        )
        yield self._row(name, number, optics, len(xy), outcome, seconds)
        if isinstance(outcome, str):
            return
        near = beside(optics, number, rng)
        others = sources(near, self.able[0], rng)
        neighbour = Neighbour("first.fits", outcome.lens, outcome.index, None, None)
        outcome, seconds = self.clock.time(
            refine_from, neighbour, drawn(near, {}), others, near.shape, self.options,
            self.able[0].catalogued,
        )  # fmt: skip
        yield self._row(BESIDE, number, near, len(others), outcome, seconds)

    def _row(
        self,
        kind: str,
        number: int,
        optics: Optics,
        seen: int,
        outcome: Solution | str,
        seconds: float,
    ) -> Row:
        middle, corner, said, verdict = math.nan, math.nan, math.nan, "open"
        if not isinstance(outcome, str):
            middle, corner = errors(outcome, optics)
            said = math.nan if outcome.corner_px is None else outcome.corner_px
            verdict = "poor" if why_poor(outcome, math.nan, self.options) else "good"
        degrees = optics.scale * optics.shape[1] / 3600
        return Row(kind, number, degrees, seen, middle, corner, said, verdict, seconds)


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


HEAD = (
    "                  fields  solved  poor  false  off, unsaid  beyond  corner px   9 of 10"
    "    CPU s  longest"
)


def table_line(kind: str, rows: Sequence[Row]) -> str:
    """Sum up trials of one kind."""
    solved = [row for row in rows if row.verdict != "open"]
    corners = [row.corner for row in solved] or [math.nan]
    seconds = [row.seconds for row in rows]
    return (
        f"  {kind:16s}  {len(rows):5d}  {len(solved):6d}"
        f"  {sum(row.verdict == 'poor' for row in rows):4d}  {sum(row.false for row in rows):5d}"
        f"  {sum(row.unsaid for row in rows):11d}  {sum(row.beyond for row in rows):6d}"
        f"  {np.median(corners):9.3f}  {np.quantile(corners, 0.9):8.3f}"
        f"  {np.median(seconds):7.3f}  {max(seconds):7.2f}"
    )


def sum_up(rows: Sequence[Row]) -> bool:
    """Print what trials came to; return whether there is anything amiss."""
    unlike = {row[:2]: row for row in rows}  # a trial that two pieces made counts once
    rows = list(unlike.values())
    print(HEAD)
    for kind in (*HEADERS, BESIDE, CHANCE):
        some = [row for row in rows if row.kind == kind]
        if some:
            print(table_line(kind, some))
    good = sum(row.verdict == "good" and row.kind != CHANCE for row in rows)
    beyond = sum(row.beyond for row in rows if row.kind != CHANCE)
    allowed = BEYOND * good + SIGMAS * math.sqrt(BEYOND * good)
    print(f"{beyond} of {good} good solutions have a corner beyond what they say: "
          f"at the most {allowed:.0f} by chance")  # fmt: skip
    fields = len({row.number for row in rows})
    each = sum(row.seconds for row in rows) / max(fields, 1)
    print(f"{each * fields:.0f} CPU s; {FULL} fields and {FULL} hopeless ones take about "
          f"{FULL * each / 60:.0f} min")  # fmt: skip
    return any(row.false or row.unsaid for row in rows) or beyond > allowed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--to", dest="end", type=int, default=FIELDS, help="not included")
    parser.add_argument("--rows", type=Path, help="a file that rows are appended to")
    parser.add_argument(
        "--hopeless", action=argparse.BooleanOptionalAction, default=True,
        help="solve one of chance with each",
    )  # fmt: skip
    parser.add_argument("--sum", dest="files", nargs="+", type=Path, help="files of rows")
    asked = parser.parse_args()
    if asked.files:
        lines = [line for file in asked.files for line in file.read_text().splitlines()]
        sys.exit(sum_up([row_of(line) for line in lines]))
    trials, rows = Trials(), list[Row]()
    print(f"engines: {', '.join(engine.name for engine in trials.able)}")
    print("\t".join(Row._fields))
    for number in range(asked.first, asked.end):
        hopeless = trials.hopeless(number) if asked.hopeless else ()
        for row in chain(trials.fields(number), hopeless):
            rows.append(row)
            print(row.line(), flush=True)
            if asked.rows:
                with asked.rows.open("a") as stream:
                    stream.write(row.line() + "\n")
    engines.finish()
    sys.exit(sum_up(rows))


if __name__ == "__main__":
    with threadpool_limits(1):  # as jobs have it
        main()
