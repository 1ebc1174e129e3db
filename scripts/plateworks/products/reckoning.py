"""What was done to the numbers in a file, so that they count ADU from the zero of the camera."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Reading(NamedTuple):
    """What was done to the numbers in a file, so that they count ADU from the zero of the camera.

    Attributes
    ----------
    native : numpy.dtype
        The type of the numbers in the file.
    scale : float
        What they were multiplied by: 1, or 65535 where they run from 0 to 1.
    pedestal : float
        What was added to them then, ADU.
    step : float
        Between the values of a frame that was put together of its amplifiers, ADU; 0: they tell it.
    saturated : float or None
        The level, ADU, to which the saturated pixels of all its amplifiers were brought.
    ends : tuple of (float or None)
        Of each of them the level, ADU of the picture, from which it is saturated itself.
    even : float or None
        Which part of the values of such a frame is an even number of steps, as they were read.
    words : tuple of str
        What else was done, a clause each.
    """

    native: np.dtype
    scale: float = 1.0
    pedestal: float = 0.0
    step: float = 0.0
    saturated: float | None = None
    ends: tuple[float | None, ...] = ()
    even: float | None = None
    words: tuple[str, ...] = ()

    @property
    def full(self) -> float | None:
        """The highest number that there can be, ADU; None where the numbers are no integers."""
        integers: Any = self.native
        full = float(np.iinfo(integers).max) if integers.kind in "iu" else None
        return None if full is None else full + self.pedestal

    def in_words(self) -> list[str]:
        """Say what was done, a line each."""
        words = [f"Plateworks: {word}" for word in self.words]
        if self.scale != 1.0:
            words.append(f"Plateworks: numbers from 0 to 1 were counted to {self.scale:g} ADU")
        if self.pedestal:
            words.append(f"Plateworks: PEDESTAL was taken off, {self.pedestal:+g} ADU")
        return words
