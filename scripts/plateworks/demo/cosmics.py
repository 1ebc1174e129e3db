"""Cosmic rays: short straight tracks of charge, not blurred by the optics."""

from __future__ import annotations

import numpy as np

#: Electrons that the faintest ray leaves, and the mean above that.
LEAST_CHARGE, MEAN_CHARGE = 200.0, 2500.0
#: Pixels; most rays pass steeply and leave short tracks.
MEAN_LENGTH = 4.0


def draw_cosmics(shape: tuple[int, int], mean_count: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the charge that cosmic rays leave in one frame.

    Parameters
    ----------
    shape : (H, W)
    mean_count : float
        Rays expected; their number follows Poisson's law.
    rng : numpy.random.Generator

    Returns
    -------
    (H, W) float32 array
        Electrons; 0 where no ray passed.
    """
    height, width = shape
    charge = np.zeros(shape, np.float32)
    for _ in range(rng.poisson(mean_count)):
        x0, y0 = rng.uniform(0, (width, height))
        angle = rng.uniform(0, 2 * np.pi)
        length = rng.exponential(MEAN_LENGTH)
        total = LEAST_CHARGE + rng.exponential(MEAN_CHARGE)
        steps = np.arange(0, length + 0.25, 0.25)
        x = np.floor(x0 + steps * np.cos(angle)).astype(int)
        y = np.floor(y0 + steps * np.sin(angle)).astype(int)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        np.add.at(charge, (y[inside], x[inside]), np.float32(total / steps.size))
    return charge
