"""Which program reduces values of which some are missing in the least time, case by case.

    python benchmarks/bench_masked.py

Each case is an array of the shape and with the gaps that one of our steps meets.  It is reduced by
bottleneck, by numpy's functions for NaN, by numpy's masked arrays, and by what we use there; all
must give the same.  Where values are missing, bottleneck is the fastest, and we use it.  Rows
without gaps, as most tiles and lines are, numpy's vectorised sorting orders faster.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import bottleneck
import numpy as np

from sidebyside import ROOT, keep

sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.pixels.statistics import medians_of_rows

RUNS = 5


class Case(NamedTuple):
    """A reduction along an axis; ``missing`` is the part of the values that is NaN."""

    title: str
    shape: tuple[int, int]
    axis: int
    missing: float
    reduction: str
    ours: Callable[[np.ndarray], np.ndarray]


median_of_columns = partial(bottleneck.nanmedian, axis=0)
mean_of_columns = partial(bottleneck.nanmean, axis=0)

CASES = (
    Case("neighbours of hot pixels: median", (8, 200_000), 0, 0.2, "median", median_of_columns),
    Case("neighbours of hot pixels: mean", (8, 200_000), 0, 0.2, "mean", mean_of_columns),
    Case("previews of a session: median", (20, 400_000), 0, 0.02, "median", median_of_columns),
    Case("tiles, all with gaps: median", (8_000, 1024), 1, 0.01, "median", medians_of_rows),
    Case("tiles, few with gaps: median", (8_000, 1024), 1, 1e-5, "median", medians_of_rows),
    Case("lines without gaps: median", (1_000, 6_248), 1, 0.0, "median", medians_of_rows),
)


def seconds(
    reduce: Callable[[np.ndarray], np.ndarray], values: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the processor time of a call, the median of several, and its result."""
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        result = reduce(values)
        taken.append(time.process_time() - begun)
    return statistics.median(taken), np.ma.filled(result, np.nan)


def main() -> int:
    warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, of columns without any value
    rng = np.random.default_rng(1)
    equal = True
    lines = [f"| CPU ms, median of {RUNS} | ours | bottleneck | numpy.nan… | numpy.ma |"]
    lines.append("|---|--:|--:|--:|--:|")
    for case in CASES:
        values = rng.normal(500, 30, case.shape).astype(np.float32)
        values[rng.random(case.shape) < case.missing] = np.nan
        masked = np.ma.masked_invalid(values)
        ways: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
            case.ours,
            partial(getattr(bottleneck, f"nan{case.reduction}"), axis=case.axis),
            partial(getattr(np, f"nan{case.reduction}"), axis=case.axis),
            partial(getattr(np.ma, case.reduction), axis=case.axis),
        )
        inputs = (values, values, values, masked)
        costs, results = zip(*map(seconds, ways, inputs), strict=True)
        figures = " | ".join(f"{1000 * cost:.1f}" for cost in costs)
        lines.append(f"| {case.title} | {figures} |")
        equal &= all(np.allclose(results[0], one, rtol=1e-5, equal_nan=True) for one in results)
    lines.append(f"\nResults {'are equal' if equal else '**differ**'}.")
    print(keep("missing values", "\n".join(lines)))
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
