"""Glow that a law of the dark does not predict: light of amplifiers and other parts of a chip.

Where it grows with the exposure and the temperature as dark current does, or is the same in every
frame, it is in the law, and harms nobody; so it is where it grows with the exposure alone, if the
law has that term.  Where it does not, the darks scatter about the law by more than their noise,
over many pixels in the same way.  Means of small cells show it long before a single pixel does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from plateworks.darklaw import Place
from plateworks.pixels.arrays import Bools, Doubles
from plateworks.pixels.darkfit import Law, terms_of
from plateworks.pixels.statistics import robust_sigma

#: Side of a cell, pixels; fewer ordinary pixels in it tell nothing.
CELL, _TOLD_BY = 16, 64
#: A cell is of the glow from so many times the scatter of all cells on, and so many ADU.
_STANDS_OUT, _FAINTEST = 4.0, 0.1
#: So many cells that touch are a glow.
_CELLS = 4
#: What departs by so many sigmas from a line through three exposures does not grow with them.
_BENT = 4.0

Against = Literal["exposure", "temperature"]
#: What a glow does not follow -> words.
WORDS: dict[Against, str] = {
    "exposure": "does not grow in proportion to the exposure",
    "temperature": "does not follow the temperature as the dark current does",
}


class Glow(NamedTuple):
    """A glow beyond the law.

    Attributes
    ----------
    cells : (Y, X) bool array
        Where it is stronger than the noise of the darks, so that the law does not hold there.
    most : float
        The most that the mean of a cell is off by, ADU.
    x, y : int
        About where: column and row, counted from 0.
    against : str
        What it does not follow.
    """

    cells: Bools
    most: float
    x: int
    y: int
    against: Against

    def __str__(self) -> str:
        place = f"about column {self.x + 1}, row {self.y + 1}"
        return f"a glow {place} {WORDS[self.against]}: up to {self.most:.2g} ADU off"


def cell_sums(rows: Doubles, good: Bools) -> Doubles:
    """Return the sums of the good pixels of some rows over cells, (Y, X); a multiple of CELL."""
    summed = np.where(good, rows, 0.0)
    for axis in (0, 1):
        summed = np.add.reduceat(summed, np.arange(0, summed.shape[axis], CELL), axis=axis)
    return summed


def cell_means(sums: Doubles, counts: Doubles) -> Doubles:
    """Return means; NaN where too few pixels make one."""
    return np.where(counts >= _TOLD_BY, sums / np.maximum(counts, 1), np.nan)


def glow_beyond(means: Doubles, law: Law) -> Glow | None:
    """Find the strongest glow that a law does not predict.

    Parameters
    ----------
    means : (N, Y, X) float64 array
        Of the ordinary pixels of each dark in cells, ADU; NaN where that is not known.
    law : Law
    """
    from scipy import ndimage  # takes a while to load, and no other job needs it

    levelled = means - np.nanmedian(means, axis=(1, 2), keepdims=True)
    terms = terms_of(list(levelled), law.line)
    off = np.array([
        cells - terms.pattern - law.charges(terms, n) for n, cells in enumerate(levelled)
    ])  # fmt: skip
    scatter = np.array([robust_sigma(one) for one in off])[:, None, None]
    if not (scatter > 0).all():
        return None
    most = np.abs(off).max(axis=0)
    strength = np.sqrt(np.mean(np.square(off / scatter), axis=0))
    marked, count = ndimage.label((strength > _STANDS_OUT) & (most > _FAINTEST), np.ones((3, 3)))
    sizes = np.bincount(marked.ravel())[1:]
    large = [n + 1 for n in range(count) if sizes[n] >= _CELLS]
    if not large:
        return None
    which = max(large, key=lambda n: float(most[marked == n].sum()))
    glow = marked == which
    y, x = (round(float(np.average(where, weights=most[glow]))) for where in np.nonzero(glow))
    noise = np.sqrt(law.noise.variances)[:, None, None]
    strong = glow & (np.abs(off) > noise).any(axis=0)
    middle = CELL // 2
    against = _against(levelled[:, glow], scatter[:, 0, 0], law.places)
    return Glow(strong, float(most[glow].max()), x * CELL + middle, y * CELL + middle, against)


def _against(glowing: Doubles, scatter: Doubles, places: Sequence[Place]) -> Against:
    """Say what a glow does not follow: the exposure, if it bends where the temperature is one."""
    levels = glowing.mean(axis=1)
    errors = scatter / glowing.shape[1] ** 0.5
    temperatures = {place.temperature for place in places}
    for degc in temperatures:
        alike = [n for n, place in enumerate(places) if place.temperature == degc]
        if len(alike) < 3:
            continue
        seconds = np.array([places[n].exposure for n in alike])
        line = np.polynomial.Polynomial.fit(seconds, levels[alike], 1, w=1 / errors[alike])
        bent = (levels[alike] - line(seconds)) / errors[alike]
        if np.sqrt(np.sum(bent**2) / (len(alike) - 2)) > _BENT:
            return "exposure"
    return "temperature" if len(temperatures) > 1 else "exposure"
