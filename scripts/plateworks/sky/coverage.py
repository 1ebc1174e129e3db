"""Whether a lens holds in the corners as in the middle: stars found there, and residuals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.sky.lens import Lens

#: The part of the frame that is called outer: the third of its area that lies farthest out.
OUTER = 1 / 3


class Coverage(NamedTuple):
    """Stars of the catalogue on the frame, and how many of them were matched."""

    inner: int
    inner_matched: int
    outer: int
    outer_matched: int

    @property
    def expected(self) -> float:
        """Stars of the outer part that would be matched if it were like the inner."""
        return self.outer * self.inner_matched / max(self.inner, 1)


def outer_radius(shape: tuple[int, int]) -> float:
    """Distance in pixels from the middle, beyond which the outer part of a frame lies."""
    height, width = shape
    x = (np.arange(50) + 0.5) / 50 - 0.5
    distance = np.hypot(x[:, None] * height, x * width)
    return float(np.quantile(distance, 1 - OUTER))


def is_outer(xy: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Which pixels counted from 1, (N, 2), lie in the outer part: (N,) bool."""
    height, width = shape
    middle = (width + 1) / 2, (height + 1) / 2
    return np.hypot(*(xy - np.asarray(middle)).T) > outer_radius(shape)


def coverage(
    lens: Lens, stars: np.ndarray, matched: np.ndarray, shape: tuple[int, int]
) -> Coverage:
    """Count the stars of the catalogue that fall on the frame.

    Parameters
    ----------
    lens : Lens
    stars : (M, 2) float64 array
        Right ascension and declination in degrees.
    matched : (P,) int array
        Which of them have a source.
    shape : (int, int)
        Height and width.
    """
    height, width = shape
    xy = lens.to_pixels(stars[:, 0], stars[:, 1])
    inside = np.all((xy > 0.5) & (xy < np.array([width, height]) + 0.5), axis=1)
    outer = inside & is_outer(xy, shape)
    found = np.zeros(len(stars), bool)
    found[matched] = True
    inner = inside & ~outer
    return Coverage(
        int(inner.sum()), int((inner & found).sum()), int(outer.sum()), int((outer & found).sum())
    )


def residuals(
    missed: np.ndarray, xy: np.ndarray, shape: tuple[int, int]
) -> tuple[float | None, float | None]:
    """Root mean square of how far held-out stars lie off, in pixels: all, and the outer third.

    Parameters
    ----------
    missed : (N,) float64 array
        Of :func:`fit_and_hold_out`.
    xy : (N, 2) float64 array
        Where they are, in pixels counted from 1.
    shape : (int, int)
        Height and width.

    Returns
    -------
    all, outer : float or None
        None where there is no star that the others foretell.
    """
    told = np.isfinite(missed)
    return _rms(missed[told]), _rms(missed[told & is_outer(xy, shape)])


def _rms(values: np.ndarray) -> float | None:
    return float(np.sqrt(np.mean(values**2))) if len(values) else None
