"""Fields of stars of known magnitude, drawn with all their light, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plateworks.sky.knownstars import KnownStars
from plateworks.sky.lens import Lens

#: Of the colours of a mosaic; together they pass as much as a pixel without colours.
COLOURS = {"R": 0.8, "G": 1.3, "B": 0.6}
#: How far a star is drawn, in widths, and where its profile is integrated over each pixel.
REACH, FINE_REACH, FINE = 14.0, 3.0, 7
POINTING = (201.3, 31.7)


@dataclass(frozen=True)
class KnownField:
    """What is drawn.

    ``zero_point`` is the magnitude of one ADU a second without clouds, for a star of colour 0;
    ``sky`` is in magnitudes a square arcsecond, seen with the same zero point; ``beta`` is the
    exponent of Moffat's profile.  Of ``stars`` in the field, ``catalogued`` have a magnitude told.
    """

    scale: float = 2.0
    fwhm: float = 3.0
    beta: float = 3.0
    stars: int = 300
    catalogued: int = 120
    shape: tuple[int, int] = (700, 800)
    exposure: float = 60.0
    zero_point: float = 22.0
    cloud: float = 0.0
    colour_term: float = 0.0
    colours: bool = False  # whether the catalogue tells them
    sky: float = 20.5
    egain: float = 0.8
    read_noise: float = 4.0
    saturation: float = 60_000.0
    bayer: str | None = None
    error: float = 0.02
    unsteady: float = 0.0  # magnitudes that stars scatter beyond their error
    brightest: float = 9.0
    seed: int = 1
    frame: int = 0  # of the same stars, with another noise

    @property
    def seen_zero_point(self) -> float:
        return self.zero_point - self.cloud

    @property
    def sky_level(self) -> float:
        """ADU a pixel."""
        rate = 10 ** (0.4 * (self.seen_zero_point - self.sky))
        return float(rate * self.exposure * self.scale**2)

    @property
    def noise(self) -> float:
        """Of a pixel of the sky, ADU."""
        return float(np.sqrt(self.sky_level * self.egain + self.read_noise**2)) / self.egain

    @property
    def limit(self) -> float:
        """Magnitude of a star of five times the noise in its best aperture, by trial of many.

        A pixel widens a star by as much as its own variance, a twelfth in each axis.
        """
        radius = self.radius * np.sqrt(1 + 8 * np.log(2) / 12 / self.fwhm**2)
        trials = [
            5 * self.noise * np.sqrt(np.pi) * r / (1 - (1 + (r / radius) ** 2) ** (1 - self.beta))
            for r in np.linspace(0.2, 3, 500) * self.fwhm
        ]
        return self.seen_zero_point + 2.5 * np.log10(self.exposure) - 2.5 * np.log10(min(trials))

    @property
    def radius(self) -> float:
        return self.fwhm / (2 * np.sqrt(2 ** (1 / self.beta) - 1))

    @property
    def lens(self) -> Lens:
        turn = np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
        middle = (self.shape[1] + 1) / 2, (self.shape[0] + 1) / 2
        cd = self.scale / 3600 * np.diag([-1, 1]) @ turn
        return Lens(POINTING, middle, cd, 1, np.empty((2, 0)))

    @property
    def image(self) -> np.ndarray:
        """ADU, (H, W) float32, without bias; saturated pixels have the level ``saturation``."""
        return self._drawn[0]

    @property
    def mask(self) -> np.ndarray:
        """Saturated pixels, (H, W) uint8."""
        return (self.image >= self.saturation).astype(np.uint8) * 4

    @property
    def known(self) -> KnownStars:
        return self._drawn[1]

    @cached_property
    def _drawn(self) -> tuple[np.ndarray, KnownStars]:
        rng = np.random.default_rng(self.seed)
        height, width = self.shape
        xy = rng.uniform(-10, 10, (self.stars, 2)) + rng.uniform(0, 1, (self.stars, 2)) * (
            width - 1,
            height - 1,
        )
        # As many stars more with each magnitude as there are in the sky.
        magnitude = np.sort(self.brightest + np.log10(1 + np.arange(self.stars)) / 0.4)
        magnitude += rng.uniform(0, 0.2, self.stars)
        colour = rng.normal(0.7, 0.4, self.stars)
        seen = magnitude + rng.normal(0, self.unsteady, self.stars) if self.unsteady else magnitude
        flux = self.exposure * 10 ** (
            0.4 * (self.seen_zero_point + self.colour_term * colour - seen)
        )
        light = np.zeros(self.shape)
        for (x, y), amount in zip(xy, flux, strict=True):
            self._draw(light, x, y, amount)
        light = (light + self.sky_level) * self._through()
        noise = np.random.default_rng((self.seed, self.frame)) if self.frame else rng
        electrons = noise.poisson(light * self.egain)
        electrons = electrons + noise.normal(0, self.read_noise, self.shape)
        image = np.minimum(electrons / self.egain, self.saturation).astype(np.float32)
        some = np.arange(self.catalogued)
        told = magnitude[some] + rng.normal(0, self.error, self.catalogued)
        stars = KnownStars(
            np.column_stack(self.lens.to_sky(xy[some] + 1)),
            told,
            np.full(self.catalogued, self.error),
            colour[some] if self.colours else np.full(self.catalogued, np.nan),
            "V",
            "B-V" if self.colours else "",
            "drawn",
        )
        return image, stars

    def _draw(self, light: np.ndarray, x: float, y: float, flux: float) -> None:
        """Add a star, integrated over pixels where it is steep, with all light it has."""
        peak = flux * (self.beta - 1) / (np.pi * self.radius**2)
        for reach, fine, sign in ((REACH, 1, 1), (FINE_REACH, 1, -1), (FINE_REACH, FINE, 1)):
            half = int(np.ceil(reach * self.fwhm))
            left, top = round(x) - half, round(y) - half
            columns = np.arange(max(left, 0), min(left + 2 * half + 1, self.shape[1]))
            rows = np.arange(max(top, 0), min(top + 2 * half + 1, self.shape[0]))
            if not len(columns) or not len(rows):
                continue
            within = (np.arange(fine) + 0.5) / fine - 0.5
            dx = (columns[:, None] + within).ravel() - x
            dy = (rows[:, None] + within).ravel() - y
            profile = (1 + (dx**2 + dy[:, None] ** 2) / self.radius**2) ** -self.beta
            pixels = profile.reshape(len(rows), fine, len(columns), fine).mean(axis=(1, 3))
            light[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += sign * peak * pixels

    def _through(self) -> np.ndarray | float:
        if self.bayer is None:
            return 1.0
        rows, columns = np.ogrid[: self.shape[0], : self.shape[1]]
        return np.array([COLOURS[colour] for colour in self.bayer])[2 * (rows % 2) + columns % 2]
