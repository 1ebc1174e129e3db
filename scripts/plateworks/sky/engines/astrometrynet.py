"""What the engines of the Astrometry.net family share: index files, chosen for each attempt."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plateworks.digests import digest_of
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines.engine import Answer, Engine, Query, Search
from plateworks.sky.engines.indexes import (
    Index,
    choose,
    covering,
    ends_of,
    explain_absence,
    find_indexes,
)
from plateworks.sky.hints import Attempt
from plateworks.sky.magnitudecolumns import Wanted

if TYPE_CHECKING:  # a plan asks engines too, and does without numpy
    import numpy as np

    from plateworks.sky.knownstars import KnownStars

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
        found = find_indexes(options.index_dirs)
        self._there = tuple(index for index in found if not index.flaw)
        self._flawed = tuple(index for index in found if index.flaw)

    def fitting(self, attempt: Attempt, shape: tuple[int, int]) -> Search | str:
        """As :meth:`Engine.fitting`."""
        indexes = choose(self._there, shape, attempt)
        flawed = choose(self._flawed, shape, attempt)
        if not indexes and not flawed:
            return explain_absence(self._there, shape, attempt)
        return Search(f"{len(indexes)} indexes", partial(self._search, indexes, flawed))

    def flaws(self) -> tuple[str, ...]:
        """As :meth:`Engine.flaws`."""
        return tuple(
            f"The index {index.path} {index.flaw}; fields that do not solve without it will fail."
            for index in self._flawed
        )

    def searched(self) -> str:
        """As :meth:`Engine.searched`: by name, size and time of change, wherever they lie."""
        return digest_of(indexes={(Path(index.path).name, *index.stamp) for index in self._there})

    def _search(
        self, indexes: tuple[Index, ...], flawed: tuple[Index, ...], query: Query
    ) -> Answer:
        """Search; where nothing is found, an index that cannot be read may hold it."""
        answer = self.solve(indexes, query) if indexes else Answer(None, "", 0.0)
        if answer.match is not None or answer.failed or not flawed:
            return answer
        reason = "; ".join(f"the index {index.path} {index.flaw}" for index in flawed)
        return replace(answer, reason=reason, failed=True)

    def catalogued(
        self, ra: float, dec: float, radius: float, most: int, epoch: float | None = None
    ) -> np.ndarray | None:
        """As :meth:`Engine.catalogued`: those of every index that covers the circle."""
        from plateworks.sky.engines.indexstars import stars_of

        return stars_of(covering(self._there, ra, dec, radius), ra, dec, radius, most, epoch)

    def magnitudes(
        self, ra: float, dec: float, radius: float, most: int, wanted: Wanted
    ) -> KnownStars | None:
        """As :meth:`Engine.magnitudes`: those that the indexes carry."""
        from plateworks.sky.engines.indexmagnitudes import magnitudes_of

        indexes = covering(self._there, ra, dec, radius)
        return magnitudes_of(indexes, ra, dec, radius, most, wanted)

    def stamp(self, catalogue: str) -> str:
        """As :meth:`Engine.stamp`: by names and contents, wherever and since when they lie."""
        there = {Path(index.path).name: index for index in self._there}
        names = catalogue.split()
        if not names or not there.keys() >= set(names):
            return ""
        return digest_of(indexes={(name, ends_of(there[name])) for name in names})

    @staticmethod
    @abstractmethod
    def solve(indexes: tuple[Index, ...], query: Query) -> Answer:
        """Search a field with these indexes."""
