"""A camera's map from pixels to the sky, TAN or TAN-SIP, and its fit to matched stars."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plateworks.sky.projection import deproject, project

#: Pairs for each coefficient that a polynomial must have.
PAIRS_PER_TERM = 3

#: Rounds after which a pixel is found that the distortion takes to a place.
INVERSIONS = 30


def powers(order: int, lowest: int = 0) -> list[tuple[int, int]]:
    """List the exponents (p, q) of u^p v^q with lowest <= p + q <= order."""
    return [(d - q, q) for d in range(lowest, order + 1) for q in range(d + 1)]


def affordable_order(order: int, pairs: int) -> int:
    """Lower `order` until `pairs` stars can carry it; 1 is a plane solution."""
    while order > 1 and len(powers(order)) * PAIRS_PER_TERM > pairs:
        order -= 1
    return max(order, 1)


@dataclass(frozen=True, slots=True)
class Lens:
    """TAN-SIP (Shupe et al. 2005): plane = CD · (u + A(u, v), v + B(u, v)), u = x - CRPIX1, …

    ``crval`` is in degrees, ``crpix`` in FITS pixels counted from 1, ``cd`` (2, 2) in degrees a
    pixel; ``sip`` is (2, T), the coefficients of A and B for ``powers(order, 2)``.
    """

    crval: tuple[float, float]
    crpix: tuple[float, float]
    cd: np.ndarray
    order: int
    sip: np.ndarray

    @property
    def scale(self) -> float:
        """Arcseconds a pixel at the reference point."""
        return 3600 * math.sqrt(abs(np.linalg.det(self.cd)))

    def to_plane(self, xy: np.ndarray) -> np.ndarray:
        """Pixels counted from 1, (N, 2), to degrees on the tangent plane, (N, 2)."""
        uv = xy - np.asarray(self.crpix)
        return (uv + terms(uv, powers(self.order, 2)) @ self.sip.T) @ self.cd.T

    def to_sky(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels counted from 1, (N, 2), to right ascension and declination in degrees."""
        return deproject(self.to_plane(xy), self.crval)

    def to_pixels(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """Right ascension and declination in degrees to pixels counted from 1, (N, 2).

        NaN for what the lens does not show: the polynomial means nothing far beyond the frame.
        """
        plane = project(ra, dec, self.crval)
        flat = plane @ np.linalg.inv(self.cd).T
        uv = flat
        exponents = powers(self.order, 2)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(INVERSIONS):
                uv = flat - terms(uv, exponents) @ self.sip.T
            miss = np.abs(uv + terms(uv, exponents) @ self.sip.T - flat).max(axis=1)
        return np.where((miss < 0.01)[:, None], uv, np.nan) + np.asarray(self.crpix)


def terms(uv: np.ndarray, exponents: list[tuple[int, int]]) -> np.ndarray:
    """The polynomial terms at (N, 2) points: (N, T)."""
    highest = max((max(pair) for pair in exponents), default=0)
    rising = np.ones((highest + 1, 2, len(uv)))
    np.multiply.accumulate(np.broadcast_to(uv.T, (highest, 2, len(uv))), out=rising[1:])
    found = np.empty((len(uv), len(exponents)))
    for column, (p, q) in enumerate(exponents):
        found[:, column] = rising[p, 0] * rising[q, 1]
    return found


def fit_lens(
    xy: np.ndarray, stars: np.ndarray, crval: tuple[float, float], crpix: tuple[float, float],
    order: int, size: float,
) -> Lens:  # fmt: skip
    """Fit a lens by least squares on the tangent plane.

    The plane's coordinates are a polynomial of the pixel's: its constant is the shift of the
    tangent point, its linear part CD, and the rest, seen through CD, SIP.

    Parameters
    ----------
    xy : (N, 2) float64 array
        Pixels counted from 1.
    stars : (N, 2) float64 array
        Right ascension and declination in degrees.
    crval : (float, float)
        First tangent point, in degrees.
    crpix : (float, float)
        The pixel of the tangent point, which stays.
    order : int
        1 for TAN, 2 and more for TAN-SIP.
    size : float
        A length in pixels that brings the terms to comparable sizes.
    """
    exponents = powers(order)
    uv = (xy - np.asarray(crpix)) / size
    # Once for all the planes that follow; stars on a line are no error.
    inverse = np.linalg.pinv(terms(uv, exponents))
    for _ in range(10):
        solution = inverse @ project(stars[:, 0], stars[:, 1], crval)
        ra, dec = deproject(solution[:1], crval)
        crval = float(ra[0]), float(dec[0])
        if np.hypot(*solution[0]) < 1e-12:
            break
    unit = np.array([size ** -(p + q) for p, q in exponents])
    coefficients = (solution * unit[:, None]).T
    cd = coefficients[:, 1:3]
    return Lens(crval, crpix, cd, order, np.linalg.solve(cd, coefficients[:, 3:]))


def invert_sip(lens: Lens, shape: tuple[int, int]) -> tuple[int, np.ndarray]:
    """Fit the polynomials AP and BP, which take the undistorted pixel back to the real one.

    They are fitted on a grid over the frame, and of a higher order than A and B, since the inverse
    of a polynomial is none.

    Returns
    -------
    order : int
    coefficients : (2, T) array
        For ``powers(order)``, constant and linear terms included.
    """
    height, width = shape
    order = lens.order + (2 if lens.order > 2 else 1)
    x, y = np.meshgrid(np.linspace(0.5, width + 0.5, 25), np.linspace(0.5, height + 0.5, 25))
    uv = np.column_stack([x.ravel(), y.ravel()]) - np.asarray(lens.crpix)
    flat = uv + terms(uv, powers(lens.order, 2)) @ lens.sip.T
    size = max(shape) / 2
    design = terms(flat / size, powers(order))
    solution = np.linalg.lstsq(design, uv - flat, rcond=None)[0]
    unit = np.array([size ** -(p + q) for p, q in powers(order)])
    return order, (solution * unit[:, None]).T
