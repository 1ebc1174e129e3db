"""Which stars of a field should show in each of its lights, and the cells in which they do not.

A star shows the more likely the farther it stands above the limit of a light, and the more often it
shows in the others: blended ones, variable ones and those under a hot column are no sign of
anything.  So the night itself tells how many stars are expected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.quality.measured import COLUMNS, ROWS
from plateworks.quality.robust import FALSE_ALARM, median
from plateworks.quality.trails import IN_A_LIGHT, LIKELY, on_one_line, on_trails

_CELLS = COLUMNS * ROWS
#: A star is dim that has lost more than this, as ln; and a cell where fewer stars are not.
DIM, LIT = np.log(0.75), 0.25
#: So many stars tell what a cell lets through: one may vary.
IN_CELL = 3
#: Chance at which no more stars of one cell show than do, were nothing in the way.
CHANCE = FALSE_ALARM / _CELLS
#: Chance that is worth asking whether it was a trail, and that means something beside another sky.
SOME = 0.03
#: Stars are alike that stand as far above the limit, as ln: bounds of these classes.
CLASSES = np.arange(0.0, 1.6, 0.2)
#: One is sure to show that is missed less often than this.
SURELY = 0.9
#: What a light lacks of which nothing is said, as ln.
LITTLE = np.log(0.9)
#: What stars of other cells are missed in a light beside what they usually are counts as so many.
STEADY = 20
#: What stars of a class have in common counts as much as so many lights of the star itself.
ALIKE = 5


class Cells(NamedTuple):
    """The cells of one light, row by row: (ROWS * COLUMNS,) float64 arrays.

    ``through`` is ln of what each lets through beside the whole frame, NaN where that is not known,
    -inf where all stars are gone; ``trust`` says how many deviations that is.  So many stars are
    ``expected``, and ``shown`` those that are not dim; ``chance`` is how likely no more of them
    would show, were nothing in the way.  A trail crosses those that are ``crossed``.
    """

    through: np.ndarray
    trust: np.ndarray
    expected: np.ndarray
    shown: np.ndarray
    chance: np.ndarray
    crossed: np.ndarray


_NONE = np.zeros(_CELLS)
UNKNOWN = Cells(
    np.full(_CELLS, np.nan), _NONE, _NONE, _NONE, np.ones(_CELLS), np.zeros(_CELLS, bool)
)


def likely(margin: np.ndarray, residual: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return how likely each star shows in each light.

    Parameters
    ----------
    margin : (L, S) float64 array
        By how much each star of the field would stand above the limit of each light, as ln; NaN
        where it does not lie in it.
    residual : (L, S) float64 array
        How much brighter it is than it should be, as ln; NaN where it was not found.
    factors : (L,) float64 array
        ln of what comes through in each light.

    Returns
    -------
    (L, S) float64 array
        0 where a star does not lie in a light.  By the others of the field and by other lights: a
        star that is missing says nothing for itself.
    """
    inside = np.isfinite(margin)
    # Of stars behind a cloud, those are gone where it is thicker.
    tried = inside & (factors >= median(factors) + DIM)[:, None]
    # As often as were they a little fainter: no cell is called dark for a little less light.
    kinds = np.digitize(margin, CLASSES), np.digitize(margin + LITTLE, CLASSES)
    missed = _how_often(tried & ~(residual > DIM), tried, *kinds)
    faded = _how_often(tried & (residual <= DIM), tried, *kinds)
    # One that was found, but dim, is as rare as such ones are.
    return np.where(inside, 1 - np.where(residual <= DIM, np.minimum(faded, missed), missed), 0.0)


def _how_often(
    happened: np.ndarray, tried: np.ndarray, kind: np.ndarray, as_kind: np.ndarray
) -> np.ndarray:
    """Return how often something happens to each star in each light, the less the brighter it is.

    All arrays are (L, S); `as_kind` is the class by which each star is to be taken.
    """
    from scipy.optimize import isotonic_regression

    of_kind = np.bincount(kind[tried], minlength=len(CLASSES) + 1)
    hits = np.bincount(kind[happened], minlength=len(CLASSES) + 1)
    usual = isotonic_regression((hits + 1) / (of_kind + 2), weights=of_kind + 2, increasing=False).x
    alike = usual[as_kind]
    others, seen = tried.sum(axis=0) - tried, happened.sum(axis=0) - happened
    own = (seen + ALIKE * alike) / (others + ALIKE)
    return np.asarray(np.maximum(alike, own))


def in_cells(
    cells: np.ndarray,
    shows: np.ndarray,
    residual: np.ndarray,
    errors: np.ndarray,
    least: np.ndarray = _NONE,
) -> Cells:
    """Say what comes through in the cells of one light, by its stars: (S,) arrays.

    Parameters
    ----------
    cells : int array
        The cell of each star, -1 outside.
    shows : float64 array
        How likely it shows, see :func:`likely`.
    residual, errors : float64 array
        How much brighter it is than it should be, and how well that is known, as ln.
    least : (48,) float64 array, optional
        The least chance that any number of stars are missing in each cell.
    """
    from scipy.special import ndtri

    inside = cells >= 0
    expected = np.bincount(cells[inside], shows[inside], minlength=_CELLS)
    shown = np.bincount(cells[inside & (shows > 0) & (residual > DIM)], minlength=_CELLS)
    # Elsewhere in this light more may be missed than usually are: under a trail, behind a cloud.
    sure = inside & (shows > SURELY)
    tried = np.bincount(cells[sure], minlength=_CELLS)
    seen = np.bincount(cells[sure & (residual > DIM)], minlength=_CELLS)
    usual = np.bincount(cells[sure], shows[sure], minlength=_CELLS)
    tried, seen, usual = (values.sum() - values for values in (tried, seen, usual))
    elsewhere = (seen + STEADY * usual / np.maximum(tried, 1)) / (tried + STEADY)
    through, trust, _, _, chance, crossed = (values.copy() for values in UNKNOWN)
    for cell in np.unique(cells[inside]):
        some = cells == cell
        there = some & np.isfinite(residual)
        if there.sum() >= IN_CELL:
            through[cell] = np.median(residual[there])
            spread = 1.25 * np.sqrt(np.mean(errors[there] ** 2) / there.sum())
            trust[cell] = -through[cell] / spread
        if shown[cell] < LIT * expected[cell]:
            found = np.isfinite(residual[some])
            each = np.where(found, shows[some], np.minimum(shows[some], elsewhere[cell]))
            chance[cell] = _no_more(each, shown[cell])
    chance = np.maximum(chance, least)
    gone = chance < CHANCE
    through[gone & np.isnan(through)] = -np.inf
    trust[gone] = -ndtri(chance[gone])
    return Cells(through, trust, expected, shown, chance, crossed)


def beside_trails(
    xy: np.ndarray,
    cells: np.ndarray,
    shows: np.ndarray,
    residual: np.ndarray,
    errors: np.ndarray,
    fwhm: float,
) -> Cells:
    """Say the same by the stars that no trail hides.

    Parameters
    ----------
    xy : (S, 2) float64 array
        Where the stars lie in the light, pixels.
    cells, shows, residual, errors : (S,) arrays
        See :func:`in_cells`.
    fwhm : float
        Width of a star, pixels.
    """
    found = in_cells(cells, shows, residual, errors)
    suspected = (found.chance < SOME) | (found.through < DIM)
    if not suspected.any():
        return found
    missing, inside = ~(residual > DIM), cells >= 0
    hidden = on_trails(xy, cells, shows, missing, missing & inside & suspected[cells], fwhm)
    crossed, least = np.zeros(_CELLS, bool), np.zeros(_CELLS)
    crossed[cells[hidden & inside]] = True
    shows, residual = np.where(hidden, 0.0, shows), np.where(hidden, np.nan, residual)
    for cell in np.flatnonzero(suspected):
        if on_one_line(xy[(cells == cell) & missing & (shows > LIKELY)], fwhm):
            least[cell] = IN_A_LIGHT
    return in_cells(cells, shows, residual, errors, least)._replace(crossed=crossed)


def _no_more(chances: np.ndarray, most: int) -> float:
    """Return how likely no more than so many of independent events happen."""
    counts = np.zeros(most + 1)
    counts[0] = 1.0
    for one in chances:
        counts[1:] = counts[1:] * (1 - one) + counts[:-1] * one
        counts[0] *= 1 - one
    return float(counts.sum())
