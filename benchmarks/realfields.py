"""Random cameras that look at the real sky: what they see of the indexes here, and the truth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from bentfields import NOISE, Optics, random_optics  # noqa: E402
from plateworks.metadata.frame import Frame  # noqa: E402
from plateworks.sky.engines.engine import Engine  # noqa: E402
from plateworks.sky.projection import deproject, project  # noqa: E402
from plateworks.sky.refine import Solution  # noqa: E402
from plateworks.sky.solving import MOST_SOURCES  # noqa: E402

STARS = 8, 8000

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
