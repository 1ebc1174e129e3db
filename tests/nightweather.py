"""The weather of a drawn night: what happens to all its frames, as functions of the hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Weather:
    """Haze, dew, dawn, Moon and seeing."""

    seed: int
    moon: float = 0.0  # brightness of the Moon beside the dark sky
    moon_up: tuple[float, float] = (0.0, 0.0)  # hours between which it is up
    haze: float = 0.0  # ln of what the whole night loses
    dew: tuple[float, float] | None = None  # hours at which it begins and ends
    dawn: float | None = None  # hour at which the Sun is 18 degrees below the horizon
    seeing: float = 3.0  # FWHM in pixels at the zenith
    breath: float = 0.1

    def dewed(self, hour: float) -> float:
        """How much dew there is on the optics."""
        if not self.dew or hour < self.dew[0]:
            return 0.0
        start, end = self.dew
        return 1.2 * ((hour - start) / (end - start)) ** 1.2

    def moonlight(self, hour: float, name: str) -> float:
        """The light of the Moon beside the dark sky, through a filter."""
        rise, down = self.moon_up
        if not rise < hour < down:
            return 0.0
        # Highest in the middle; narrow filters see the same part of it.
        height = np.sin(np.pi * (hour - rise) / (down - rise)) * min(1, (down - rise) / 11)
        return self.moon * height * (1.3 if name in ("B", "O3") else 1.0)

    def fault(self, hour: float) -> str:
        """What is wrong with a frame by the weather alone; "little" where it may go unseen."""
        if self.haze:
            return "cloud"
        if self.dew and hour >= self.dew[0]:
            return "dew" if self.dewed(hour) > 0.25 else "little"
        if self.dawn is not None and hour > self.dawn:
            return "moon or dawn" if hour > self.dawn + 0.5 else "little"
        return ""


def moonlit(rng, seed):
    """A night on which the Moon rises, sets, or both."""
    rise = rng.uniform(-6, 8)
    return Weather(
        seed, moon=rng.uniform(1, 8), moon_up=(rise, rise + rng.uniform(3, 11)),
        seeing=rng.uniform(1.8, 4.5), breath=rng.uniform(0.05, 0.12),
    )  # fmt: skip
