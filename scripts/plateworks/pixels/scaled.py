"""Numbers from zero on in two bytes each, as FITS stores them: so many steps of one size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Floats, Integers, Reals
from plateworks.pixels.blocks import row_blocks

#: The largest of signed integers of 16 bits; a number is so many steps more than its integer.
LARGEST = 32767
#: The integer that stands for what is missing.
BLANK = -LARGEST - 1
#: The greatest number, in steps.
MOST = 2 * LARGEST
#: Integers as FITS stores them, but for the order of their bytes.
STORED = np.dtype(np.int16)
Counts = NDArray[np.int16]

#: Added to a float32 of 0 to 65534 this leaves no bits for fractions, so the sum is rounded to a
#: whole number, half of them to even; and its last 16 bits are that number less LARGEST.
_ROUNDING = np.float32(1.5 * 2**23 - LARGEST)


@dataclass(frozen=True, eq=False)
class Scaled:
    """An image of numbers from zero on, or missing.

    Attributes
    ----------
    counts : (H, W) array of STORED
        NUMBER = (COUNT + LARGEST) * step.
    step : float
    """

    counts: Counts
    step: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.counts.shape

    @property
    def nbytes(self) -> int:
        """Bytes that the numbers take."""
        return self.counts.nbytes

    def __getitem__(self, where: Any) -> Floats:
        """Return the numbers of some pixels; NaN for what is missing."""
        counts = self.counts[where]
        values = counts.astype(np.float32)
        values += np.float32(LARGEST)
        values *= np.float32(self.step)
        missing = counts == BLANK
        return np.where(missing, np.float32(np.nan), values) if np.any(missing) else values

    def put(self, where: tuple[Integers, Integers], values: Reals) -> None:
        """Put other numbers into some pixels, of which the greatest that there can be is the most.

        Parameters
        ----------
        where : (rows, columns)
            Of M pixels.
        values : (M,) float array
            From zero on; an infinite one is missing.
        """
        steps = (values / self.step).astype(np.float32)
        steps[(steps > MOST) & np.isfinite(steps)] = MOST
        counts = np.empty(values.shape, STORED)
        count(steps, counts)
        self.counts[where] = counts

    def times(self, factor: float) -> Scaled:
        """Return all numbers times a factor above zero."""
        return replace(self, step=self.step * factor)


def scaled(values: Floats) -> Scaled:
    """Return an image in the smallest steps that reach its greatest number.

    Parameters
    ----------
    values : (H, W) float32 array
        None is below zero.  An infinite one is missing too: it would leave no steps for the others.
    """
    most = float(values.max(initial=0.0))
    if not np.isfinite(most):
        most = float(values.max(initial=0.0, where=np.isfinite(values)))
    step, counts = most / MOST or 1.0, np.empty(values.shape, STORED)
    for rows in row_blocks(values.shape):
        count(values[rows] * np.float32(1 / step), counts[rows])
    return Scaled(counts, step)


def count(steps: Floats, out: Counts, *, gaps: bool = True) -> None:
    """Round numbers, given in steps, to the integers that stand for them.

    Parameters
    ----------
    steps : float32 array
        Of 0 to MOST, or missing: NaN, or infinite.  It is changed in place.
    out : array of STORED
    gaps : bool
        Whether any may be missing.
    """
    there = np.isfinite(steps) if gaps else None
    steps += _ROUNDING
    np.copyto(out, steps.view(np.int32), casting="unsafe")
    if there is not None and not there.all():
        out[~there] = BLANK
