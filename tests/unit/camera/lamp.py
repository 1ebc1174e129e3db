"""A light before a sensor, for tests: what a trial frame of some setting shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plateworks.camera.levels import Reading


@dataclass(frozen=True)
class Lamp:
    """A light and a sensor: `response` turns setting / `right` into a signal, 1 at the target.

    Levels come in steps of one ADU, and end at `full_range`.
    """

    right: float  # the setting at which the level is the target
    target: float = 0.5
    bias: float = 0.01
    full_range: int = 65535
    response: Callable[[float], float] = float

    def read(self, setting: float) -> Reading:
        signal = (self.target - self.bias) * self.response(setting / self.right)
        level = min(self.bias + signal, 1.0)
        return Reading(round(level * self.full_range), self.full_range, level >= 0.995)
