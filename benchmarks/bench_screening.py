"""Judging the frames of a set before they are combined: what it costs, and how often it is wrong.

    python benchmarks/bench_screening.py [runs] [frames]

A median of 20 raw darks of 26 megapixels as the rule makes it, without its judgement, and without
the digests of its frames as well.  Then clean sets of every kind, of sensors of all sorts and of
frames from tiny to big, in which no frame is poor; and how many were called so.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import cycle, product

import bigframes
from sidebyside import OUT, ROOT, Contestant, compare, keep, python, told

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from drawnsets import SENSORS, SHAPES, draw_set, levelled  # noqa: E402
from orders import master_order  # noqa: E402
from plateworks.pixels.screening import screen  # noqa: E402
from plateworks.records import plain  # noqa: E402

WORK = OUT / "screening"
KINDS = ("bias", "dark", "darkflat", "flat")
#: Frames of a set.
COUNTS = (3, 5, 9, 20)

MASTER = """
import json
from plateworks.orders.masters import MasterOrder
from plateworks.products.masters import make_master
from plateworks.products.reading import FrameReader
from plateworks.records import record_of
order, output, digests = sys.argv[1:]
if digests == "no":
    FrameReader.digest = lambda self: ""
order = record_of(MasterOrder, json.load(open(order)), "The order")
make_master(order, output, memory=1e9)
"""


def main(runs: int = 5, frames: int = 10_000) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    darks = bigframes.frames("dark")
    contestants = {
        "Plateworks": _master(darks, screened=True, digests=True),
        "frames not judged": _master(darks, screened=False, digests=True),
        "nor digests of them": _master(darks, screened=False, digests=False),
    }
    costs = compare(contestants, runs)
    print(told(f"median of 20 x {bigframes.SIZE}, frames judged", costs), flush=True)
    print(f"\n{keep('clean frames judged', _clean(frames))}")


def _master(darks: list, *, screened: bool, digests: bool) -> Contestant:
    name = f"{'judged' if screened else 'taken'}{'' if digests else '_undigested'}"
    path, order = WORK / f"{name}.json", master_order("dark", darks, method="median")
    order = order if screened else replace(order, screening=None)
    path.write_text(json.dumps(plain(order)))
    return Contestant(python(MASTER, path, WORK / f"{name}.fits", "yes" if digests else "no"))


def _clean(frames: int) -> str:
    """Draw clean sets, judge them, and say what became of their frames."""
    seen, poor, seconds = 0, 0, 0.0
    refused: list[str] = []
    reasons: Counter[str] = Counter()
    for number, (kind, sensor, shape) in enumerate(cycle(product(KINDS, SENSORS, SHAPES))):
        if seen >= frames:
            break
        size, top = COUNTS[number % 97 % len(COUNTS)], float(sensor.top)
        raw = draw_set(kind, sensor, size, shape, number)
        even, lights = levelled(raw, sensor) if kind == "flat" else (raw, None)
        begun = time.process_time()
        found = screen(list(even), kind, full_scale=[top] * size, lights=lights, raw=list(raw))
        seconds += time.process_time() - begun
        seen += size
        poor += sum(one.poor for one in found.frames)
        reasons.update(f"{kind} {sensor}: {why}" for one in found.frames for why in one.faults)
        refused += [f"{kind} {sensor}: {found.refusal}"] if found.refusal else []
    text = f"{poor} of {seen} clean frames called poor ({poor / seen:.2%}), {len(refused)} sets "
    text += f"refused; {1000 * seconds / seen:.1f} ms a frame"
    return "\n* ".join([text, *refused, *(f"{count} {why}" for why, count in reasons.items())])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
