"""What files tell of a setup: headers of masters, tables of its lights and of its defects."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from plateworks.csvtable import read_table
from plateworks.digests import digest_of
from plateworks.errors import PlateworksError
from plateworks.metadata.caveats import values_of
from plateworks.orders.trends import TrendLights, TrendOrder
from plateworks.quality.history import NightLevels, levels_of_night
from plateworks.quality.trendcards import CARDS, Told, told_by
from plateworks.quality.trends import NOBODY_KNOWS, Births, Course, LightsOfNight, courses_of
from plateworks.report.memory import Memory
from plateworks.report.nighttables import read_columns
from plateworks.versions import ALGORITHMS

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)

#: Columns of a table of lights that tell what comes through, and how wide stars are.
_OF_LIGHTS = ("frame", "airmass", "zero_point", "fwhm_px")


def follow(order: TrendOrder, memory: str | os.PathLike[str]) -> tuple[list[Told], list[Course]]:
    """Return what the masters of a setup tell, and the course of each quantity.

    Parameters
    ----------
    order : TrendOrder
    memory : path
        Where is kept what was read of each file.
    """
    known = Memory(memory, ALGORITHMS["tables"])
    told = [
        told_by(one, known.of(one.path, lambda path: values_of(path, CARDS)), order.pixels)
        for one in order.masters
    ]
    lights = list(_lights(order, known))
    births = NOBODY_KNOWS
    if order.defects is not None:
        births = Births(*known.of(order.defects, _births))
    known.keep()
    return told, courses_of(told, lights, births, order.pixels)


def _births(table: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many defects a table has that are new, and healed, by night."""
    new, healed = Counter[str](), Counter[str]()
    for row in read_table(table):
        new[row["first_seen"]] += 1
        healed[row["healed"]] += 1
    return _by_night(new), _by_night(healed)


def _by_night(counts: Mapping[str, int]) -> dict[str, int]:
    return {night: counts[night] for night in sorted(counts) if night}


def _lights(order: TrendOrder, known: Memory) -> Iterator[LightsOfNight]:
    for one in order.lights:
        asked = digest_of(frames=sorted(one.frames))
        levels = known.of(one.table, partial(_levels, one), asked)
        if levels is not None:
            yield LightsOfNight(one.night, one.filter, NightLevels(*levels))


def _levels(lights: TrendLights, table: str) -> list[float] | None:
    """Return what the lights of a night and filter show; None if their table tells nothing."""
    try:
        night = _night(table)
    except PlateworksError as error:
        _log.warning("This night tells nothing of its lights: %s", error)
        return None
    some = night[night["frame"].isin(lights.frames)]
    return list(levels_of_night(some)) if len(some) else None


@lru_cache(maxsize=1)
def _night(table: str) -> DataFrame:
    return read_columns(table, _OF_LIGHTS)
