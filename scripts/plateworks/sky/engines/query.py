"""What an engine is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.sky.hints import Attempt
from plateworks.sky.indexes import Index


@dataclass(frozen=True, slots=True)
class Query:
    """One attempt on one field.

    ``xy`` is (N, 2) float64, FITS pixels counted from 1, brightest first: counted from 0, the
    solution would be one pixel off in both axes.  ``shape`` is (height, width).
    """

    xy: np.ndarray
    shape: tuple[int, int]
    attempt: Attempt
    indexes: tuple[Index, ...]
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class EngineMatch:
    """A first solution: cards of a plane TAN system, and the index stars of the field.

    ``stars`` is (M, 2) float64, right ascension and declination in degrees.
    """

    cards: dict[str, float]
    stars: np.ndarray
    logodds: float
    index: str


def time_is_up(limit: float) -> Answer:
    """The answer of an engine that was stopped."""
    return Answer(None, f"no match within the time limit of {limit:.3g} s", limit)


@dataclass(frozen=True, slots=True)
class Answer:
    """A match, or the reason why there is none, as a clause; and the processor time it took."""

    match: EngineMatch | None
    reason: str
    seconds: float
