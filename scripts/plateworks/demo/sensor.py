"""A cooled CMOS camera: from expected electrons to the integers in a file.

The model is the usual one of photon transfer (J. R. Janesick, *Photon Transfer*, 2007): electrons
follow Poisson's law, a fixed response and a fixed dark rate belong to each pixel, Gaussian read
noise and a fixed bias pattern are added before the converter rounds and clips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Above this many electrons Poisson's law is drawn as a normal one; their skewness, 1/sqrt(n),
#: is below 0.032 there, and the normal law is ten times cheaper.
NORMAL_ABOVE = 1000.0


@dataclass(frozen=True)
class Sensor:
    """What a data sheet would say of the camera, and its blemishes.

    The dark current is that of a sensor older than the one whose name it bears, so that darks have
    work to do.
    """

    name: str = "ZWO ASI2600MM Pro"
    width: int = 1200
    height: int = 800
    pixel_um: float = 3.76
    bayer: str | None = None  # colours of the first 2x2 pixels, e.g. "RGGB"; None: monochrome
    gain: int = 100  # the camera's setting
    offset: int = 50  # the camera's setting
    egain: float = 0.25  # electrons per ADU as stored
    read_noise: float = 1.5  # electrons
    full_well: float = 20_000.0  # electrons
    adc_bits: int = 16  # fewer: stored values are multiples of 2**(16 - adc_bits)
    bias_level: float = 500.0  # ADU
    bias_columns: float = 2.0  # ADU, scatter from column to column, fixed
    bias_rows: float = 1.0  # ADU, scatter from row to row, fixed
    dark_current: float = 0.02  # electrons a second, median pixel at reference_temp
    reference_temp: float = -10.0  # degrees C
    doubling: float = 6.0  # degrees C that double the dark current
    glow: float = 0.25  # electrons a second in the corner by the amplifier, at reference_temp
    hot_fraction: float = 1e-3
    hot_rates: tuple[float, float] = (0.05, 50.0)  # electrons a second, log-uniform between
    dead_fraction: float = 5e-5
    response_scatter: float = 0.005  # pixel-to-pixel, relative

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    @property
    def area_cm2(self) -> float:
        return self.width * self.height * (self.pixel_um * 1e-4) ** 2

    @property
    def saturation(self) -> float:
        """Largest value the camera can write, ADU."""
        step = 2 ** (16 - self.adc_bits)
        return min((2**self.adc_bits - 1) * step, self.bias_level + self.full_well / self.egain)

    def warmth(self, temperature: float) -> float:
        """Dark current at `temperature` (degrees C) as a multiple of that at reference_temp."""
        return 2.0 ** ((temperature - self.reference_temp) / self.doubling)


@dataclass(frozen=True)
class SensorMaps:
    """What is fixed on the chip; all arrays (H, W) float32."""

    bias: np.ndarray  # ADU
    dark_rate: np.ndarray  # electrons a second at the reference temperature, hot pixels included
    response: np.ndarray  # relative, about 1
    hot: np.ndarray  # (N, 2) int64, x and y from 0, hottest first
    dead: np.ndarray  # (M, 2) int64, x and y from 0


def draw_maps(sensor: Sensor, rng: np.random.Generator) -> SensorMaps:
    """Draw one copy of the camera: its bias pattern, dark rates, blemishes and responses."""
    height, width = sensor.shape
    y, x = np.ogrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]

    bias = sensor.bias_level + rng.normal(0, sensor.bias_columns, (1, width))
    bias = bias + rng.normal(0, sensor.bias_rows, (height, 1)) + 4 * sensor.bias_rows * (y - 0.5)

    # Amplifier glow fades from the lower right corner; neighbouring pixels differ by a fifth.
    distance = np.hypot((1 - x) * width, (1 - y) * height) / (0.25 * np.hypot(width, height))
    dark = sensor.dark_current * rng.lognormal(0, 0.2, sensor.shape)
    dark += sensor.glow * np.exp(-distance)

    n_hot = round(sensor.hot_fraction * bias.size)
    n_dead = round(sensor.dead_fraction * bias.size)
    blemished = rng.choice(bias.size, n_hot + n_dead, replace=False)
    low, high = np.log(sensor.hot_rates)
    rates = np.exp(rng.uniform(low, high, n_hot))
    rates[::-1].sort()
    dark.flat[blemished[:n_hot]] += rates

    response = rng.normal(1, sensor.response_scatter, sensor.shape)
    response.flat[blemished[n_hot:]] = rng.uniform(0.05, 0.4, n_dead)

    places = np.stack(np.unravel_index(blemished, sensor.shape)[::-1], axis=1)
    return SensorMaps(
        bias.astype(np.float32),
        dark.astype(np.float32),
        response.astype(np.float32),
        places[:n_hot],
        places[n_hot:],
    )


def count_electrons(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the electrons collected where `expected` ((H, W) float32) would come on average."""
    electrons = np.sqrt(expected)
    electrons *= rng.standard_normal(expected.shape, dtype=np.float32)
    electrons += expected
    faint = expected < NORMAL_ABOVE
    electrons[faint] = rng.poisson(expected[faint])
    return electrons


def collect(
    sensor: Sensor,
    maps: SensorMaps,
    seconds: float,
    temperature: float,
    rng: np.random.Generator,
    light: np.ndarray | None = None,
    cosmics: np.ndarray | None = None,
) -> np.ndarray:
    """Take one frame, and return its electrons as they are read: with the noise of that.

    Parameters
    ----------
    sensor, maps : Sensor, SensorMaps
    seconds : float
        Exposure.
    temperature : float
        Of the sensor, degrees C.
    rng : numpy.random.Generator
    light : (H, W) float32 array, optional
        Expected photo-electrons of the whole exposure, the pixels' response included.
    cosmics : (H, W) float32 array, optional
        Electrons set free by cosmic rays.

    Returns
    -------
    (H, W) float32 array
    """
    expected = maps.dark_rate * np.float32(sensor.warmth(temperature) * seconds)
    if light is not None:
        expected += light
    electrons = count_electrons(expected, rng)
    if cosmics is not None:
        electrons += cosmics
    np.minimum(electrons, sensor.full_well, out=electrons)
    noise = rng.standard_normal(sensor.shape, dtype=np.float32)
    electrons += np.float32(sensor.read_noise) * noise
    return electrons


def digitise(sensor: Sensor, bias: np.ndarray, electrons: np.ndarray) -> np.ndarray:
    """Return electrons as the converter writes them: (H, W) uint16, ADU."""
    step = 2 ** (16 - sensor.adc_bits)
    adu = bias + electrons / np.float32(sensor.egain)
    adu = np.clip(np.rint(adu / step), 0, 2**sensor.adc_bits - 1) * step
    return adu.astype(np.uint16)
