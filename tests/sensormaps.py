"""What is fixed on the chip of a simulated sensor: the truth that tests compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sensors import Sensor


@dataclass(frozen=True)
class SensorMaps:
    """Maps of a chip, each (H, W) unless it says otherwise.

    Attributes
    ----------
    bias : float array
        ADU.
    dark_rate : float array
        Electrons a second at the reference temperature, hot pixels and columns included.
    glow : float array
        Electrons after a second.
    response : float array
        To an even light; colours, vignetting, cold and dead pixels included.
    column_gain : (W,) float array
        About 1; the ADU of an electron are in proportion to it.
    flicker, duty : float arrays
        Electrons between the two levels of flickering pixels, 0 elsewhere, and the part of the
        frames in which they are at the upper one.
    hot, cold, dead : bool arrays
    hot_columns, dead_columns : int arrays
        Numbers of columns.
    """

    bias: np.ndarray
    dark_rate: np.ndarray
    glow: np.ndarray
    response: np.ndarray
    column_gain: np.ndarray
    flicker: np.ndarray
    duty: np.ndarray
    hot: np.ndarray
    cold: np.ndarray
    dead: np.ndarray
    hot_columns: np.ndarray
    dead_columns: np.ndarray

    @property
    def flickering(self) -> np.ndarray:
        """Which pixels have two levels, (H, W) bool."""
        return self.flicker > 0


def draw_maps(sensor: Sensor) -> SensorMaps:
    """Draw the one chip that the seed of a sensor stands for."""
    draw, shape = np.random.default_rng(sensor.seed), sensor.shape
    y, x = np.ogrid[-1 : 1 : sensor.height * 1j, -1 : 1 : sensor.width * 1j]

    bias = sensor.pedestal + sensor.bias_pixels * draw.standard_normal(shape)
    bias += sensor.bias_columns * draw.standard_normal(sensor.width)
    bias += sensor.bias_rows * draw.standard_normal((sensor.height, 1))
    dark_rate = sensor.dark_rate * draw.lognormal(0, sensor.dark_tail, shape)
    glow = sensor.glow * np.exp(-2 * np.hypot(1 - x, 1 - y))
    response = 1 + sensor.prnu * draw.standard_normal(shape)
    response *= 1 - sensor.vignetting * (x**2 + y**2) / 2
    if sensor.bayer is not None:
        colours = dict(zip("RGB", sensor.colours, strict=True))
        for place, colour in enumerate(sensor.bayer):
            response[place // 2 :: 2, place % 2 :: 2] *= colours[colour]
    column_gain = 1 + sensor.column_gain * draw.standard_normal(sensor.width)

    # No pixel and no column has two faults of its own.
    counts = sensor.hot, sensor.flickering, sensor.cold, sensor.dead
    chosen = draw.choice(bias.size, sum(counts), replace=False)
    hot, flickering, cold, dead = np.split(chosen, np.cumsum(counts)[:-1])
    columns = draw.choice(sensor.width, sensor.hot_columns + sensor.dead_columns, replace=False)
    hot_columns, dead_columns = np.split(columns, [sensor.hot_columns])

    def rates(count: int) -> np.ndarray:
        return np.exp(draw.uniform(*np.log(sensor.hot_rates), count))

    dark_rate.flat[hot] += rates(hot.size)
    dark_rate[:, hot_columns] += rates(hot_columns.size)
    response.flat[cold] *= 0.5
    for where in (np.isin(np.arange(bias.size), dead).reshape(shape), np.s_[:, dead_columns]):
        response[where] *= 0.1
        dark_rate[where] = 0.0
    flicker, duty = np.zeros(shape), np.zeros(shape)
    flicker.flat[flickering] = draw.uniform(*sensor.flicker_steps, flickering.size)
    duty.flat[flickering] = draw.uniform(*sensor.flicker_duty, flickering.size)

    def marked(places: np.ndarray) -> np.ndarray:
        mask = np.zeros(shape, bool)
        mask.flat[places] = True
        return mask

    return SensorMaps(
        bias, dark_rate, glow, response, column_gain, flicker, duty,
        marked(hot), marked(cold), marked(dead), np.sort(hot_columns), np.sort(dead_columns),
    )  # fmt: skip
