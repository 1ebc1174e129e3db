"""What earlier nights of a camera showed: the level of a measure, and how nights differ.

It is a prior and no more: where a whole night is poor, its own frames cannot show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.quality import courses
from plateworks.quality.robust import median, pooled, upper_level

if TYPE_CHECKING:
    from pandas import DataFrame

#: Fewer earlier nights tell nothing.
FEWEST_NIGHTS = 3
#: How nights differ before that is known, as ln: the best zero points, the seeing.
USUAL_ZERO, USUAL_WIDTH = 0.03, 0.25


class Level(NamedTuple):
    """The level of earlier nights, its scatter, and how many deviations away a limit lies."""

    level: float
    scatter: float
    away: float


@dataclass(frozen=True)
class Usual:
    """Of one camera, by filter: ln of the best zero points as flux, of the width at the zenith."""

    zero_point: Mapping[object, Level] = field(default_factory=dict)
    width: Mapping[object, Level] = field(default_factory=dict)


def usual_of(earlier: Iterable[DataFrame]) -> Usual:
    """Return what earlier nights of one camera showed.

    Parameters
    ----------
    earlier : iterable of DataFrame
        Tables of measures, one for each night, of this camera alone.
    """
    zeros: dict[object, list[float]] = {}
    widths: dict[object, list[float]] = {}
    for night in earlier:
        for name, some in night.groupby("filter", sort=False, dropna=False):
            air = some["airmass"].to_numpy(float)
            zero = some["zero_point"].to_numpy(float) * np.log(10) / 2.5
            there, _ = courses.without_air(zero, air, np.zeros(len(some)))
            zeros.setdefault(name, []).append(upper_level(there))
            full = np.log(some["fwhm_px"].to_numpy(float))
            widths.setdefault(name, []).append(
                median(full - 0.6 * np.log(np.nan_to_num(air, nan=1)))
            )
    return Usual(_levels(zeros, USUAL_ZERO), _levels(widths, USUAL_WIDTH))


def _levels(nights: Mapping[object, list[float]], usual: float) -> dict[object, Level]:
    levels = {}
    for name, values in nights.items():
        known = np.array(values)[np.isfinite(values)]
        if len(known) >= FEWEST_NIGHTS:
            level = median(known)
            levels[name] = Level(level, *pooled(known - level, usual))
    return levels
