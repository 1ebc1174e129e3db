"""What is measured of one frame: its stars, its sky, what is saturated; whole and in cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.pixels.masks import SATURATED
from plateworks.sky.cells import GRID, cells_of, share_in_cells
from plateworks.sky.sources import SourceList

#: A cell tells shapes from so many stars.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Cells:
    """Measures of the cells of a frame; every array has the shape of GRID, float64.

    ``sky`` and ``noise`` are in the unit of the image, ``fwhm`` in pixels, ``theta`` in degrees;
    shapes are NaN in a cell with fewer than three typical stars.
    """

    sky: np.ndarray
    noise: np.ndarray
    n_sources: np.ndarray
    fwhm: np.ndarray
    ellipticity: np.ndarray
    theta: np.ndarray
    saturated: np.ndarray


@dataclass(frozen=True, slots=True)
class LightMeasure:
    """Measures of one frame; NaN where something could not be told.

    Attributes
    ----------
    n_sources : int
        Stars that were found.
    fwhm : float
        Median of typical stars, pixels.
    fwhm_arcsec : float
        The same in arcseconds.
    ellipticity : float
        Median of 1 - b/a of typical stars.
    theta : float
        Degrees from -90 to 90: the direction, from +x towards +y, in which stars are long.
    alignment : float
        From 0 (they are long in all directions) to 1 (all in that one).
    sky, noise, gradient : float
        Median of the background, noise of a pixel, greatest less least value of the background, in
        the unit of the image.
    saturated : float
        Share of the pixels; NaN where no mask tells it.
    cells : Cells
    """

    n_sources: int
    fwhm: float
    fwhm_arcsec: float
    ellipticity: float
    theta: float
    alignment: float
    sky: float
    noise: float
    gradient: float
    saturated: float
    cells: Cells

    @property
    def eccentricity(self) -> float:
        """The ellipticity as amateurs' programs state it: that of the ellipse, sqrt(1 - b²/a²)."""
        return (1 - (1 - self.ellipticity) ** 2) ** 0.5


def measure_light(
    sources: SourceList, mask: np.ndarray | None, shape: tuple[int, int], scale: float | None
) -> LightMeasure:
    """Measure a frame.

    Parameters
    ----------
    sources : SourceList
        As :func:`plateworks.sky.sources.extract` found them.
    mask : (H, W) uint8 array or None
        Bits of :mod:`plateworks.pixels.masks`.
    shape : (int, int)
        Height and width of the frame.
    scale : float or None
        Arcseconds a pixel, where it is known.
    """
    typical = sources.typical
    theta, alignment = mean_direction(sources.ellipticity[typical], sources.theta[typical])
    saturated, in_cells = float("nan"), np.full(GRID, np.nan)
    if mask is not None:
        y, x = np.divmod(np.flatnonzero(mask & SATURATED != 0), mask.shape[1])
        saturated, in_cells = y.size / mask.size, share_in_cells(y, x, shape)
    return LightMeasure(
        n_sources=len(sources),
        fwhm=sources.median_fwhm,
        fwhm_arcsec=sources.median_fwhm * (scale or float("nan")),
        ellipticity=sources.median_ellipticity,
        theta=theta,
        alignment=alignment,
        sky=sources.sky.level,
        noise=sources.sky.rms,
        gradient=sources.sky.gradient,
        saturated=saturated,
        cells=_cells(sources, shape, in_cells),
    )


def mean_direction(ellipticity: np.ndarray, theta: np.ndarray) -> tuple[float, float]:
    """Return the direction of stars in degrees, and how well they agree on it, from 0 to 1.

    A star and the same star turned by half a circle are one, so doubled angles are added (as the
    Stokes parameters of polarised light); round stars count little.
    """
    known = np.isfinite(ellipticity)
    length, angle = ellipticity[known], np.radians(2 * theta[known])
    if not length.sum() > 0:
        return float("nan"), float("nan")
    along, across = (length * np.cos(angle)).sum(), (length * np.sin(angle)).sum()
    direction = float(np.degrees(np.arctan2(across, along))) / 2
    return direction, float(np.hypot(along, across) / length.sum())


def _cells(sources: SourceList, shape: tuple[int, int], saturated: np.ndarray) -> Cells:
    count = GRID[0] * GRID[1]
    cell = cells_of(sources.y, sources.x, shape)
    typical = sources.typical
    fwhm, ellipticity, theta = (np.full(count, np.nan) for _ in range(3))
    order = typical[np.argsort(cell[typical], kind="stable")]
    for some in np.split(order, np.flatnonzero(np.diff(cell[order])) + 1):
        if some.size >= _FEW:
            where = cell[some[0]]
            fwhm[where] = np.nanmedian(sources.fwhm[some])
            ellipticity[where] = np.nanmedian(sources.ellipticity[some])
            theta[where], _ = mean_direction(sources.ellipticity[some], sources.theta[some])
    return Cells(
        sky=sources.sky.levels,
        noise=sources.sky.noises,
        n_sources=np.bincount(cell, minlength=count).reshape(GRID).astype(np.float64),
        fwhm=fwhm.reshape(GRID),
        ellipticity=ellipticity.reshape(GRID),
        theta=theta.reshape(GRID),
        saturated=saturated,
    )
