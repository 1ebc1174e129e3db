"""What the engines of the Astrometry.net family share: index files, chosen for each attempt."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines.engine import Answer, Engine, Query, Search
from plateworks.sky.engines.indexes import Index, choose, covering, explain_absence, find_indexes
from plateworks.sky.hints import Attempt

if TYPE_CHECKING:  # a plan asks engines too, and does without numpy
    import numpy as np

#: Cards of a plane system, as the engines give them.
PLANE = ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CD1_1", "CD1_2", "CD2_1", "CD2_2")


class AstrometryNet(Engine):
    """An engine that searches index files.

    Raises
    ------
    ConfigError
        If a folder of ``solve.index_dirs`` is not there.
    """

    def __init__(self, options: SolveOptions):
        self._there = find_indexes(options.index_dirs)

    def fitting(self, attempt: Attempt, shape: tuple[int, int]) -> Search | str:
        """As :meth:`Engine.fitting`."""
        indexes = choose(self._there, shape, attempt)
        if not indexes:
            return explain_absence(self._there, shape, attempt)
        return Search(f"{len(indexes)} indexes", partial(self.solve, indexes))

    def catalogued(self, ra: float, dec: float, radius: float, most: int) -> np.ndarray | None:
        """As :meth:`Engine.catalogued`: those of every index that covers the circle."""
        from plateworks.sky.engines.indexstars import stars_of

        return stars_of(covering(self._there, ra, dec, radius), ra, dec, radius, most)

    @staticmethod
    @abstractmethod
    def solve(indexes: tuple[Index, ...], query: Query) -> Answer:
        """Search a field with these indexes."""
