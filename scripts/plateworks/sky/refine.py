"""From an engine's first guess to a solution: match all stars, fit, clip, and doubt the result."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plateworks.sky.engines.engine import EngineMatch
from plateworks.sky.lens import Lens, affordable_order, fit_lens, powers
from plateworks.sky.projection import deproject, project

#: Search radius at the start, as a fraction of the diagonal, and its limits in pixels: an engine
#: knows the plane from four stars, so it may be some pixels off where those are not.
FIRST_RADIUS, FIRST_LIMITS = 0.01, (5.0, 25.0)
#: A pair farther apart than this many times the scatter in one axis is not one star.
CLIP = 4.0
#: Better than this, in pixels, positions are not trusted to be, so nothing is clipped for it.
LEAST_RADIUS = 0.3
#: Natural logarithm of the greatest chance that the pairs are a coincidence: 1e-9.
CHANCE = -20.72
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved field: its lens, and how well its stars agree.

    ``rms_arcsec`` is the root of the mean squared distance between the matched stars' fitted and
    catalogued positions; ``ra`` and ``dec`` are the centre of the frame in degrees.
    """

    lens: Lens
    n_matched: int
    rms_arcsec: float
    ra: float
    dec: float
    engine: str
    index: str
    logodds: float | None


def refine(
    match: EngineMatch,
    xy: np.ndarray,
    shape: tuple[int, int],
    *,
    sip_order: int = 0,
    min_matches: int = 6,
    engine: str = "",
) -> Solution | str:
    """Fit a lens to all stars of the field that can be matched, and verify it.

    Parameters
    ----------
    match : EngineMatch
    xy : (N, 2) float64 array
        Sources in FITS pixels counted from 1.
    shape : (int, int)
        Height and width.
    sip_order : int
        0 or 1 for TAN; otherwise the order of SIP, lowered where stars are too few for it.
    min_matches : int
        Fewer pairs are no solution.
    engine : str
        Its name, for the record.

    Returns
    -------
    Solution or str
        A clause that says why it does not verify.
    """
    lens = _first_lens(match, shape)
    radius = float(np.clip(FIRST_RADIUS * math.hypot(*shape), *FIRST_LIMITS))
    size = max(shape) / 2
    pairs: tuple[np.ndarray, np.ndarray] = (np.empty(0, int), np.empty(0, int))
    settled = False
    for round_ in range(ROUNDS):
        sources, stars, distance = _pair(lens, xy, match.stars, radius)
        if len(sources) < min_matches:
            return f"does not verify: {len(sources)} stars match, of at least {min_matches}"
        # The plane first: a polynomial must not bend to false pairs while the radius is wide.
        order = 1 if round_ < 3 else affordable_order(sip_order, len(sources))
        if round_ > 3 and settled and np.array_equal(pairs[0], sources) \
                and np.array_equal(pairs[1], stars):  # fmt: skip
            break
        pairs = sources, stars
        lens = fit_lens(xy[sources], match.stars[stars], lens.crval, lens.crpix, order, size)
        distance = _residuals(lens, xy[sources], match.stars[stars])
        # The median distance of a two-dimensional normal scatter is 1.1774 sigma.
        clip = max(CLIP * float(np.median(distance)) / 1.1774, LEAST_RADIUS)
        settled = clip >= 0.7 * radius
        radius = min(radius, max(clip, 0.7 * radius))
    return _verify(lens, match, xy, pairs, radius, shape, engine)


def _first_lens(match: EngineMatch, shape: tuple[int, int]) -> Lens:
    """Move the engine's tangent point to the middle of the frame."""
    cards = match.cards
    cd = np.array([[cards["CD1_1"], cards["CD1_2"]], [cards["CD2_1"], cards["CD2_2"]]])
    given = Lens(
        (cards["CRVAL1"], cards["CRVAL2"]), (cards["CRPIX1"], cards["CRPIX2"]),
        cd, 1, np.empty((2, 0)),
    )  # fmt: skip
    center = (shape[1] + 1) / 2, (shape[0] + 1) / 2
    # Through a few points and not by formula: north turns with the tangent point.
    span = np.array([-0.25, 0.25])
    x, y = np.meshgrid(center[0] + span * shape[1], center[1] + span * shape[0])
    xy = np.column_stack([x.ravel(), y.ravel()])
    sky = np.column_stack(given.to_sky(xy))
    ra, dec = given.to_sky(np.array([center]))
    return fit_lens(xy, sky, (float(ra[0]), float(dec[0])), center, 1, max(shape) / 2)


def _pair(
    lens: Lens, xy: np.ndarray, stars: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair sources and stars that are each other's nearest within `radius` pixels."""
    from scipy.spatial import KDTree

    scale = lens.scale / 3600
    here = lens.to_plane(xy) / scale
    there = project(stars[:, 0], stars[:, 1], lens.crval) / scale
    there = np.where(np.isfinite(there), there, 1e9)
    distance, star = KDTree(there).query(here, distance_upper_bound=radius)
    _, source = KDTree(here).query(there)
    near = np.flatnonzero(np.isfinite(distance))
    mutual = near[source[star[near]] == near]
    return mutual, star[mutual], distance[mutual]


def _residuals(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """Distances in pixels between matched sources and stars."""
    miss = lens.to_plane(xy) - project(stars[:, 0], stars[:, 1], lens.crval)
    return np.hypot(*miss.T) / (lens.scale / 3600)


def _verify(
    lens: Lens, match: EngineMatch, xy: np.ndarray, pairs: tuple[np.ndarray, np.ndarray],
    radius: float, shape: tuple[int, int], engine: str,
) -> Solution | str:  # fmt: skip
    """Refuse what so many sources and so many stars would give by chance.

    If n sources fell on the frame at random, each star would find one within the radius with
    probability p; the chance of as many pairs as there are is bounded by Chernoff's inequality
    for the Poisson distribution.  Pairs that the fit has used up for its coefficients count not.
    """
    sources, stars = pairs
    density = len(xy) / (shape[0] * shape[1])
    expected = len(match.stars) * -math.expm1(-density * math.pi * radius**2)
    surplus = len(sources) - len(powers(lens.order))
    if surplus <= expected or (
        surplus - expected + surplus * math.log(max(expected, 1e-12) / surplus) > CHANCE
    ):
        return f"does not verify: {len(sources)} stars match, and {expected:.1f} would by chance"
    distance = _residuals(lens, xy[sources], match.stars[stars])
    ra, dec = deproject(np.zeros((1, 2)), lens.crval)
    return Solution(
        lens=lens,
        n_matched=len(sources),
        rms_arcsec=float(np.sqrt(np.mean(distance**2))) * lens.scale,
        ra=float(ra[0]),
        dec=float(dec[0]),
        engine=engine,
        index=match.index,
        logodds=match.logodds,
    )
