"""The gnomonic (TAN) projection of FITS WCS paper II (Calabretta & Greisen 2002), in degrees."""

from __future__ import annotations

import numpy as np


def project(ra: np.ndarray, dec: np.ndarray, tangent: tuple[float, float]) -> np.ndarray:
    """Project sky positions on the plane that touches the sky at `tangent`.

    Returns
    -------
    (N, 2) float64 array
        Degrees eastwards and northwards; NaN for points of the other half of the sky.
    """
    ra0, dec0 = np.radians(tangent)
    ra, dec = np.radians(ra), np.radians(dec)
    depth = np.sin(dec0) * np.sin(dec) + np.cos(dec0) * np.cos(dec) * np.cos(ra - ra0)
    depth = np.where(depth > 0, depth, np.nan)
    east = np.cos(dec) * np.sin(ra - ra0) / depth
    north = (np.cos(dec0) * np.sin(dec) - np.sin(dec0) * np.cos(dec) * np.cos(ra - ra0)) / depth
    return np.degrees(np.column_stack([east, north]))


def deproject(plane: np.ndarray, tangent: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Take (N, 2) points of the plane back to the sky: right ascension (0 to 360), declination."""
    ra0, dec0 = np.radians(tangent)
    east, north = np.radians(plane).T
    across = np.cos(dec0) - north * np.sin(dec0)
    ra = ra0 + np.arctan2(east, across)
    dec = np.arctan2(np.sin(dec0) + north * np.cos(dec0), np.hypot(east, across))
    return np.degrees(ra) % 360, np.degrees(dec)


def unit_vectors(radec: np.ndarray) -> np.ndarray:
    """Degrees, (N, 2), as unit vectors, (N, 3)."""
    ra, dec = np.radians(radec).T
    return np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])


def chord(radius: float) -> float:
    """How far apart unit vectors are that are so many degrees apart, 180 at most."""
    return float(2 * np.sin(np.radians(min(radius, 180.0)) / 2))
