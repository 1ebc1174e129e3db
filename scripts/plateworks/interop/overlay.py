"""How one frame lies on another, by the world coordinates of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.sky.lens import Lens

#: Points along each side of a frame.
_POINTS = 12
#: So many must lie where the lens of the other frame is known.
_ENOUGH = 8


class Overlay(NamedTuple):
    """A frame laid on another.

    Attributes
    ----------
    homography : (3, 3) float64 array
        Takes pixels of the frame to those of the other: x from the left and y from the top, both
        counted from 0 in the middle of the first pixel.
    error_px : float
        The largest distance of a point from where the world coordinates see it: what differing
        distortion leaves.
    """

    homography: np.ndarray
    error_px: float


def overlay(frame: Lens, other: Lens, shape: tuple[int, int]) -> Overlay | None:
    """Return how a frame lies on another of the same `shape`, height and width.

    Returns
    -------
    Overlay or None
        None where the other does not show the field.
    """
    height, width = shape
    x, y = np.meshgrid(np.linspace(1, width, _POINTS), np.linspace(1, height, _POINTS))
    here = np.column_stack([x.ravel(), y.ravel()])
    there = other.to_pixels(*frame.to_sky(here))
    known = np.isfinite(there).all(axis=1) & _inside(there, shape)
    if known.sum() < _ENOUGH:
        return None
    here, there = _from_top(here[known], height), _from_top(there[known], height)
    homography = _fit(here, there, shape)
    error = np.hypot(*(_apply(homography, here) - there).T).max()
    return Overlay(homography, float(error))


def _inside(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    height, width = shape
    return np.asarray(((points >= 0.5) & (points <= [width + 0.5, height + 0.5])).all(axis=1))


def _from_top(points: np.ndarray, height: int) -> np.ndarray:
    return np.column_stack([points[:, 0] - 1, height - points[:, 1]])


def _fit(here: np.ndarray, there: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the homography of least squares, found in coordinates of about 1: (3, 3)."""
    half_height, half_width = (side / 2 for side in shape)
    size = max(half_height, half_width)
    scaling = np.array([[1, 0, -half_width], [0, 1, -half_height], [0, 0, size]]) / size
    (x, y), (u, v) = _apply(scaling, here).T, _apply(scaling, there).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([
        np.column_stack([x, y, one, none, none, none, -u * x, -u * y]),
        np.column_stack([none, none, none, x, y, one, -v * x, -v * y]),
    ])  # fmt: skip
    found = np.linalg.lstsq(rows, np.concatenate([u, v]), rcond=None)[0]
    homography = np.linalg.inv(scaling) @ np.append(found, 1.0).reshape(3, 3) @ scaling
    return np.asarray(homography / homography[2, 2])


def _apply(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])
