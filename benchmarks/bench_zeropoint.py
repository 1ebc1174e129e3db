"""How well zero points, faintest stars and the sky are known, and what finding them costs.

    python benchmarks/bench_zeropoint.py [seeds]

Fields of stars of known magnitude, drawn with all their light (profiles of Moffat, the noise of
photons and of reading), are searched and measured; what is found stands beside what is true: the
zero point and its error, the scatter, the colour term, the faintest star, and the brightness of the
sky.  Fails if a zero point is more than 0.02 magnitudes and twice its error off, or a limit or a
sky more than 0.1 (where stars are too many to be told, they are a part of the noise, so that the
limit is not that of an empty sky), or if the errors are not true: off by more than half of
themselves altogether.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from knownsky import KnownField  # noqa: E402
from plateworks.sky.depth import Depth, measure_depth  # noqa: E402
from plateworks.sky.sources import extract  # noqa: E402

#: With so many stars, the faint ones are noise.
CROWDED = 10_000
#: What is drawn -> in what it differs from the usual field.
FIELDS: dict[str, dict] = {
    "usual": {},
    "0.5 arcsec/px": {"scale": 0.5, "fwhm": 6.0, "brightest": 12.0},
    "1 arcsec/px": {"scale": 1.0, "fwhm": 4.0, "brightest": 11.0},
    "5 arcsec/px": {"scale": 5.0, "fwhm": 2.0},
    "10 arcsec/px": {"scale": 10.0, "fwhm": 1.7, "zero_point": 20.0, "brightest": 6.0},
    "wide wings": {"beta": 2.5},
    "Gaussian": {"beta": 15.0},
    "mosaic": {"bayer": "RGGB", "fwhm": 3.5},
    "mosaic, 10 arcsec/px": {
        "bayer": "GRBG", "scale": 10.0, "fwhm": 2.2, "zero_point": 20.0, "brightest": 6.0,
    },
    "8 stars": {"stars": 8, "catalogued": 8, "brightest": 11.0},
    "8 stars, mosaic": {"stars": 8, "catalogued": 8, "brightest": 11.0, "bayer": "RGGB"},
    "crowded": {"stars": 5000, "catalogued": 400},
    "very crowded": {"stars": 12_000, "catalogued": 800},
    "cloud 1 mag": {"cloud": 1.0},
    "cloud 2 mag": {"cloud": 2.0},
    "cloud 2 mag, 8 stars": {"cloud": 2.0, "stars": 8, "catalogued": 8, "brightest": 11.0},
    "colour term -0.2": {"colour_term": -0.2, "colours": True},
    "colour term 0.1": {"colour_term": 0.1, "colours": True},
    "colour term 0.2": {"colour_term": 0.2, "colours": True},
    "stars unsteady by 0.1": {"unsteady": 0.1},
    "defocused": {"fwhm": 9.0, "brightest": 8.0},
}  # fmt: skip


def measure(field: KnownField) -> tuple[Depth | str, float, float]:
    """Search and measure: the depth, the level of the sky, CPU seconds of measuring."""
    sources = extract(field.image, field.mask, bayer=field.bayer)
    start = time.process_time()
    depth = measure_depth(sources, field.mask, field.lens, 0.1, field.known)
    return depth, sources.sky.level, time.process_time() - start


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    print(
        f"{'field':24s} stars  zero point: off  error  scatter   colour: off  error"
        "   limit: off   sky: off   CPU s"
    )
    pulls, wrong = list[float](), 0
    for name, what in FIELDS.items():
        for seed in range(seeds):
            field = KnownField(**what, seed=seed)
            depth, level, seconds = measure(field)
            if isinstance(depth, str):
                print(f"{name:24s} {depth}")
                wrong += 1
                continue
            point = depth.zero_point
            colour = 0.7 * field.colour_term if point.colour_term is None else 0.0
            off = depth.zero_point_of(field.exposure) - field.seen_zero_point - colour
            limit, sky = depth.limit - field.limit - colour, depth.surface(level) - field.sky
            term = (
                f"{'':11s}        "
                if point.colour_term is None
                else f"{point.colour_term - field.colour_term:+11.3f}  {point.colour_error:6.3f}"
            )
            print(
                f"{name:24s} {point.stars:5d}  {depth.zero_point_of(field.exposure):10.3f}"
                f" {off:+.3f}  {point.error:.3f}    {point.scatter:.3f} {term}   {limit:+10.3f}"
                f"   {sky - colour:+8.3f}  {seconds:6.3f}",
                flush=True,
            )
            pulls.append(off / point.error)
            wrong += abs(off) > 0.02 + 2 * point.error
            wrong += abs(limit) > 0.1 and field.stars < CROWDED
            wrong += abs(sky - colour) > 0.1
    spread = float(np.sqrt(np.mean(np.square(pulls))))
    print(f"zero points are off by {spread:.2f} of their errors; {wrong} figures are wrong")
    sys.exit(bool(wrong) or not 0.5 < spread < 1.5)


if __name__ == "__main__":
    main()
