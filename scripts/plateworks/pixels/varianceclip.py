"""Rejection against a noise that is known, not found in the stack of a single pixel.

As DRAGONS does for bias frames and darks: three frames suffice, whose own scatter says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Reals, Rows
from plateworks.pixels.rejection import Run, within
from plateworks.pixels.scatter import SLACK, less, rough


class KnownNoise(NamedTuple):
    """The noise of single values, known from elsewhere than their own stack.

    Attributes
    ----------
    sigma : float
        Standard deviation of a value of an ordinary pixel.
    level : float
        Of such a pixel.
    shot : float
        Variance that a pixel has more for each unit that it lies above this level.
    """

    sigma: float
    level: float = 0.0
    shot: float = 0.0

    def at(self, centre: Reals) -> Doubles:
        """Return the standard deviation of values about their median: (M,) float64."""
        above = np.maximum(centre.astype(np.float64) - self.level, 0.0)
        return np.sqrt(self.sigma**2 + self.shot * above)


@dataclass(frozen=True)
class VarianceClip:
    """Believe what lies within `low` and `high` sigmas of the median, the sigma being known.

    It is at least half of `quantum`, as that of
    :class:`~plateworks.pixels.rejection.SigmaClip`.

    Parameters
    ----------
    low, high : float
        Distances below and above the median, in sigmas.
    noise : KnownNoise
    quantum : float
        Step between neighbouring values of the converter.
    """

    low: float
    high: float
    noise: KnownNoise
    quantum: float = 0.0
    repeated = True

    def suspects(self, rows: Rows, centre: Reals) -> Bools:
        sigma = self._sigma(centre) * (1 - SLACK)
        centre, doubt = rough(rows, centre)
        lowest, highest = less(rows[0], centre), less(rows[-1], centre)
        return (lowest - doubt < -self.low * sigma) | (highest + doubt > self.high * sigma)

    def survivors(self, deviation: Reals, centre: Reals, closely: bool) -> Run:
        sigma = self._sigma(centre)
        return within(deviation, -self.low * sigma, self.high * sigma)

    def _sigma(self, centre: Reals) -> Doubles:
        return np.maximum(self.noise.at(centre), self.quantum / 2)
