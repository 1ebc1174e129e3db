"""What masters state as their noise (PWNOISE), beside what it is: of made frames, by kind.

    python benchmarks/bench_noise.py [seeds]

The noise is 0.3 to 30 steps of the converter, a step 1, 4 or 16 ADU, a set 3 to 50 frames, the
method that which `auto` takes.  What it is follows from two masters of the same pattern and of new
frames.  Asked: within 3 %.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from madenoise import COUNTS, SIGMAS, STEPS, stated_and_true  # noqa: E402

KINDS = ("bias", "dark", "darkflat", "flat")


def main(seeds: int = 1) -> None:
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for kind, step in product(KINDS, STEPS):
            print(f"\n{kind}, step {step} ADU: stated noise beside the true one")
            print("sigma " + "".join(f"{count:>8}" for count in COUNTS))
            for sigma in SIGMAS:
                ratios = [
                    max(_ratios(kind, sigma, count, step, seeds, Path(folder)), key=_off)
                    for count in COUNTS
                ]
                worst = max(worst, *map(_off, ratios))
                print(f"{sigma:5g} " + "".join(f"{ratio:8.3f}" for ratio in ratios), flush=True)
    print(f"\nworst: {worst:.1%}")


def _off(ratio: float) -> float:
    return abs(ratio - 1)


def _ratios(
    kind: str, sigma: float, count: int, step: int, seeds: int, folder: Path
) -> Iterator[float]:
    for seed in range(seeds):
        stated, true = stated_and_true(kind, sigma, count, step, seed, folder)
        yield stated / true


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
