"""One frame as it comes from a camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

#: Called with the seconds that have passed and those of the exposure.
Progress = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Exposure:
    """One frame as it came from the camera.

    Attributes
    ----------
    pixels : (H, W) integer array
        In the camera's own type, rows first.
    start : datetime
        UTC, when the exposure was started.
    seconds : float
    light : bool
        Whether light was asked for; False for bias and darks.
    temperature, set_temperature : float or None
        Of the sensor at the end of the exposure, degrees C.
    cooler_power : float or None
        Per cent.
    full_range : int
        The value at which the pixels saturate.
    """

    pixels: np.ndarray
    start: datetime
    seconds: float
    light: bool
    temperature: float | None
    set_temperature: float | None
    cooler_power: float | None
    full_range: int
