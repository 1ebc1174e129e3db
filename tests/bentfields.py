"""Random fields of stars behind lenses that bend, as lists of sources, with their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.sky.engines.engine import EngineMatch
from plateworks.sky.projection import deproject, project

#: Of a position, in pixels: one axis.
NOISE = 0.12


@dataclass(frozen=True)
class Optics:
    """Radial distortion about an axis that may lie beside the middle of the frame.

    ``bend`` and ``bend_5`` are the shares by which the cubic term and that of the fifth order move
    a star as far from the axis as the corner from the middle; less than 0 for a barrel.
    """

    shape: tuple[int, int]
    scale: float  # arcsec a pixel on the axis
    pointing: tuple[float, float]  # of the axis
    axis: tuple[float, float]  # pixels counted from 1
    angle: float
    mirrored: bool
    bend: float
    bend_5: float = 0.0

    @property
    def corner(self) -> float:
        return float(np.hypot(*self.shape)) / 2

    def _turn(self) -> np.ndarray:
        c, s = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        return np.diag([1 if self.mirrored else -1, 1]) @ np.array([[c, -s], [s, c]])

    def to_pixels(self, stars: np.ndarray) -> np.ndarray:
        """Degrees, (N, 2), to pixels counted from 1."""
        plane = project(stars[:, 0], stars[:, 1], self.pointing) * 3600 / self.scale
        uv = plane @ np.linalg.inv(self._turn()).T
        square = np.sum((uv / self.corner) ** 2, axis=1, keepdims=True)
        return uv * (1 + self.bend * square + self.bend_5 * square**2) + self.axis

    def to_sky(self, xy: np.ndarray) -> np.ndarray:
        """Pixels counted from 1 to degrees, by the inverse of the above."""
        bent = xy - self.axis
        uv = bent.copy()
        for _ in range(100):
            square = np.sum((uv / self.corner) ** 2, axis=1, keepdims=True)
            uv = bent / (1 + self.bend * square + self.bend_5 * square**2)
        plane = uv @ self._turn().T * self.scale / 3600
        return np.column_stack(deproject(plane, self.pointing))


@dataclass(frozen=True)
class BentField:
    """A field: what an engine would say of it, the sources seen, and the truth."""

    optics: Optics
    match: EngineMatch
    xy: np.ndarray

    def errors(self, to_sky, places: np.ndarray) -> np.ndarray:
        """How far in pixels a solution is from the truth at some places of the frame: (N,)."""
        true = project(*self.optics.to_sky(places).T, self.optics.pointing)
        miss = project(*to_sky(places), self.optics.pointing) - true
        return np.hypot(*miss.T) * 3600 / self.optics.scale

    @property
    def corners(self) -> np.ndarray:
        height, width = self.optics.shape
        return np.array([[1, 1], [width, 1], [1, height], [width, height]], float)

    @property
    def everywhere(self) -> np.ndarray:
        height, width = self.optics.shape
        x, y = np.meshgrid(np.linspace(1, width, 25), np.linspace(1, height, 25))
        return np.column_stack([x.ravel(), y.ravel()])


def random_optics(rng: np.random.Generator, widest: float = 20.0) -> Optics:
    """Any camera: barrel or pincushion of up to 20 pixels, turned, mirrored, askew."""
    width = int(rng.integers(900, 3000))
    shape = int(width * rng.uniform(0.6, 1.0)), width
    corner = np.hypot(*shape) / 2
    degrees = 10 ** rng.uniform(np.log10(0.3), np.log10(widest))
    middle = np.array([(width + 1) / 2, (shape[0] + 1) / 2])
    return Optics(
        shape,
        degrees * 3600 / width,
        (float(rng.uniform(0, 360)), float(np.degrees(np.arcsin(rng.uniform(-1, 1))))),
        tuple(middle + rng.uniform(-0.1, 0.1, 2) * shape[::-1]),
        float(rng.uniform(0, 360)),
        bool(rng.integers(2)),
        float(rng.choice([-1, 1]) * rng.uniform(3, 20) / corner),
        float(rng.uniform(-1, 1) / corner),
    )


def see(
    optics: Optics, rng: np.random.Generator, count: int, found: float = 0.8, false: float = 0.4
) -> BentField:
    """Let `count` stars fall on the frame, of which a share is found, beside false sources."""
    height, width = optics.shape
    margin = 0.1 * max(optics.shape)
    many = int(count * (width + 2 * margin) * (height + 2 * margin) / (width * height))
    truth = rng.uniform(-margin, np.array([width, height]) + margin, (many, 2))
    stars = optics.to_sky(truth)
    inside = np.all((truth > 0.5) & (truth < np.array([width, height]) + 0.5), axis=1)
    seen = inside & (rng.random(many) < found)
    xy = truth[seen] + rng.normal(0, NOISE, (seen.sum(), 2))
    others = rng.uniform(1, (width, height), (int(false * len(xy)), 2))
    return BentField(optics, _quad(xy, stars[seen], stars, rng), np.vstack([xy, others]))


def _quad(
    xy: np.ndarray, seen: np.ndarray, stars: np.ndarray, rng: np.random.Generator
) -> EngineMatch:
    """What an engine knows from four stars near each other."""
    first = xy[rng.integers(len(xy))]
    near = np.argsort(np.hypot(*(xy - first).T))[: max(4, len(xy) // 5)]
    four = rng.choice(near, 4, replace=False)
    middle = tuple(xy[four].mean(axis=0))
    middle, tangent = xy[four].mean(axis=0), tuple(seen[four[0]])
    for _ in range(3):
        plane = project(seen[four, 0], seen[four, 1], tangent)
        ra, dec = deproject(plane.mean(axis=0)[None], tangent)
        tangent = float(ra[0]), float(dec[0])
    best, cd = np.inf, np.eye(2)
    for parity in (-1, 1):  # turned and scaled, mirrored or not
        pixels = (xy[four] - middle) @ np.array([parity, 1j])
        turn = np.vdot(pixels, (plane - plane.mean(axis=0)) @ [1, 1j]) / np.vdot(pixels, pixels)
        miss = np.abs((plane - plane.mean(axis=0)) @ [1, 1j] - turn * pixels).sum()
        if miss < best:
            best = miss
            cd = np.array([[parity * turn.real, -turn.imag], [parity * turn.imag, turn.real]])
    cards = {"CRVAL1": tangent[0], "CRVAL2": tangent[1]}
    cards |= {"CRPIX1": middle[0], "CRPIX2": middle[1]}
    cards |= {f"CD{i + 1}_{j + 1}": float(cd[i, j]) for i in (0, 1) for j in (0, 1)}
    return EngineMatch(cards, stars, "index.fits", 50.0)
