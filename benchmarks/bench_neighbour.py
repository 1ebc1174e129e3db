"""What a frame costs whose neighbour is solved, with the search for its sources.

    python benchmarks/bench_neighbour.py [fields]

Random cameras look at the stars of the index files that are installed, as in ``bench_fields.py``; a
frame of each is solved, and then one beside it is refined from that.  Told is the processor time of
the second within a process that has begun, of one thread as jobs have it: of all fields, and of
those with 200 to 600 sources.  Beside it stands what finding the sources of 26 megapixels with
3,000 stars takes.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from realfields import STARS, beside, camera, drawn, sources, stated
from sidebyside import ROOT, figure, keep

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from bigframes import HEIGHT, SIZE, WIDTH  # noqa: E402
from plateworks.settings.solve import SolveOptions  # noqa: E402
from plateworks.sky import engines  # noqa: E402
from plateworks.sky.neighbours import Neighbour, refine_from  # noqa: E402
from plateworks.sky.refine import Solution  # noqa: E402
from plateworks.sky.solving import solve_sources  # noqa: E402
from plateworks.sky.sources import extract  # noqa: E402
from pointstars import EGAIN, draw_stars  # noqa: E402

#: Sources of a usual field; and how often each thing is timed, of which the median counts.
USUAL, TIMES = (200, 600), 5
#: Seconds after which the first frame of a field is given up.
LIMIT = 3.0
#: What is drawn -> the colours of its first 2x2 pixels.
FRAMES = {"mono": None, "mosaic": "RGGB"}


class Refined(NamedTuple):
    """Sources of a field, and processor seconds of its refinement; None if it was not solved."""

    seen: int
    seconds: float | None


def main(fields: int = 40) -> None:
    options = SolveOptions(time_limit_s=LIMIT)
    able = engines.choose(options)
    trials = [one for number in range(fields) for one in _refined(number, options, able)]
    engines.finish()
    lines = ["| frame beside a solved one | frames | solved | CPU, s | 9 of 10 |",
             "|---|--:|--:|--:|--:|"]  # fmt: skip
    usual = [one for one in trials if USUAL[0] <= one.seen <= USUAL[1]]
    for name, some in (("all", trials), ("{} to {} sources".format(*USUAL), usual)):
        seconds = [one.seconds for one in some if one.seconds is not None]
        told = [f"{np.quantile(seconds, part):.3f}" if seconds else "" for part in (0.5, 0.9)]
        lines.append(f"| {name} | {len(some)} | {len(seconds)} | {' | '.join(told)} |")
    print(keep("frames beside solved ones", "\n".join(lines)), flush=True)
    refined = float(np.median([one.seconds for one in trials if one.seconds is not None]))
    figure("neighbour.solve", refined)
    image = draw_stars(3.0, 3.0, stars=3000, shape=(HEIGHT, WIDTH)).image[:HEIGHT, :WIDTH]
    lines = [f"| sources of {SIZE}, 3,000 stars | CPU, s | with the solve |", "|---|--:|--:|"]
    for name, bayer in FRAMES.items():
        each = _median(partial(extract, image, bayer=bayer, egain=EGAIN))
        figure(f"neighbour.{name}", each + refined)
        lines.append(f"| {name} | {each:.2f} | {each + refined:.2f} |")
    print(keep("sources beside neighbours", "\n".join(lines)))


def _refined(number: int, options: SolveOptions, able: tuple[engines.Engine, ...]) -> list[Refined]:
    """Solve a field, and refine one beside it."""
    rng = np.random.default_rng(number)
    optics = camera(number, rng)
    xy = sources(optics, able[0], rng)
    if len(xy) < STARS[0]:
        return []
    solve = solve_sources(xy, optics.shape, drawn(optics, stated(optics, rng)), options, able)
    if not isinstance(solve, Solution):
        return []
    near = beside(optics, number, rng)
    others = sources(near, able[0], rng)
    neighbour = Neighbour("first.fits", solve.lens, solve.index, None, None)
    refine = partial(refine_from, neighbour, drawn(near, {}), others, near.shape, options,
                     able[0].catalogued)  # fmt: skip
    seconds = _median(refine) if isinstance(refine(), Solution) else None
    return [Refined(len(others), seconds)]


def _median(work: partial) -> float:
    spent = []
    for _ in range(TIMES):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return sorted(spent)[TIMES // 2]


if __name__ == "__main__":
    with threadpool_limits(1):
        main(*map(int, sys.argv[1:]))
