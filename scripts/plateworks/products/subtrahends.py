"""Masters as they are used, and what is taken from a frame of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.whitebalance import Balance


class MasterImage(NamedTuple):
    """A master as it is used."""

    pixels: np.ndarray  # (H, W) float32, ADU
    median: float
    noise: float | None  # ADU, of an ordinary pixel; None if its maker did not tell
    cell: Cell = MONO  # of a flat: how the colours lie that it was taken through
    evened: bool = False  # of a flat: whether its colours were brought to one level here
    balance: Balance | None = None  # of a flat: what colours its light had


class Subtrahends(NamedTuple):
    """The images that are taken from a raw frame, and the factor on the dark.

    ``dark_noise`` and ``bias_noise`` are of ordinary pixels, ADU: of the dark, before a bias was
    taken out of it that is taken from the frame too, and of that bias.
    """

    bias: np.ndarray | None
    dark: np.ndarray | None
    k: float
    dark_noise: float | None = None
    bias_noise: float | None = None

    @property
    def noise(self) -> float:
        """Noise of what is subtracted, ADU; what is not known counts for nothing."""
        if self.dark is None:
            return self.bias_noise or 0.0
        # The noise of a bias that the dark was freed of is in it too, and its sign is the other.
        of_dark, of_bias = self.dark_noise or 0.0, self.bias_noise or 0.0
        return math.hypot(self.k * of_dark, (1 - self.k) * of_bias)
