"""What the measures of a night would be, were nothing wrong: levels and courses through the night.

Everything is in natural logarithms, so that ratios are differences.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plateworks.quality.robust import median

#: What air takes, as ln per airmass, is looked for from nothing to this.
MOST_EXTINCTION, STEP = 0.5, 0.01
#: What it is where the night does not tell: usual, and how much that varies.
USUAL, VARIES = 0.18, 0.1
#: How a clear sky varies, as ln, and in how many such deviations it is none.
EVEN, FAR = 0.02, 5.0
#: Days within which the air above stays as it is, near enough.
LONG = 1 / 24
#: Days within which the seeing stays as it is.
SHORT = 20 / 1440
#: Days in which twilight makes the sky twice as bright, several times over; the Moon needs hours.
RISE = 15 / 1440


def without_air(
    flux: np.ndarray, airmass: np.ndarray, fields: np.ndarray
) -> tuple[np.ndarray, float]:
    """Correct what comes through for the air above, by the best frames of all fields of a filter.

    Parameters
    ----------
    flux : (N,) float64 array
        ln of what comes through; NaN where that is not known.
    airmass : (N,) float64 array
        NaN where it is not known: such frames are left as they are.
    fields : (N,) int array

    Returns
    -------
    flux : (N,) float64 array
        As it would be at the zenith.
    extinction : float
        ln per airmass, by which it was corrected.
    """
    air = np.nan_to_num(airmass - 1)
    best, cost = 0.0, np.inf
    for extinction in np.arange(0, MOST_EXTINCTION + STEP / 2, STEP):
        there = flux + extinction * air
        spread = np.concatenate([best_half(there[fields == one]) for one in np.unique(fields)])
        penalty = ((extinction - USUAL) / VARIES) ** 2
        # What lies far away is cloud, however many frames of a field it takes.
        total = np.sum(np.minimum((spread / EVEN) ** 2, FAR**2)) + penalty
        if total < cost:
            best, cost = float(extinction), total
    return flux + best * air, best


def best_half(values: np.ndarray) -> np.ndarray:
    """Return how far the better half of some values lie from their level."""
    values = np.sort(values[np.isfinite(values)])[::-1]
    best = values[: max(3, (len(values) + 1) // 2)]
    return best - np.median(best) if len(best) else best


def without_course(
    values: np.ndarray, mjd: np.ndarray, level: Callable[[np.ndarray], float]
) -> np.ndarray:
    """Subtract the level of the frames within an hour: where no airmass tells it."""
    hours = [level(values[np.abs(mjd - when) <= LONG]) for when in mjd]
    return np.asarray(values - hours)


def lower_half(values: np.ndarray) -> np.ndarray:
    """Return what lies below the median, as distances from it: nothing wrong lowers a width."""
    low = values[np.isfinite(values)] - median(values)
    return low[low <= 0]


def spells(mjd: np.ndarray) -> int:
    """Return in how many hours of the night there are lights: what changes slowly has so many."""
    known = mjd[np.isfinite(mjd)]
    return len(np.unique(np.floor(known / LONG)))


def beside_neighbours(values: np.ndarray, mjd: np.ndarray, within: float = SHORT) -> np.ndarray:
    """Return how far each value lies above the lower of those around it in time, itself apart.

    NaN where fewer than three are near enough.
    """
    out = np.full(len(values), np.nan)
    for i, (value, when) in enumerate(zip(values, mjd, strict=True)):
        near = np.abs(mjd - when) <= within
        near[i] = False
        others = values[near & np.isfinite(values)]
        if len(others) >= 3 and np.isfinite(value):
            out[i] = value - np.percentile(others, 35)
    return out


def rises(sky: np.ndarray, mjd: np.ndarray) -> np.ndarray:
    """Return by how much the sky of each frame is above that of a quarter of an hour away.

    Of both directions the one in which it is darker counts, and the nearest frame there that is at
    least so far away in time, up to twice as far; 0 where there is none.
    """
    out = np.zeros(len(sky))
    for i, when in enumerate(mjd):
        for way in (1, -1):
            apart = way * (mjd - when)
            near = (apart >= RISE / 2) & (apart <= 2 * RISE) & np.isfinite(sky)
            if near.any() and np.isfinite(sky[i]):
                rate = (sky[i] - sky[near]) * RISE / apart[near]
                out[i] = max(out[i], float(np.median(rate)))
    return out


def spread_on(rising: np.ndarray, sky: np.ndarray, mjd: np.ndarray) -> np.ndarray:
    """Return what is twilight: frames that rise, and those beyond that are brighter still.

    A frame that rises above those before it and those after it is a cloud that something lights.
    """
    out = np.zeros(len(rising), bool)
    for i in np.flatnonzero(rising):
        for way in (1, -1):
            after = way * (mjd - mjd[i])
            before = (after < 0) & (after >= -2 * RISE)
            beyond = (after > 0) & (after < 4 * RISE)
            near = beyond & (after <= 2 * RISE)
            goes_on = not near.any() or median(sky[near]) >= sky[i]
            if before.any() and median(sky[before]) < sky[i] and goes_on:
                out[i] = True
                out |= beyond & (sky >= sky[i])
    return out
