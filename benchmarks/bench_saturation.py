"""How well the level of saturation is found from frames alone, for each kind of camera.

    python benchmarks/bench_saturation.py [seeds]

Draws lights and flats of known cameras (1500 x 1000 pixels: sky, stars, hot pixels, vignetting) and
prints for each kind: the level found, the part of the full pixels that are marked (recall), the
part of all others that are (false), and the time.  A scattered level is full to within three
standard deviations: pixels so near below it are no false ones.  Fails if recall is below 0.99 or
more than one in a million others is marked.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from plateworks.pixels.saturation import find_ending

SHAPE = (1000, 1500)
BIAS = 300.0


class Camera(NamedTuple):
    """A camera: its full level in ADU of 16 bits, and what becomes of them in the file."""

    name: str
    full: float
    store: Callable[[np.ndarray], np.ndarray]
    scatter: float = 0.0
    type_end: float | None = 65535.0


def _shifted(bits: int) -> Callable[[np.ndarray], np.ndarray]:
    step = 1 << (16 - bits)
    return lambda adu: (np.floor(adu / step) * step).clip(0, 65536 - step).astype(np.uint16)


def _native(bits: int) -> Callable[[np.ndarray], np.ndarray]:
    step = 1 << (16 - bits)
    return lambda adu: np.floor(adu / step).clip(0, (1 << bits) - 1).astype(np.uint16)


def _plain(adu: np.ndarray) -> np.ndarray:
    return np.rint(adu).clip(0, 65535).astype(np.uint16)


def _floats(adu: np.ndarray) -> np.ndarray:
    return _plain(adu).astype(np.float32)


def _without_bias(adu: np.ndarray) -> np.ndarray:
    pattern = np.random.default_rng(5).normal(BIAS, 4.0, adu.shape)
    return (_plain(adu) - pattern).astype(np.float32)


def _eight(adu: np.ndarray) -> np.ndarray:
    return np.floor(adu / 256).clip(0, 255).astype(np.uint8)


CAMERAS = (
    Camera("16 bits", 65535, _plain),
    Camera("14 bits x 4", 65532, _shifted(14)),
    Camera("12 bits x 16", 65520, _shifted(12)),
    Camera("10 bits x 64", 65472, _shifted(10)),
    Camera("native 14 bits", 65532, _native(14)),
    Camera("native 12 bits", 65520, _native(12)),
    Camera("8 bits", 65280, _eight, type_end=255.0),
    Camera("CCD, clips at 40000", 40000, _plain),
    Camera("CCD, at 40000 +- 30", 40000, _plain, 30.0),
    Camera("CCD, at 40000 +- 120", 40000, _plain, 120.0),
    Camera("CCD, at 52000 +- 250", 52000, _plain, 250.0),
    Camera("floats of 16 bits", 65535, _floats, type_end=None),
    Camera("floats, clip at 40000", 40000, _floats, type_end=None),
    Camera("16 bits less a bias", 65535, _without_bias, type_end=None),
)


def light(rng: np.random.Generator, stars: int, brightest: float) -> np.ndarray:
    """Return what would be read of a light without an end, ADU."""
    image = np.full(SHAPE, 900.0)
    dy, dx = np.mgrid[-12:13, -12:13]
    for _ in range(stars):
        y, x = rng.uniform(12, SHAPE[0] - 13), rng.uniform(12, SHAPE[1] - 13)
        peak = min(400.0 * rng.uniform(1e-4, 1) ** -1.0, brightest)
        r2 = (dy + int(y) - y) ** 2 + (dx + int(x) - x) ** 2
        near = np.s_[int(y) - 12 : int(y) + 13, int(x) - 12 : int(x) + 13]
        image[near] += peak / (1 + r2 / 6) ** 2.5
    return image


def flat(peak: float) -> np.ndarray:
    """Return what would be read of a flat without an end, ADU."""
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    r2 = ((y / SHAPE[0] - 0.5) ** 2 + (x / SHAPE[1] - 0.5) ** 2) / 0.5
    return BIAS + peak * (1 - 0.35 * r2)


def taken(camera: Camera, scene: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return the frame, and where the camera was full, and about so."""
    adu = scene + rng.standard_normal(SHAPE) * np.sqrt(scene / 1.5 + 25)
    hot = rng.integers(0, SHAPE[0], 300), rng.integers(0, SHAPE[1], 300)
    if scene.max() > 2 * np.median(scene):  # not in flats
        adu[hot] += rng.uniform(500, 15000, 300)
    full = camera.full + camera.scatter * rng.standard_normal(SHAPE)
    near = adu >= camera.full - 3 * camera.scatter
    pixels = camera.store(np.minimum(adu, full))
    exact = camera.store(adu) >= camera.store(np.full(SHAPE, camera.full))
    return pixels, adu >= full if camera.scatter else exact, near | exact


def scenes(camera: Camera, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return what there is to be taken."""
    found = {
        "light": light(rng, 3000, 1e6),
        "few stars": light(rng, 600, 2e5),
        "not full": light(rng, 600, 0.5 * camera.full),
        "dim": light(rng, 50, 3000.0),
        "flat, not full": flat(0.6 * camera.full),
    }
    if "bias" not in camera.name:
        found["flat, a part"] = flat(1.15 * camera.full)
        if camera.scatter:  # where all of it is full it is as even as another
            found |= {"flat, edge": flat(1.05 * camera.full), "flat, most": flat(1.3 * camera.full)}
        else:
            found["flat, all"] = flat(2.0 * camera.full)
    return found


def main() -> int:
    """Print the table; return 1 if something is amiss."""
    failed = 0
    for camera in CAMERAS:
        for name in scenes(camera, np.random.default_rng(0)):
            full = marked = false = others = 0
            levels, seconds = set(), 0.0
            for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
                rng = np.random.default_rng(seed)
                pixels, is_full, near = taken(camera, scenes(camera, rng)[name], rng)
                start = time.perf_counter()
                pile, last, *_ = find_ending(pixels, full=camera.type_end)
                seconds += time.perf_counter() - start
                level = min((x for x in (pile, last) if x is not None), default=np.inf)
                levels.add(f"{level:.6g}{'' if pile is None else '*'}")
                bit = pixels >= level
                full, marked = full + is_full.sum(), marked + (bit & is_full).sum()
                false, others = false + (bit & ~near).sum(), others + (~near).sum()
            recall = marked / full if full else 1.0
            wrong = false / others if others else 0.0
            amiss = bool(recall < 0.99 or wrong > 1e-6)
            failed |= amiss
            print(
                f"{camera.name:22s} {name:15s} full {full:8d}  recall {recall:.4f}  "
                f"false {wrong:.1e}  {seconds * 1e3 / (seed + 1):5.0f} ms  "
                f"{', '.join(sorted(levels))}{'  AMISS' * amiss}",
                flush=True,
            )
    print("* as the frame shows it, else the last value that the type can hold")
    return failed


if __name__ == "__main__":
    sys.exit(main())
