"""What earlier nights of a camera showed: the level of a measure, and how nights differ.

It is a prior and no more: where a whole night is poor, its own frames cannot show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.quality import courses
from plateworks.quality.robust import median, pooled, scatter, upper_level

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


class NightLevels(NamedTuple):
    """What the lights of one night and filter show, and how well that is known, as ln.

    ``zero_point`` is the best of the zero points as flux, ``width`` that of stars in pixels; both
    at the zenith.  NaN where it is not known.
    """

    zero_point: float
    zero_point_error: float
    width: float
    width_error: float


def levels_of_night(lights: DataFrame) -> NightLevels:
    """Return what the lights of one night, camera and filter show.

    Parameters
    ----------
    lights : DataFrame
        Rows of a table of measures.
    """
    air = lights["airmass"].to_numpy(float)
    zero = lights["zero_point"].to_numpy(float) * np.log(10) / 2.5
    there, _ = courses.without_air(zero, air, np.zeros(len(lights)))
    full = np.log(lights["fwhm_px"].to_numpy(float)) - 0.6 * np.log(np.nan_to_num(air, nan=1))
    best, width = upper_level(there), median(full)
    return NightLevels(best, _error(there), width, _error(full))


def _error(values: np.ndarray) -> float:
    """Return the standard error of the median of some values."""
    count = np.count_nonzero(np.isfinite(values))
    return 1.25 * scatter(values - median(values)) / np.sqrt(count) if count else float("nan")


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
            levels = levels_of_night(some)
            zeros.setdefault(name, []).append(levels.zero_point)
            widths.setdefault(name, []).append(levels.width)
    return Usual(_levels(zeros, USUAL_ZERO), _levels(widths, USUAL_WIDTH))


def _levels(nights: Mapping[object, list[float]], usual: float) -> dict[object, Level]:
    levels = {}
    for name, values in nights.items():
        known = np.array(values)[np.isfinite(values)]
        if len(known) >= FEWEST_NIGHTS:
            level = median(known)
            levels[name] = Level(level, *pooled(known - level, usual))
    return levels
