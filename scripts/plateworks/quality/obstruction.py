"""Which cells of a light lack the light that the others have: by their stars, and by their sky."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.quality.measured import COLUMNS, ROWS, Measured
from plateworks.quality.missing import DIM, Cells
from plateworks.quality.robust import FALSE_ALARM, median, scatter
from plateworks.quality.throughput import Light

#: A cell lacks light where its stars are dim by so many deviations.
SURE = 4.5
#: Its sky is another where it differs by so many deviations, and brighter by twice as much at least
#: than that of any other cell: a trail runs through several.
SURE_SKY, ALONE = 8.0, 2.0
#: It lacks light where its sky is so much darker, as ln, and its stars do not say otherwise; or so
#: much brighter, and none of its stars shows.
DARK_SKY, LIT_SKY = 0.06, 0.12
#: What lets so much of the stars' light through, as ln, lets as much of the sky's through.
HALF = np.log(0.5)
#: Or where it differs by less, in that cell alone, and its stars are missing as well.
SOME_SKY = 0.02
#: The chance of both together: of all cells of a light it is that of one light in 200.
TOGETHER = 5e-3 / (COLUMNS * ROWS)
#: Skies differ by much more often than normal ones would: Student's degrees of freedom; and by
#: itself one tells no more than :data:`FALSE_ALARM`.
_TAIL = 4
#: What is told of the cell that lets through least.
DARKEST = (
    "darkest_cell", "darkest_flux", "darkest_trust", "darkest_expected", "darkest_shown",
)  # fmt: skip
#: No sky is more even from cell to cell than this, as ln.
_EVEN = 1e-3
#: So many stars more or less, each as wide as this in FWHM, dithers may bring into a cell.
_STRAY, _ACROSS = 2, 5.0


class Sky(NamedTuple):
    """Of each cell of a light, beside its neighbours and the field's other lights: (48,) arrays.

    ``off`` is ln of how much brighter it is, and ``deviations`` in how many of them: 0 where it is
    no more than what stray stars may do.  ``judged`` are cells whose sky would tell that all light
    is gone.
    """

    off: np.ndarray
    deviations: np.ndarray
    judged: np.ndarray


def skies(lights: Sequence[Measured], followed: Sequence[Light]) -> list[Sky]:
    """Compare the sky of each cell with its neighbours, in all lights of a field.

    The field's own bright and dark places, which a turned camera shows turned, are subtracted.
    """
    import bottleneck

    contrast = np.array([_contrast(light.sky) for light in lights])
    turned = np.array([found.placed is not None and found.placed.turned for found in followed])
    contrast[turned] = contrast[turned, ::-1]
    off = np.nan_to_num(contrast - bottleneck.nanmedian(contrast, axis=0))
    # A faint sky is as uneven as what was subtracted from it.
    spread = [max(np.nan_to_num(scatter(some)), _EVEN) for some in (off, *off)]
    off[turned] = off[turned, ::-1]
    usual = median(np.array([light.number("fwhm_px") for light in lights]))
    return [
        _beside(one, max(spread[0], own), light, usual)
        for one, own, light in zip(off, spread[1:], lights, strict=True)
    ]


def _beside(off: np.ndarray, spread: float, light: Measured, usual: float) -> Sky:
    """Say in how many deviations the sky of each cell is another, as far as its pixels bear it.

    Those of small cells are few, and a star covers many of them; `usual` is the FWHM of the field.
    """
    from scipy.special import ndtri

    sky, noise, fwhm = (light.number(name) for name in ("sky", "sky_noise", "fwhm_px"))
    cell = light.shape[0] * light.shape[1] / off.size
    across = _ACROSS * np.nan_to_num(np.fmax(fwhm, usual))
    covered = min(_STRAY * np.pi / 4 * across**2 / cell, 0.5)
    pixel = np.inf if sky <= 0 else np.nan_to_num(noise / sky)
    # Where stars cover a part of a cell, its median is a higher quantile of the sky beside them.
    stray = pixel * -ndtri(0.5 - 0.5 * covered / (1 - covered)) if pixel and covered else 0.0
    told = np.where(np.abs(off) > stray, off / spread, 0.0)
    return Sky(off, told, np.isfinite(light.sky) & (SURE_SKY * spread < 1) & (stray < 1))


def _contrast(sky: np.ndarray) -> np.ndarray:
    """Return how much brighter the sky of each cell is than that of those around it, as ln: (48,).

    Without its slope, by which cells at the edge would differ from those that they have beside
    them.
    """
    import bottleneck

    cells = np.log(np.where(sky > 0, sky, np.nan)).reshape(ROWS, COLUMNS)
    for axis, place in enumerate(np.indices(cells.shape)):
        cells -= np.nan_to_num(median(np.diff(cells, axis=axis))) * place
    padded = np.pad(cells, 1, constant_values=np.nan)
    around = [
        padded[1 + dy : 1 + dy + ROWS, 1 + dx : 1 + dx + COLUMNS]
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
        if dy or dx
    ]
    return np.asarray(cells - bottleneck.nanmedian(np.array(around), axis=0)).ravel()


def blocked(stars: Cells, sky: Sky) -> dict[str, object]:
    """Say which cells lack light that the others have."""
    gone = _gone(stars, sky)
    size = np.abs(sky.off)
    judged = int((gone | sky.judged | ~np.isnan(stars.through)).sum())
    sure = np.maximum(stars.trust, np.where(size > SOME_SKY, np.abs(sky.deviations), 0))
    if gone.any():
        darkest = int(np.argmax(np.where(gone, sure, -1)))
    elif np.isfinite(stars.through).any():
        darkest = int(np.nanargmin(stars.through))
    else:
        known = {"judged_cells": judged, "blocked_cells": 0 if judged else None}
        return known | dict.fromkeys(DARKEST)
    row, column = divmod(darkest, COLUMNS)
    told = (
        f"{column + 1},{row + 1}",
        float(np.exp(stars.through[darkest])),
        float(sure[darkest]),
        float(stars.expected[darkest]),
        int(stars.shown[darkest]),
    )
    known = {"judged_cells": judged, "blocked_cells": int(gone.sum())}
    return known | dict(zip(DARKEST, told, strict=True))


def _gone(stars: Cells, sky: Sky) -> np.ndarray:
    """Return which cells something hides: (48,) bool."""
    from scipy.special import stdtr

    size, sure = np.abs(sky.off), np.abs(sky.deviations)
    dim = (stars.through < DIM) & (stars.trust > SURE)
    # Under a trail a few stars look dim, and the sky is no darker.
    dim &= ~(sky.judged & (sky.off > -SOME_SKY) & (stars.through > HALF))
    seen = (stars.through > DIM) | ((stars.shown > stars.expected / 2) & (sky.off > HALF))
    # Beside cells that a trail lights others look dark.
    dark = (sure > SURE_SKY) & (sky.off < -DARK_SKY) & (-sky.off > sky.off.max()) & ~seen
    # What crosses a frame lights other cells too.
    alone = (size > ALONE * np.sort(size)[-2]) & (np.sort(sure)[-2] < SURE) & ~stars.crossed
    lit = (sure > SURE_SKY) & (sky.off > LIT_SKY) & (stars.shown == 0)
    chance = stars.chance * np.maximum(2 * stdtr(_TAIL, -sure), FALSE_ALARM)
    both = (size > SOME_SKY) & (chance < TOGETHER)
    return np.asarray(np.isneginf(stars.through) | dim | dark | (alone & (lit | both)))
