"""What finding cosmic rays costs, against astroscrappy's full pass over the same frames.

    python benchmarks/bench_cosmics.py [number of runs]

Makes calibrated frames of 26 megapixels with 3,000 stars and 10, 100 and 1,000 cosmic rays, and
cleans each in fresh processes by ``plateworks.pixels.cosmics.clean`` and by
``astroscrappy.detect_cosmics``.  Prints medians, and fails if any pixel of the masks, or any
repaired value, differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bigframes import HEIGHT, WIDTH
from sidebyside import OUT, Contestant, compare, keep, python, told

RAYS = (10, 100, 1_000)
EGAIN, READ_NOISE, SATURATION, SKY = 0.8, 4.0, 62_000.0, 400.0
STARS, FWHM = 3_000, 3.0

OURS = f"""
import numpy as np
from plateworks.pixels.cosmics import clean
image = np.load(sys.argv[1])
cleaned, hit = clean(
    image, egain={EGAIN}, read_noise={READ_NOISE}, saturation_adu={SATURATION}
)
np.savez(sys.argv[2], hit=hit, values=cleaned[hit])
"""
ASTROSCRAPPY = f"""
import numpy as np
from astroscrappy import detect_cosmics
image = np.load(sys.argv[1])
hit, cleaned = detect_cosmics(
    image, gain={EGAIN}, readnoise={READ_NOISE}, satlevel={SATURATION} * {EGAIN}
)
np.savez(sys.argv[2], hit=hit, values=cleaned[hit])
"""


def draw(rays: int) -> np.ndarray:
    """Draw a calibrated frame in ADU, (H, W) float32: sky, stars, noise, tracks of cosmic rays."""
    rng = np.random.default_rng(rays)
    electrons = np.full((HEIGHT, WIDTH), SKY * EGAIN, np.float32)
    reach = 10
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    variance = (FWHM / 2.3548) ** 2
    for _ in range(STARS):
        y, x = rng.uniform(reach, HEIGHT - reach - 1), rng.uniform(reach, WIDTH - reach - 1)
        flux = min(2_000.0 * (rng.pareto(0.8) + 1), 3e6)
        r2 = (dy + int(y) - y) ** 2 + (dx + int(x) - x) ** 2
        near = np.s_[int(y) - reach : int(y) + reach + 1, int(x) - reach : int(x) + reach + 1]
        electrons[near] += flux / (2 * np.pi * variance) * np.exp(-r2 / (2 * variance))
    electrons += rng.standard_normal(electrons.shape, np.float32) * np.sqrt(
        electrons + np.float32(READ_NOISE**2)
    )
    for _ in range(rays):
        way = np.arange(rng.geometric(0.3))
        angle, charge = rng.uniform(0, 2 * np.pi), rng.exponential(1_500.0)
        y = (rng.uniform(0, HEIGHT) + way * np.sin(angle)).astype(int)
        x = (rng.uniform(0, WIDTH) + way * np.cos(angle)).astype(int)
        inside = (y >= 0) & (y < HEIGHT) & (x >= 0) & (x < WIDTH)
        electrons[y[inside], x[inside]] += charge
    return np.minimum(electrons / np.float32(EGAIN), np.float32(SATURATION))


def differing(ours: Path, theirs: Path) -> int:
    """Return how many pixels of two results differ, in the mask or in the repaired value."""
    a, b = np.load(ours), np.load(theirs)
    masks = np.count_nonzero(a["hit"] != b["hit"])
    return int(masks or np.count_nonzero(a["values"] != b["values"]))


def main(runs: int) -> int:
    folder = OUT / "cosmics"
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for rays in RAYS:
        frame = folder / f"{WIDTH}x{HEIGHT}_{rays}.npy"
        if not frame.exists():
            np.save(frame, draw(rays))
        results = [folder / "ours.npz", folder / "astroscrappy.npz"]
        costs = compare(
            {
                "Plateworks": Contestant(python(OURS, frame, results[0])),
                "astroscrappy, full pass": Contestant(python(ASTROSCRAPPY, frame, results[1])),
            },
            runs,
        )
        wrong += (differs := differing(*results))
        hits = np.count_nonzero(np.load(results[0])["hit"])
        print(told(f"{rays:,} cosmic rays", costs))
        words = f"{hits:,} pixels were hit; {differs} differ from astroscrappy's."
        print(f"\n{keep(f'pixels hit by {rays:,}', words)}\n", flush=True)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
