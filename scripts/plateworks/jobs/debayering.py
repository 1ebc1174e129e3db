"""Lights in three colours: what is told to their jobs, and what these need."""

from __future__ import annotations

from collections import UserDict
from typing import Any

from plateworks.jobs.demand import Demand
from plateworks.jobs.nights import Nights
from plateworks.jobs.sizes import HEADER_MB, IMAGE, MASK, pixels_of
from plateworks.orders.debayering import DebayerOrder
from plateworks.records import plain
from plateworks.settings.settings import Settings

#: Images of one light that are held at a time, its three colours among them.
_IMAGES = 6
#: Seconds a megapixel, read, debayered and written; and of any job.
_EACH_S, _ANY_S = 0.2, 0.5


class Debayering:
    """The jobs that write lights in three colours, looked up by the session.

    Parameters
    ----------
    nights : Nights
    settings : Settings
    """

    def __init__(self, nights: Nights, settings: Settings):
        self._nights, self._method = nights, settings.debayer
        self._results = settings.results

    def tables(self) -> list[str]:
        """Return the tables of all nights; none unless a method is set."""
        if self._method is None:
            return []
        return [f"{self._results}/debayered/{night}.csv" for night in self._nights.sessions]

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of any night."""
        return UserDict(plain(DebayerOrder(method=self._method or "bilinear")))

    def demand(self, wildcards: Any) -> Demand:
        """Return what the job of the night needs that `wildcards` name."""
        frames = [light.frame for light in self._nights.lights(wildcards.session)]
        pixels = pixels_of(frames)
        return Demand(
            held_mb=pixels * (_IMAGES * IMAGE + 2 * MASK),
            thread_mb=0,
            disk_mb=len(frames) * (pixels * 3 * IMAGE + HEADER_MB),
            seconds=_ANY_S + _EACH_S * pixels * len(frames),
            read_mb=len(frames) * pixels * (IMAGE + 2 * MASK),
        )
