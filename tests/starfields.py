"""Fields of stars with cosmic rays, of which it is known whose light is where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.ndimage import binary_dilation

#: Electrons per ADU, electrons, electrons per pixel of sky, and ADU from which it is saturated.
EGAIN, READ_NOISE, SKY, SATURATION = 0.8, 5.0, 300.0, 60_000.0
#: Deviation of a pixel of the sky, electrons.
NOISE = (SKY + READ_NOISE**2) ** 0.5
#: Light of the sky that passes each colour.
COLOURS = {"R": 0.6, "G": 1.0, "B": 0.7}
#: Side of what a pixel is divided into to integrate a star over it.
FINE = 5


class Star(NamedTuple):
    """Where it is, and how many electrons: altogether, and at a peak in the middle of a pixel."""

    y: float
    x: float
    flux: float
    peak: float


@dataclass(frozen=True)
class StarField:
    """What is drawn: widths in pixels; `moffat` has a beta of 3; `bayer` makes a mosaic."""

    fwhm: float
    moffat: bool = False
    elongation: float = 1.0
    bayer: str | None = None
    integrated: bool = True
    stars: int = 45
    rays: int = 50
    shape: tuple[int, int] = (330, 340)
    faintest: float = 5.0  # sigmas of the sky at the peak
    seed: int = 1

    @cached_property
    def _drawn(self):
        rng = np.random.default_rng(self.seed)
        light, stars = np.zeros(self.shape), []
        for _ in range(self.stars):
            peak = 10 ** rng.uniform(np.log10(self.faintest * NOISE), np.log10(SATURATION * 0.7))
            y, x = (rng.uniform(20, length - 21) for length in self.shape)
            where, part = self._star(y, x, peak, rng)
            light[where] += part
            stars.append(Star(y, x, float(part.sum()), peak))
        sky = np.full(self.shape, SKY)
        sky *= self._through(np.s_[: self.shape[0], : self.shape[1]], COLOURS)
        electrons = rng.poisson(light + sky) + rng.normal(0, READ_NOISE, self.shape)
        rays = []
        for _ in range(self.rays):
            way, angle = np.arange(rng.geometric(0.4)), rng.uniform(0, 2 * np.pi)
            at = [rng.uniform(20, length - 20) for length in self.shape]
            track = np.stack([at[0] + way * np.sin(angle), at[1] + way * np.cos(angle)])
            track = np.unique(
                np.clip(track.astype(int), 5, np.array(self.shape)[:, None] - 6), axis=1
            )
            if light[tuple(track)].max() < NOISE:
                electrons[tuple(track)] += rng.uniform(15, 100) * NOISE
                rays.append(track)
        image = np.minimum(electrons / EGAIN, SATURATION).astype(np.float32)
        return image, light, stars, rays

    @property
    def image(self) -> np.ndarray:
        """The calibrated frame in ADU, (H, W) float32."""
        return self._drawn[0].copy()

    @property
    def camera(self) -> dict[str, object]:
        """What is known of it, as ``clean_but_stars`` wants it."""
        return {
            "egain": EGAIN, "read_noise": READ_NOISE, "saturation_adu": SATURATION,
            "bayer": self.bayer,
        }  # fmt: skip

    def _star(self, y, x, peak, rng):
        fine = FINE if self.integrated else 1
        reach = int(max(8, 5 * self.fwhm))
        way = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - 0.5 - reach
        dy, dx = way[:, None] + round(y) - y, way + round(x) - x
        angle = rng.uniform(0, np.pi)
        along = dx * np.cos(angle) + dy * np.sin(angle)
        across = -dx * np.sin(angle) + dy * np.cos(angle)
        r2 = along**2 / self.elongation + across**2 * self.elongation
        if self.moffat:
            profile = (1 + 4 * r2 / self.fwhm**2 * (2 ** (1 / 3) - 1)) ** -3
        else:
            profile = np.exp(-4 * np.log(2) * r2 / self.fwhm**2)
        pixels = profile.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean(axis=(1, 3))
        top, left = round(y) - reach, round(x) - reach
        cut = np.s_[max(-top, 0) : self.shape[0] - top, max(-left, 0) : self.shape[1] - left]
        pixels = pixels[cut]
        top, left = max(top, 0), max(left, 0)
        where = np.s_[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        colours = {"R": rng.uniform(0.4, 1), "G": 1.0, "B": rng.uniform(0.4, 1)}
        return where, peak * pixels * self._through(where, colours)

    def _through(self, where, colours):
        """Return what part of the light passes the colour of each pixel."""
        if self.bayer is None:
            return 1.0
        y, x = np.mgrid[where]
        return np.array([colours[colour] for colour in self.bayer])[2 * (y % 2) + x % 2]

    def struck(self) -> np.ndarray:
        """Where cosmic rays hit, (H, W) bool."""
        struck = np.zeros(self.shape, bool)
        for track in self._drawn[3]:
            struck[tuple(track)] = True
        return struck

    def lost(self, hit: np.ndarray) -> np.ndarray:
        """Return of each star the part of its light that lay in hit pixels, far from cosmic rays.

        Chance hits of the noise in their faint wings are part of it.
        """
        _, light, stars, _ = self._drawn
        step = 1 if self.bayer is None else 2
        wrong = hit & ~binary_dilation(self.struck(), np.ones((3, 3)), iterations=2 * step)
        reach = int(np.ceil(1.5 * self.fwhm)) + 1
        found = []
        for star in stars:
            top, left = round(star.y) - reach, round(star.x) - reach
            near = np.s_[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
            found.append(min(light[near][wrong[near]].sum() / star.flux, 1.0))
        return np.array(found)

    def recall(self, hit: np.ndarray) -> float:
        """Return the part of the cosmic rays that were found."""
        return float(np.mean([hit[tuple(track)].any() for track in self._drawn[3]]))

    def false(self, hit: np.ndarray) -> float:
        """Return the part of the dark sky that is hit though nothing is there."""
        _, light, _, _ = self._drawn
        dark = (light < 1) & ~binary_dilation(self.struck(), iterations=4)
        return float(np.mean(hit[dark]))
