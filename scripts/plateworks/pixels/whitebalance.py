"""What white is to a sensor of colours: by how much more red and blue than green it shows of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Reals
from plateworks.pixels.cfa import COLOURS, PLANES, places


class Balance(NamedTuple):
    """Levels of a white light: its red and its blue, over its green."""

    red: float
    blue: float

    def of_planes(self) -> tuple[float, float, float]:
        """Return by what red, green and blue are divided, so that such a light is grey."""
        return self.red, 1.0, self.blue


def balance_of(levels: Reals, pattern: str | None) -> Balance | None:
    """Return the balance of a light that a mosaic shows, or three planes.

    Parameters
    ----------
    levels : array
        Of the colours, as :func:`plateworks.pixels.flats.level` gives them.
    pattern : str or None
        Colours of the first 2x2 pixels, such as ``RGGB``; of planes it does not matter.

    Returns
    -------
    Balance or None
        None where a colour has no light.
    """
    if levels.shape == PLANES.levels:
        red, green, blue = map(float, levels.ravel())
    elif pattern is None:
        return None
    else:
        red, green, blue = (
            float(np.mean([levels[place] for place in places(pattern, colour)]))
            for colour in COLOURS
        )
    if not (min(red, green, blue) > 0 and math.isfinite(red + green + blue)):
        return None
    return Balance(red / green, blue / green)


def mean_balance(found: Sequence[Balance]) -> Balance | None:
    """Return the mean of the balances of several frames of one light; None of none."""
    if not found:
        return None
    red, blue = np.exp(np.mean(np.log(found), axis=0))
    return Balance(float(red), float(blue))
