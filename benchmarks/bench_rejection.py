"""Cosmic rays in few frames: what each method finds of them, what it loses, and what is left.

    python benchmarks/bench_rejection.py

Frames of normal noise, in one of which every pixel is struck.  Of each method: the part of the
struck values that it rejects; the part of the values that it rejects where nothing is struck; the
noise of that master over that of the mean, which loses nothing; and what a ray of 15 sigmas leaves
in the master, in sigmas of a frame.  The noise that `variance` is told is that of the frames.
ccdproc clips about the median by the MAD, once, with the same limits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from ccdproc import CCDData, Combiner

from sidebyside import ROOT, keep

sys.path[:0] = [str(ROOT / "scripts")]

from plateworks.pixels.combine import combine  # noqa: E402
from plateworks.pixels.varianceclip import KnownNoise  # noqa: E402

SIDE, LEVEL, SIGMA = 500, 1000.0, 10.0
COUNTS, RAYS, LEFT = (3, 4, 5, 10), (5, 8, 15, 50), 15
METHODS = ("variance", "median", "minmax", "sigma_clip", "winsorized")


class Made(NamedTuple):
    """A master, and which part of the values of each frame was rejected."""

    master: np.ndarray
    rejected: np.ndarray


def main() -> None:
    heads = " | ".join(f"{ray} σ" for ray in RAYS)
    lines = [
        f"| frames | method | {heads} | false | noise | left of {LEFT} σ |",
        "|---|---|" + "--:|" * (len(RAYS) + 3),
    ]
    makers = {name: _by(name) for name in METHODS} | {"ccdproc": _by_ccdproc}
    for count in COUNTS:
        draw = np.random.default_rng(count)
        clean = draw.normal(LEVEL, SIGMA, (count, SIDE, SIDE)).astype(np.float32)
        usual = clean.mean(axis=0, dtype=np.float64).std()
        for name, make in makers.items():
            unstruck, found, left = make(clean), [], np.nan
            for ray in RAYS:
                struck = clean.copy()
                struck[0] += np.float32(ray * SIGMA)
                made = make(struck)
                found.append("–" if name == "median" else f"{made.rejected[0]:.4f}")
                if ray == LEFT:
                    left = (made.master.mean(dtype=np.float64) - LEVEL) / SIGMA
            lost = "–" if name == "median" else f"{unstruck.rejected.mean():.4f}"
            noise = unstruck.master.std(dtype=np.float64) / usual
            cells = " | ".join([*found, lost, f"{noise:.3f}", f"{left:.3f}"])
            lines.append(f"| {count} | {name} | {cells} |")
    print(keep("rejection in few frames", "\n".join(lines)))


def _by(method: str) -> Callable[[np.ndarray], Made]:
    def make(stack: np.ndarray) -> Made:
        noise = KnownNoise(SIGMA, LEVEL)
        made = combine(stack, method, noise=noise, tell_rejected=True)
        lost = np.zeros(len(stack)) if made.rejected is None else made.rejected
        return Made(made.value, lost / made.value.size)

    return make


def _by_ccdproc(stack: np.ndarray) -> Made:
    combiner = Combiner([CCDData(frame, unit="adu") for frame in stack])
    combiner.sigma_clipping(low_thresh=4, high_thresh=3, func="median", dev_func="mad_std")
    master = combiner.average_combine()
    combined = np.ma.getdata(master.data)
    mask = np.asarray(combiner.data_arr.mask)
    return Made(np.asarray(combined), mask.mean(axis=(1, 2)))


if __name__ == "__main__":
    main()
