"""A simulated sensor whose every fault is known: from expected electrons to integers of a file.

The chain is that of photon transfer (J. R. Janesick, *Photon Transfer*, 2007).  Photoelectrons and
dark current follow Poisson's law; a full well spills over or clips; the amplifier adds read noise,
noise of columns, and steps of flickering pixels; the converter rounds and clips.  What is fixed on
the chip stands in :class:`tests.sensormaps.SensorMaps`.

Each method returns the same frames when it is called again in the same words; `take` asks for
other ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from charges import add_stars, noisiest, spill
from sensormaps import SensorMaps, draw_maps

#: Above this many electrons Poisson's law is drawn as a normal one, ten times faster.
_NORMAL_ABOVE = 1000.0


@dataclass(frozen=True)
class Sensor:
    """What is to be known of a sensor; each fault is off, or small, unless it is asked for.

    Attributes
    ----------
    egain : float
        Electrons per ADU of a pixel in a column of mean gain.
    read_noise, column_noise : float
        Electrons: of each pixel, and of each column as a whole, anew in each frame.
    bits, step : int
        Of the numbers in files; these are multiples of `step`.
    full_well : float
        Electrons of a pixel.
    pedestal : float
        ADU.
    bias_pixels, bias_columns, bias_rows : float
        ADU: fixed scatter of the pedestal.
    column_gain : float
        Relative scatter of the gain from column to column.
    prnu, vignetting : float
        Relative: scatter of responses, and loss of light in the corners.
    colours : (float, float, float)
        Of a mosaic, `bayer`: its response to the light of flats and skies in R, G and B.
    dark_rate : float
        Electrons a second of the median pixel at `reference_temp`, degrees C.
    dark_tail : float
        Standard deviation of the logarithm of dark rates.
    doubling : float
        Degrees C that double the dark rate; not that of amplifier glow.
    glow, glow_power : float
        Electrons in the corner by the amplifier after an exposure of a second, which grow as this
        power of the exposure.
    hot, flickering, cold, dead : int
        How many pixels are of a kind: dark current of `hot_rates`, electrons a second, drawn evenly
        in the logarithm; two levels, `flicker_steps` electrons apart, the upper one in
        `flicker_duty` of the frames; half of the response; a tenth of it, without dark current.
    hot_columns, dead_columns : int
    nonlinearity : float
        Part of the signal that is missing at the full well; it grows in proportion to the signal.
    bleeding : bool
        Whether a full well spills over along its column, as that of a CCD.
    """

    seed: int = 1
    width: int = 256
    height: int = 256
    bayer: str | None = None
    egain: float = 0.5
    read_noise: float = 3.0
    column_noise: float = 0.0
    bits: int = 16
    step: int = 1
    full_well: float = 30_000.0
    pedestal: float = 500.0
    bias_pixels: float = 0.5
    bias_columns: float = 1.0
    bias_rows: float = 0.5
    column_gain: float = 0.0
    prnu: float = 0.005
    vignetting: float = 0.1
    colours: tuple[float, float, float] = (0.6, 1.0, 0.7)
    dark_rate: float = 0.02
    dark_tail: float = 0.3
    reference_temp: float = -10.0
    doubling: float = 6.0
    glow: float = 0.0
    glow_power: float = 1.0
    hot: int = 0
    hot_rates: tuple[float, float] = (0.5, 50.0)
    flickering: int = 0
    flicker_steps: tuple[float, float] = (20.0, 100.0)
    flicker_duty: tuple[float, float] = (0.1, 0.9)
    cold: int = 0
    dead: int = 0
    hot_columns: int = 0
    dead_columns: int = 0
    nonlinearity: float = 0.0
    bleeding: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Of its frames, (height, width)."""
        return self.height, self.width

    @property
    def top(self) -> int:
        """The largest number that a file holds, ADU."""
        return (2**self.bits - 1) // self.step * self.step

    @property
    def noise(self) -> float:
        """Read noise of a pixel, ADU, before the converter rounds; that of columns is apart."""
        return self.read_noise / self.egain

    @property
    def turnoff(self) -> float:
        """The mean light, ADU, at which a pixel scatters most: above, more of it is cut off."""
        full = min(self.full_well, (self.top - self.pedestal) * self.egain)
        shown = (1 - self.nonlinearity * full / self.full_well) / self.egain
        return noisiest(full, self.read_noise) * shown

    @cached_property
    def maps(self) -> SensorMaps:
        """What is fixed on the chip."""
        return draw_maps(self)

    # -- what is expected, in electrons before any noise ----------------------------------------

    def dark_electrons(self, exposure: float, temperature: float | None = None) -> np.ndarray:
        """Return the mean charge of each pixel in the dark, (H, W) float64."""
        temperature = self.reference_temp if temperature is None else temperature
        warmth = 2.0 ** ((temperature - self.reference_temp) / self.doubling)
        glow = self.maps.glow * exposure**self.glow_power if exposure else 0.0
        return self.maps.dark_rate * (warmth * exposure) + glow

    def sky_electrons(self, level: float) -> np.ndarray:
        """Return the mean charge of each pixel under an even light, (H, W) float64.

        `level` is that of a pixel of response 1 in the middle of the field.
        """
        return level * self.maps.response

    def star_electrons(
        self, stars: Sequence[tuple[float, float, float]], fwhm: float
    ) -> np.ndarray:
        """Return the mean charge under Gaussian stars of x, y (pixels) and electrons, (H, W)."""
        light = np.zeros(self.shape)
        add_stars(light, stars, fwhm)
        return light * self.maps.response

    # -- frames ----------------------------------------------------------------------------------

    def bias(self, n: int = 1, *, take: int = 0) -> np.ndarray:
        """Return bias frames, (N, H, W) integers."""
        return self.read([np.zeros(self.shape)] * n, "bias", n, take)

    def dark(
        self, exposure: float, temperature: float | None = None, n: int = 1, *, take: int = 0
    ) -> np.ndarray:
        """Return darks, (N, H, W) integers."""
        electrons = self.dark_electrons(exposure, temperature)
        return self.read([electrons] * n, "dark", exposure, temperature, n, take)

    def flat(
        self,
        level: float,
        n: int = 1,
        *,
        lamp: Sequence[float] | None = None,
        exposure: float = 1.0,
        temperature: float | None = None,
        stars: int = 0,
        take: int = 0,
    ) -> np.ndarray:
        """Return flats, (N, H, W) integers.

        Parameters
        ----------
        level : float
            Electrons of a pixel of response 1 in the middle of the field.
        n : int
        lamp : sequence of N float, optional
            Light of each frame beside `level`.
        exposure, temperature : float
            For the dark current.
        stars : int
            How many stars, of 10 to 100 times `level`, a sky flat has; each frame at other places.
        take : int
        """
        lamps = [1.0] * n if lamp is None else [float(light) for light in lamp]
        told = "flat", level, n, lamps, exposure, temperature, stars, take
        dark, draw = self.dark_electrons(exposure, temperature), self._draw("stars of", *told)
        exposed = []
        for light in lamps:
            electrons = dark + self.sky_electrons(level * light)
            if stars:
                places = draw.uniform(0, (self.width, self.height), (stars, 2))
                fluxes = level * light * 10 ** draw.uniform(1, 2, (stars, 1))
                drawn = np.hstack([places, fluxes]).tolist()
                electrons += self.star_electrons(drawn, 3.0)
            exposed.append(electrons)
        return self.read(exposed, *told)

    def light(
        self,
        stars: Sequence[tuple[float, float, float]],
        sky: float,
        exposure: float,
        *,
        temperature: float | None = None,
        n: int = 1,
        fwhm: float = 3.0,
        take: int = 0,
    ) -> np.ndarray:
        """Return lights, (N, H, W) integers.

        Parameters
        ----------
        stars : sequence of (x, y, electrons a second)
        sky : float
            Electrons a second of a pixel of response 1.
        exposure : float
            Seconds.
        temperature : float
        n : int
        fwhm : float
            Of the stars, pixels.
        take : int
        """
        electrons = self.light_electrons(stars, sky, exposure, temperature=temperature, fwhm=fwhm)
        told = tuple(map(tuple, stars)), sky, exposure, temperature, n, fwhm, take
        return self.read([electrons] * n, "light", *told)

    def light_electrons(
        self,
        stars: Sequence[tuple[float, float, float]],
        sky: float,
        exposure: float,
        *,
        temperature: float | None = None,
        fwhm: float = 3.0,
    ) -> np.ndarray:
        """Return the mean charge of each pixel of a light, dark current included, (H, W)."""
        light = self.star_electrons([(x, y, rate * exposure) for x, y, rate in stars], fwhm)
        light += self.sky_electrons(sky * exposure)
        return light + self.dark_electrons(exposure, temperature)

    # -- the chain -------------------------------------------------------------------------------

    def read(self, exposed: Sequence[np.ndarray], *told: object) -> np.ndarray:
        """Return what comes out of expected electrons, (N, H, W) integers.

        Parameters
        ----------
        exposed : sequence of N (H, W) arrays
        *told
            What makes these frames others than those of another call.
        """
        draw, maps = self._draw(*told), self.maps
        kind = np.uint16 if self.bits <= 16 else np.uint32
        out = np.empty((len(exposed), *self.shape), kind)
        flickers = np.flatnonzero(maps.flicker)
        gain = self.egain / maps.column_gain
        for frame, expected in zip(out, exposed, strict=True):
            charge = self._charge(expected, draw)
            charge += np.float32(self.read_noise) * draw.standard_normal(self.shape, np.float32)
            if self.column_noise:
                charge += self.column_noise * draw.standard_normal(self.width, np.float32)
            up = flickers[draw.random(flickers.size) < maps.duty.flat[flickers]]
            charge.flat[up] += maps.flicker.flat[up]
            values = (charge / gain + maps.bias) / self.step
            frame[:] = np.clip(np.rint(values) * self.step, 0, self.top)
        return out

    def _charge(self, expected: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """Return the electrons of each well after an exposure."""
        charge = np.zeros(self.shape, np.float32)
        if not expected.any():
            return charge
        many = expected > _NORMAL_ABOVE
        few = ~many
        charge[few] = draw.poisson(expected[few])
        mean = expected[many].astype(np.float32)
        charge[many] = mean + np.sqrt(mean) * draw.standard_normal(mean.size, np.float32)
        if self.bleeding:
            spill(charge, self.full_well)
        np.minimum(charge, self.full_well, out=charge)
        if self.nonlinearity:
            charge *= 1 - self.nonlinearity / self.full_well * charge
        return charge

    def _draw(self, *told: object) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(repr(told).encode())])
