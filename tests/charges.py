"""Charge on a simulated chip: what stars put there, and what flows out of full wells."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def add_stars(
    electrons: np.ndarray, stars: Iterable[tuple[float, float, float]], fwhm: float
) -> None:
    """Add Gaussian stars of x, y (pixels) and electrons to an image, in place."""
    height, width = electrons.shape
    sigma = fwhm / 2.3548
    reach = int(np.ceil(5 * sigma))
    for x, y, flux in stars:
        left, low = max(round(x) - reach, 0), max(round(y) - reach, 0)
        right, high = min(round(x) + reach + 1, width), min(round(y) + reach + 1, height)
        if left >= right or low >= high:
            continue
        rows, columns = np.ogrid[low:high, left:right]
        profile = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
        electrons[low:high, left:right] += flux / (2 * np.pi * sigma**2) * profile


def spill(charge: np.ndarray, full_well: float) -> None:
    """Let what is above the full well flow along its column, half of it each way, in place."""
    excess = np.maximum(charge - full_well, 0)
    columns = np.flatnonzero(excess.any(axis=0))
    np.minimum(charge, full_well, out=charge)
    for order in (slice(None), slice(None, None, -1)):
        wells, flowing = charge[order], np.zeros(columns.size, np.float32)
        for row, more in zip(wells, excess[order], strict=True):
            held = np.minimum(flowing, full_well - row[columns])
            row[columns] += held
            flowing += more[columns] / 2 - held


def noisiest(full: float, noise: float) -> float:
    """Return the mean charge at which a pixel scatters most whose charge is cut at `full`."""
    z = np.linspace(-6, 6, 1201)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    light = np.linspace(0.9, 1.05, 601)[:, None] * full
    values = np.minimum(light + np.hypot(np.sqrt(light), noise) * z, full)
    means = values @ weights
    squares = np.square(values - means[:, None]) @ weights
    return float(means[squares.argmax()])
