"""What a capture says while it runs: each frame, and how long it will still take."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from plateworks.camera.manifest import Row
from plateworks.printable import tell

_log = logging.getLogger(__name__)


def say(text: str) -> None:
    """Say something at the terminal and in the log."""
    _log.info("%s", text)
    tell(text)


class Progress:
    """Reports the frames of one series, with the time left at the pace so far.

    Parameters
    ----------
    title : str
        What is taken.
    count : int
        How many frames the series shall have.
    clock : function
        Seconds from some fixed moment.
    """

    def __init__(self, title: str, count: int, clock: Callable[[], float] = time.monotonic):
        self._title, self._count, self._clock = title, count, clock
        self._began, self._taken = clock(), 0

    def frame(self, row: Row, lacking: int) -> None:
        """Report a frame that counts; `lacking` are still to come."""
        self._taken += 1
        left = (self._clock() - self._began) / self._taken * lacking
        words = [
            f"{self._count - lacking} of {self._count}",
            f"{row.exposure_s:.4g} s",
            f"median {row.median:.0f} ADU",
        ]
        if row.temperature_degC is not None:
            words.append(f"{row.temperature_degC:.1f} °C")
        words.append(f"about {_span(left)} left" if lacking else "complete")
        say(f"{self._title}: {', '.join(words)}")


class CoolingReport:
    """Reports now and then how far a sensor has come.

    Parameters
    ----------
    clock : function
        Seconds from some fixed moment.
    every : float
        Seconds between two reports.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, every: float = 15.0):
        self._clock, self._every = clock, every
        self._due = clock()

    def reading(self, temperature: float, set_point: float, target: float) -> None:
        """Take note of a temperature, its set point and the target, in degrees C."""
        if self._clock() >= self._due:
            self._due = self._clock() + self._every
            say(f"cooling: {temperature:.1f} °C, set to {set_point:.1f}, on the way to {target:g}")


def _span(seconds: float) -> str:
    """Return a span of time for a person, for instance ``12 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
