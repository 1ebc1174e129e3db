"""How the light of stars spreads beyond a circle, told by the brighter of those that are alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA, MEDIAN_ERROR, weighted_median
from plateworks.sky.moffat import Moffat, Spread, fit_spread
from plateworks.sky.parting import Parted
from plateworks.sky.rings import Ring, Stars

#: So many stars tell it, to which others add less than a part of their light.
_MOST, _ALONE = 80, 0.02
#: Stars differ by this part of their light; and those have neighbours that are not seen whose light
#: beyond the circle is so many times that, and their noise, above that of the quarter with least.
_UNLIKE, _ABOVE = 0.007, 3.0
#: The ends of rings beyond the circle, in widths of a star, the first so many circles wide; and of
#: a smaller circle in it.
_ENDS, _BEYOND, _CORE = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]), 1.1, 0.7
#: Stars that are not seen lie unevenly: so much of the doubt of the sky is each ring's own.
_OWN_DOUBT = 0.5


def find_spread(
    stars: Stars, typical: np.ndarray, parted: Parted, circle: Ring, profile: Moffat
) -> Spread:
    """Find the profile of stars, and how much more light they have than a circle holds.

    The brighter a star, the less do others add to it that are too faint or too near to be seen;
    so stars count by their light, and those with more light about them than others do not.

    Parameters
    ----------
    stars : Stars
    typical : (M,) int64 array
        Those, the brightest first, that show what stars look like.
    parted : Parted
        Their light in the circle.
    circle : Ring
    profile : Moffat
        What is known beforehand; without stars that tell, it is so.

    Returns
    -------
    Spread
    """
    ends = _ENDS * profile.width
    ends = ends[ends > _BEYOND * circle.outer]
    edges = np.concatenate([[0.0, _CORE * circle.outer, circle.outer], ends])
    rings = [Ring(*pair) for pair in pairwise(edges)]
    area = np.array([ring.area for ring in rings])
    alone = parted.added[typical] < _ALONE * parted.light[typical]
    some = typical[alone][:_MOST]
    if not len(some):
        return fit_spread(edges, circle.outer, 0 * area, np.inf + area, 0 * area, profile)
    whole, own = parted.light / profile.within(circle.outer), parted.light[some]
    light = np.empty((len(some), len(rings)))
    for column, ring in enumerate(rings):
        shares = stars.shares(ring, some, profile)
        others = shares @ whole - shares[np.arange(len(some)), some] * whole[some]
        below = ring.area * parted.sky.level[some]
        light[:, column] = stars.light(ring, some).light - others - below
    light /= light[:, :2].sum(axis=1)[:, None]
    # How well the sky is known below a star, in what a pixel has.
    doubt = parted.sky.unrest / np.sqrt(parted.sky.area)
    beyond = area[2:].sum()
    noise = np.hypot(np.sqrt(beyond) * stars.pixel_noise[some], beyond * doubt) / own
    clean = _clean(light[:, 2:].sum(axis=1), noise)
    some, own, light = some[clean], own[clean], light[clean]
    parts = weighted_median(light, own)
    scatter = MAD_TO_SIGMA * weighted_median(np.abs(light - parts), own)
    least = np.sqrt(area) * np.median(stars.pixel_noise[some] / own)
    count = own.sum() ** 2 / (own**2).sum()
    # Of the light of stars that are not seen, there may be more or less about all of them than
    # farther off, where the sky is read.
    hidden = area * doubt * np.median(1 / own)
    errors = MEDIAN_ERROR * np.maximum(scatter, least) / np.sqrt(count)
    errors = np.hypot(errors, _OWN_DOUBT * hidden)
    return fit_spread(edges, circle.outer, parts, errors, hidden, profile)


def _clean(beyond: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return which stars have no more light beyond the circle than others: (N,) bool."""
    # A quarter has less by so much of the noise alone.
    least = np.quantile(beyond + noise / MAD_TO_SIGMA, 0.25)
    return np.asarray(beyond < least + _ABOVE * np.hypot(noise, _UNLIKE))
