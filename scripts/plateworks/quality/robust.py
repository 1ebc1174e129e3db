"""Levels and scatter that a few wrong values do not move, and limits of known false alarm."""

from __future__ import annotations

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Chance at which one test calls a good frame poor, were its scatter normal.
FALSE_ALARM = 5e-4


def median(values: np.ndarray) -> float:
    """Median of what is finite; NaN if nothing is."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")


def scatter(values: np.ndarray) -> float:
    """Standard deviation by the median absolute deviation from zero; NaN of nothing."""
    return MAD_TO_SIGMA * median(np.abs(values))


def sigmas(values: int) -> float:
    """Return how many deviations a limit lies from a level where the scatter is of so many values.

    Student's quantile at :data:`FALSE_ALARM`.
    """
    from scipy.special import stdtrit

    return float(-stdtrit(max(values - 1, 1), FALSE_ALARM))


def upper_level(
    values: np.ndarray, error: float = 0.0, share: float = 0.25, least: int = 2
) -> float:
    """Return the level of the best of some values that are only ever lowered, never raised.

    The median of the best `share` of them, at least `least`, less what their `error` lifts it; so
    most may be poor.
    """
    from scipy.special import ndtri

    best = np.sort(values[np.isfinite(values)])[::-1]
    if not len(best):
        return float("nan")
    count = min(len(best), max(least, int(np.ceil(share * len(best)))))
    return float(np.median(best[:count]) - error * -ndtri(count / len(best) / 2))


def pooled(
    values: np.ndarray, usual: float, weight: int = 5, independent: int | None = None
) -> tuple[float, float]:
    """Return a scatter about zero, and how many deviations away a limit lies.

    A `usual` scatter, taken for known from `weight` values, keeps few values from showing none.
    Of values that change slowly no more than so many are `independent` of each other.
    """
    values = values[np.isfinite(values)]
    count = len(values) if independent is None else min(len(values), independent)
    own = count * np.nan_to_num(scatter(values)) ** 2
    sigma = float(np.sqrt((weight * usual**2 + own) / (weight + count)))
    return sigma, sigmas(weight + count)
