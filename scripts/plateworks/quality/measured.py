"""What is known of one light before it is compared with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plateworks.sky.cells import GRID, cells_of

#: Rows and columns of the cells into which a frame is divided.
ROWS, COLUMNS = GRID


class Stars(NamedTuple):
    """Sources of a light: float64 arrays (N,), brightest first.

    ``x`` and ``y`` are FITS pixels, ``ra`` and ``dec`` degrees or NaN, ``flux`` and ``error`` ADU,
    ``theta`` degrees.
    """

    x: np.ndarray
    y: np.ndarray
    ra: np.ndarray
    dec: np.ndarray
    flux: np.ndarray
    error: np.ndarray
    ellipticity: np.ndarray
    theta: np.ndarray

    @property
    def xy(self) -> np.ndarray:
        return np.column_stack([self.x, self.y])


NO_STARS = Stars(*(np.empty(0),) * len(Stars._fields))


@dataclass(frozen=True)
class Measured:
    """One light.

    Attributes
    ----------
    values : mapping
        Column of the table of measures to its value; None where that is not known.
    stated : (float, float) or None
        Right ascension and declination in degrees at which it was aimed, by its header.
    shape : (int, int)
        Height and width in pixels.
    stars : Stars
    sky : (ROWS * COLUMNS,) float64 array
        Of each cell, row by row from the first; NaN where it is not known.
    """

    values: Mapping[str, object]
    stated: tuple[float, float] | None
    shape: tuple[int, int]
    stars: Stars
    sky: np.ndarray

    @property
    def group(self) -> tuple[object, ...]:
        """What lights must share to be compared: the camera, its pixels, and the filter."""
        return (self.values["camera"], self.shape, self.values["filter"])

    def number(self, column: str) -> float:
        """Return a value as a number; NaN where it is not known."""
        value = self.values.get(column)
        return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def cell_of(xy: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the cell in which each FITS position (N, 2) lies, -1 if outside: (N,) int."""
    x, y = xy.T - 1
    inside = (x > -0.5) & (x < shape[1] - 0.5) & (y > -0.5) & (y < shape[0] - 0.5)
    return np.where(inside, cells_of(np.where(inside, y, 0), np.where(inside, x, 0), shape), -1)
