"""Sets of calibration frames as a sensor gives them, clean, for what judges the frames of a set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Shapes of frames: a tiny one, a small one, and what is looked at of a big one.
SHAPES = ((24, 32), (96, 128), (300, 400), (72, 1820))


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """What a frame of a sensor is drawn by.

    Attributes
    ----------
    egain : float
        Electrons per ADU.
    read_noise, dark, hot : float
        Electrons; the mean of the dark current in an exposure; the mean of hot pixels in it.
    drift : float
        How far the level moves over a series, as a share of the noise of a pixel.
    flicker : float
        How much the light of single flats differs, as a share.
    fade : float
        The light of the last flat beside that of the first.
    top : int
        The highest value of the converter.
    colours : bool
        Whether it is a mosaic.
    """

    egain: float = 0.8
    read_noise: float = 4.0
    dark: float = 20.0
    hot: float = 2000.0
    drift: float = 0.3
    flicker: float = 0.01
    fade: float = 1.0
    top: int = 65_535
    colours: bool = False


#: Sensors of all kinds: of CMOS and CCD, with few bits, with noise below a step, uncooled.
SENSORS = (
    Sensor(),
    Sensor(egain=0.8, read_noise=1.2, dark=0.4, hot=60.0, drift=0.05),
    Sensor(egain=2.4, read_noise=14.0, dark=5.0, drift=1.0),
    Sensor(egain=4.0, read_noise=1.0, dark=0.1, drift=0.1),
    Sensor(egain=1.0, read_noise=3.0, dark=400.0, hot=9000.0, drift=0.8),
    Sensor(egain=12.0, read_noise=5.0, dark=2.0, top=4095, flicker=0.1),
    Sensor(egain=60.0, read_noise=20.0, dark=3.0, top=255, colours=True),
    Sensor(egain=0.3, read_noise=3.0, colours=True, flicker=0.3),
)

_BIAS = {255: 10.0, 4095: 128.0, 65_535: 500.0}


def draw_set(
    kind: str, sensor: Sensor, count: int, shape: tuple[int, int], seed: int
) -> np.ndarray:
    """Draw the raw frames of a clean set, (N, H, W) uint16.

    With fixed columns, a glow, hot pixels, pixels of two levels, cosmic rays, vignetting, levels
    that drift and a lamp that flickers.
    """
    draw = np.random.default_rng(seed)
    height, width = shape
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    bias = _BIAS[sensor.top] + draw.normal(0, sensor.read_noise / sensor.egain / 2, (1, width))
    rate = np.full(shape, 0.0)
    if kind in ("dark", "darkflat"):
        rate += sensor.dark * (0.9 + 0.1 * draw.random(shape) + 0.5 * np.exp(3 * (x + y - 2)))
        rate += np.where(draw.random(shape) < 0.002, draw.exponential(sensor.hot, shape), 0.0)
    jumping = draw.random(shape) < 0.003
    light = (1 - 0.2 * (x * x + y * y)) * (1 + 0.005 * draw.standard_normal(shape))
    if sensor.colours:
        light[::2, ::2] *= 0.5
        light[1::2, 1::2] *= 0.6
    at_half = 0.5 * (sensor.top - _BIAS[sensor.top]) * sensor.egain
    noise = np.hypot(sensor.read_noise, rate.mean() ** 0.5) / sensor.egain
    frames = []
    for place in np.linspace(0, 1, count):
        electrons = draw.poisson(rate).astype(np.float64)
        if kind == "flat":
            bright = at_half * sensor.fade**place * (1 + sensor.flicker * draw.uniform(-1, 1))
            electrons += draw.poisson(bright * light)
        electrons += draw.normal(0, sensor.read_noise, shape)
        electrons += np.where(jumping, 6 * sensor.read_noise * draw.integers(0, 2, shape), 0.0)
        struck = draw.random(shape) < 1e-5
        electrons += np.where(struck, draw.exponential(3000.0, shape), 0.0)
        adu = bias + electrons / sensor.egain + sensor.drift * noise * np.exp(-3 * place)
        frames.append(np.clip(np.rint(adu), 0, sensor.top))
    return np.asarray(frames, np.uint16)


def levelled(frames: np.ndarray, sensor: Sensor) -> tuple[np.ndarray, list[float]]:
    """Return flats without bias and about 1, (N, H, W) float32, and the light of each, ADU."""
    light = frames.astype(np.float32) - np.float32(_BIAS[sensor.top])
    mean = []
    for one in light:
        parts = [(slice(a, None, 2), slice(b, None, 2)) for a in (0, 1) for b in (0, 1)]
        levels = [float(np.median(one[part])) for part in parts]
        if not sensor.colours:
            levels = [float(np.median(one))] * 4
        mean.append(float(np.mean(levels)))
        for part, level in zip(parts, levels, strict=True):
            one[part] /= level
    return light, mean
