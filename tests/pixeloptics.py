"""Frames in pixels: stars with wings, coma and tilt, skies with slopes, trails that cross them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHAPE = (480, 640)
HALF = np.array([SHAPE[1], SHAPE[0]]) / 2
READ_NOISE = 5.0
#: Pixels around a star that are drawn.
REACH = 18


@dataclass(frozen=True)
class Optics:
    """What a telescope makes of a star: wings, coma and length that grow from the axis."""

    beta: float  # of the Moffat profile
    coma: float  # share of a star's light in a tail of one width, at the corner
    tilt: tuple[float, float]  # ellipticity all over, as a vector
    astigmatism: float  # ellipticity at the corner, away from the axis

    @classmethod
    def drawn(cls, rng, poor: bool = False) -> Optics:
        """Draw a telescope, or a poor one."""
        worse = 2.0 if poor else 1.0
        return cls(
            beta=rng.uniform(2.4, 4.5), coma=worse * rng.uniform(0, 0.15),
            tilt=tuple(worse * rng.normal(0, 0.025, 2)), astigmatism=worse * rng.uniform(0, 0.08),
        )  # fmt: skip


@dataclass(frozen=True)
class Blur:
    """What air, mount, focus and dew do to all stars of one frame."""

    fwhm: float
    trail: tuple[float, float] = (0.0, 0.0)  # pixels along each axis
    halo: float = 0.0  # share of the light in a wide disc


def draw_stars(place, electrons, optics: Optics, blur: Blur) -> np.ndarray:
    """Draw stars at (N, 2) pixels, (N,) electrons: (H, W) float64."""
    height, width = SHAPE
    inside = ((place > -REACH) & (place < [width + REACH - 1, height + REACH - 1])).all(axis=1)
    place, electrons = place[inside], electrons[inside]
    canvas = np.zeros((height + 4 * REACH, width + 4 * REACH))
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    corner = np.round(place).astype(int)
    axis = (place - HALF) / np.hypot(*HALF)
    alpha = blur.fwhm / (2 * np.sqrt(2 ** (1 / optics.beta) - 1))
    steps = np.linspace(-0.5, 0.5, 9 if any(blur.trail) else 1)
    for at in range(0, len(place), 64):
        some = slice(at, at + 64)
        dx = x - (place[some, 0] - corner[some, 0])[:, None, None]
        dy = y - (place[some, 1] - corner[some, 1])[:, None, None]
        off = axis[some]
        away = np.arctan2(off[:, 1], off[:, 0])
        more = optics.astigmatism * (off**2).sum(axis=1)
        e1 = (optics.tilt[0] + more * np.cos(2 * away))[:, None, None]
        e2 = (optics.tilt[1] + more * np.sin(2 * away))[:, None, None]

        def moffat(mx, my, width, e1=e1, e2=e2):
            r2 = (1 - e1) * mx**2 + (1 + e1) * my**2 - 2 * e2 * mx * my
            stamp = (1 + r2 / width**2) ** -optics.beta
            return stamp / stamp.sum(axis=(1, 2), keepdims=True)

        stamp = np.mean(
            [moffat(dx - one * blur.trail[0], dy - one * blur.trail[1], alpha) for one in steps],
            axis=0,
        )
        tail = optics.coma * (off**2).sum(axis=1)[:, None, None]
        sx, sy = (blur.fwhm * np.array([np.cos(away), np.sin(away)]))[:, :, None, None]
        stamp = (1 - tail) * stamp + tail * moffat(dx - sx, dy - sy, 1.5 * alpha)
        if blur.halo:
            disc = np.exp(-(dx**2 + dy**2) / (2 * (2.2 * blur.fwhm) ** 2))
            stamp = (1 - blur.halo) * stamp + blur.halo * disc / disc.sum(
                axis=(1, 2), keepdims=True
            )
        stamp *= electrons[some, None, None]
        rows = corner[some, 1, None, None] + y + 2 * REACH
        columns = corner[some, 0, None, None] + x + 2 * REACH
        np.add.at(canvas, (rows, columns), stamp)
    return canvas[2 * REACH : -2 * REACH, 2 * REACH : -2 * REACH]


def slope(way: float, steep: float) -> np.ndarray:
    """A sky that is brighter towards an angle: (H, W), 1 in the middle."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    along = ((x - HALF[0]) * np.cos(way) + (y - HALF[1]) * np.sin(way)) / HALF[0]
    return 1 + steep * along + 0.2 * steep * along**2


def waves(rng) -> list[tuple[float, float, float, float]]:
    """The structure of a cloud: waves of some pixels, with a phase that drifts."""
    return [
        (rng.uniform(150, 900), rng.uniform(0, 2 * np.pi), rng.uniform(0, 6), rng.uniform(20, 90))
        for _ in range(4)
    ]


def structure(shape, place, hour) -> np.ndarray:
    """What waves do at places (N, 2) in an hour: about -1 to 1."""
    out = np.zeros(len(place))
    for length, way, phase, speed in shape:
        along = place @ [np.cos(way), np.sin(way)]
        out += np.sin(2 * np.pi * along / length + phase + speed * hour)
    return out / 2.5


def draw_trail(rng, image, plane: bool) -> None:
    """Draw what crosses a frame: a satellite's line, or the lamps of an aeroplane."""
    height, width = SHAPE
    y, x = np.mgrid[:height, :width]
    way, at = rng.uniform(0, np.pi), rng.uniform([0, 0], [width, height])
    across = (x - at[0]) * np.sin(way) - (y - at[1]) * np.cos(way)
    along = (x - at[0]) * np.cos(way) + (y - at[1]) * np.sin(way)
    if not plane:
        image += rng.uniform(50, 800) * np.exp(-(across**2) / 2.5)
        return
    for side in (-6, 6):
        image += 900 * np.exp(-((across - side) ** 2) / 8)
    image += 6000 * np.exp(-(across**2) / 40) * (np.cos(along / 12) > 0.97)


def expose(rng, electrons: np.ndarray) -> np.ndarray:
    """Count electrons with their noise, and some hot pixels that calibration left."""
    image = rng.normal(electrons, np.sqrt(np.maximum(electrons, 0) + READ_NOISE**2))
    hot = rng.integers(0, image.size, 25)
    image.ravel()[hot] += rng.exponential(150, 25)
    return image.astype(np.float32)
