"""Dew: what all fields of a camera lose together, slowly and for good, while stars grow wider.

Clouds come and go; air takes what the airmass says.  Dew settles on the optics, so that every field
and filter loses alike, more and more; a field that begins later has no light without it, and only
the course of the whole night tells what it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

#: Days between the nodes of the course, and of the longest that is one night.
STEP, LONGEST = 8 / 1440, 1.0
#: Fewer lights show no course.
FEWEST = 8
#: The least that is worth a name, as ln of light; and the rise takes so many days.
LEAST, SLOW = 0.18, 20 / 1440
#: Lights lie as near to the rising course, as parts of its rise, where widths rise with it; and
#: where widths do not tell.
ROUGH, SMOOTH = 0.12, 0.05
#: How well widths follow the course, as a correlation of ranks.
TOGETHER = 0.5
#: What lies nearer to the course counts alike, as ln; how stiff the course is.
_NEAR, _STIFF, _ROUNDS = 0.01, 0.3, 6


class Loss(NamedTuple):
    """What lights lose beside each other: ln, (N,), NaN where unknown; within groups, (N,) int."""

    lost: np.ndarray
    group: np.ndarray


def dew(mjd: np.ndarray, losses: Sequence[Loss], width: np.ndarray) -> np.ndarray:
    """Return what dew takes of each light, as ln: (N,); NaN where there is none.

    Parameters
    ----------
    mjd : (N,) float64 array
    losses : sequence of Loss
        Of the lights of one camera: by the stars of each field, by zero points of each filter.
    width : (N,) float64 array
        ln of the width of stars at the zenith.
    """
    from scipy.optimize import isotonic_regression

    nothing = np.full(len(mjd), np.nan)
    when = mjd[np.isfinite(mjd)]
    if len(when) < FEWEST or not SLOW < np.ptp(when) < LONGEST:
        return nothing
    nodes, course, seen, residual = _common(mjd, losses)
    rising = isotonic_regression(course).x
    rising -= rising[0]
    rise = rising[-1]
    steep = (rising > 0.1 * rise) & (rising < 0.9 * rise)
    if rise < LEAST or steep.sum() * STEP < SLOW:
        return nothing
    # Only lights that see it rise tell of it: each field has a level of its own, so that one which
    # begins under what settled, or after a cloud that another ended in, fits either.
    telling = np.interp(seen, nodes, steep) > 0.5
    if telling.sum() < FEWEST:
        return nothing
    # How far lights lie from the course, and the course from one that only rises.
    far = max(_spread(residual), _spread(residual[telling]))
    rough = np.hypot(far, _spread(course - course[0] - rising))
    taken = np.interp(mjd, nodes, rising)
    known = np.isfinite(width) & np.isfinite(mjd)
    together = _rank_correlation(taken[known], width[known]) if known.sum() >= FEWEST else 0.0
    sure = rough < (ROUGH if together > TOGETHER else SMOOTH) * rise
    return taken if sure else nothing


def _rank_correlation(some: np.ndarray, others: np.ndarray) -> float:
    """Return Spearman's coefficient; NaN where one of them is all alike."""
    one, other = (ranks - ranks.mean() for ranks in map(_ranks, (some, others)))
    spread = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / spread if spread else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value; those that are equal share the middle of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which])


def _common(
    mjd: np.ndarray, losses: Sequence[Loss]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fit one course to all losses, each group with a level of its own.

    Where one group ends and the next begins the course goes on as it was.  Returns the nodes, the
    course there, when each loss was seen, and how far it lies from the course.
    """
    nodes = np.arange(np.nanmin(mjd), np.nanmax(mjd) + STEP, STEP)
    rows, values, seen = [], [], []
    for loss in losses:
        known = np.flatnonzero(np.isfinite(loss.lost) & np.isfinite(mjd))
        names, group = np.unique(loss.group[known], return_inverse=True)
        level = np.zeros((len(known), len(names)))
        level[np.arange(len(known)), group] = 1
        at = (mjd[known] - nodes[0]) / STEP
        course = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(len(nodes))))
        rows.append((course, level))
        values.append(loss.lost[known])
        seen.append(mjd[known])
    levels = sum(level.shape[1] for _, level in rows)
    matrix = np.zeros((sum(map(len, values)), len(nodes) + levels))
    top, left = 0, len(nodes)
    for course, level in rows:
        here = slice(top, top + len(course))
        matrix[here, : len(nodes)] = course
        matrix[here, left : left + level.shape[1]] = level
        top, left = top + len(course), left + level.shape[1]
    lost = np.concatenate(values) if values else np.empty(0)
    # Slopes change little; the first node and levels are free against each other: least of both.
    bent = np.zeros((max(len(nodes) - 2, 0), matrix.shape[1]))
    for row in range(len(bent)):
        bent[row, row : row + 3] = 1, -2, 1
    weights = np.ones(len(lost))
    solution = np.zeros(matrix.shape[1])
    for _ in range(_ROUNDS):
        whole = np.vstack([matrix * weights[:, None], _STIFF * bent])
        solution = np.linalg.lstsq(
            whole, np.concatenate([lost * weights, np.zeros(len(bent))]), rcond=1e-8
        )[0]
        weights = np.sqrt(_NEAR / np.maximum(np.abs(lost - matrix @ solution), _NEAR))
    when = np.concatenate(seen) if seen else np.empty(0)
    return nodes, solution[: len(nodes)], when, lost - matrix @ solution


def _spread(values: np.ndarray) -> float:
    """How far most values lie from nothing; clouds that pass do not count."""
    return float(np.percentile(np.abs(values), 80)) if len(values) else 0.0
