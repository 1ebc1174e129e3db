"""From an engine's first guess to a solution: match all stars, fit, clip, and doubt the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plateworks.sky.choosing import choose_model
from plateworks.sky.coverage import Coverage, coverage, residuals
from plateworks.sky.engines.engine import EngineMatch
from plateworks.sky.growth import grow
from plateworks.sky.lens import Lens, affordable_order, fit_lens
from plateworks.sky.models import PLANE, POLYNOMIALS, ROUND_3, Model, fit_and_hold_out, fit_model
from plateworks.sky.pairing import misses, pair
from plateworks.sky.projection import deproject

#: Gives the stars of a circle: right ascension, declination, radius, and how many at most.
Catalogue = Callable[[float, float, float, int], "np.ndarray | None"]

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
#: Stars are asked for so many times as far as the corners, and so many for each source.
REACH, MOST = 1.1, 4
#: Search radius in pixels about the stars of a lens that was grown over the frame.
GROWN_RADIUS = 4.0
#: Within a wider radius, in pixels, no model is chosen by how it foretells its pairs.
BENDING = 8.0
#: A lens that finds so many stars of the outer part as there must be needs no other beside it.
EVEN = 0.7
#: Pairs by whose scatter one is judged.
NEIGHBOURS = 15


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved field: its lens, and how well its stars agree.

    ``rms_arcsec`` is the root of the mean squared distance between the matched stars' fitted and
    catalogued positions; ``ra`` and ``dec`` are the centre of the frame in degrees; ``coverage``
    counts the stars that were found in the middle and farther out; ``held_out_px`` and ``outer_px``
    are the residuals of stars that the fit has not seen, of all and of the outer third.
    """

    lens: Lens
    n_matched: int
    rms_arcsec: float
    ra: float
    dec: float
    engine: str
    index: str
    logodds: float | None
    coverage: Coverage
    held_out_px: float | None = None
    outer_px: float | None = None


class _Settled(NamedTuple):
    """A lens, what it is of, its pairs, and the radius in pixels within which they were made."""

    lens: Lens
    model: Model
    sources: np.ndarray
    stars: np.ndarray
    radius: float


def refine(
    match: EngineMatch,
    xy: np.ndarray,
    shape: tuple[int, int],
    *,
    sip_order: int | str = 0,
    min_matches: int = 6,
    engine: str = "",
    catalogue: Catalogue | None = None,
) -> Solution | str:
    """Fit a lens to all stars of the field that can be matched, and verify it.

    Parameters
    ----------
    match : EngineMatch
    xy : (N, 2) float64 array
        Sources in FITS pixels counted from 1.
    shape : (int, int)
        Height and width.
    sip_order : int or "auto"
        0 or 1 for TAN; otherwise the order of SIP, lowered where stars are too few for it.  "auto":
        the model that predicts best those stars that it has not seen.
    min_matches : int
        Fewer pairs are no solution.
    engine : str
        Its name, for the record.
    catalogue : function, optional
        Gives all stars of a circle (:meth:`Engine.catalogued`).  The match comes with those of the
        index that happened to match, which may be few of them.

    Returns
    -------
    Solution or str
        A clause that says why it does not verify.
    """
    first = _first_lens(match, shape)
    task = _Task(match, xy, shape, sip_order, min_matches, engine)
    outcome = _refine(task, first, match.stars)
    if catalogue is None:
        return outcome
    known = first if isinstance(outcome, str) else outcome.lens
    radius = REACH * known.scale / 3600 * math.hypot(*shape) / 2
    stars = catalogue(*known.crval, min(radius, 90.0), MOST * len(xy) + 100)
    if stars is None or not len(stars):
        return outcome
    again = _refine(task, first, stars, known if known is not first else None)
    if isinstance(again, str) or (
        not isinstance(outcome, str) and again.n_matched < outcome.n_matched
    ):
        return outcome
    return again


class _Task(NamedTuple):
    """What :func:`refine` was given."""

    match: EngineMatch
    xy: np.ndarray
    shape: tuple[int, int]
    sip_order: int | str
    min_matches: int
    engine: str


def _refine(
    task: _Task, first: Lens, stars: np.ndarray, known: Lens | None = None
) -> Solution | str:
    """Refine with some stars: from a known lens, one grown from the engine's plane, the plane."""
    match, xy, shape = task.match, task.xy, task.shape
    size, radius = max(shape) / 2, float(np.clip(FIRST_RADIUS * math.hypot(*shape), *FIRST_LIMITS))
    anchor = np.array([match.cards["CRPIX1"], match.cards["CRPIX2"]])
    starts: tuple[Callable[[], tuple[Lens | None, float]], ...] = (
        lambda: (known, GROWN_RADIUS),
        lambda: (grow(first, anchor, xy, stars, radius, size), GROWN_RADIUS),
        lambda: (first, radius),
    )
    reason, solutions = "", list[Solution]()
    for start in starts:
        lens, reach = start()
        if lens is None:
            continue
        settled = _settle(lens, reach, xy, stars, task.sip_order, size, task.min_matches)
        outcome = settled if isinstance(settled, str) else _verify(settled, stars, task)
        if isinstance(outcome, str):
            reason = outcome
            continue
        solutions.append(outcome)
        if outcome.coverage.outer_matched >= EVEN * outcome.coverage.expected:
            break
    return max(solutions, key=lambda one: one.n_matched) if solutions else reason


def _settle(
    lens: Lens, radius: float, xy: np.ndarray, stars: np.ndarray, sip_order: int | str,
    size: float, min_matches: int,
) -> _Settled | str:  # fmt: skip
    """Pair, fit and clip by turns until nothing changes."""
    pairs: tuple[np.ndarray, np.ndarray] = (np.empty(0, int), np.empty(0, int))
    model, settled, bent = PLANE, False, lens.order > 1
    for round_ in range(ROUNDS):
        sources, matched = pair(lens, xy, stars, radius)
        if len(sources):
            keep = _agreeing(lens, xy[sources], stars[matched])
            sources, matched = sources[keep], matched[keep]
        if len(sources) < min_matches:
            return f"does not verify: {len(sources)} stars match, of at least {min_matches}"
        if round_ > 3 and settled and np.array_equal(pairs[0], sources) \
                and np.array_equal(pairs[1], matched):  # fmt: skip
            break
        pairs = sources, matched
        some = xy[sources], stars[matched], lens, size
        # The plane first: a polynomial must not bend to false pairs while the radius is wide.
        if not bent and (round_ < 3 or (sip_order == "auto" and radius > BENDING)):
            model = ROUND_3 if round_ > 2 and len(sources) >= ROUND_3.pairs else PLANE
            lens = fit_model(model, *some)
        elif sip_order == "auto":
            model, lens = choose_model(*some)
        else:
            model = POLYNOMIALS[affordable_order(int(sip_order), len(sources))]
            lens = fit_model(model, *some)
        clip = float(_clips(lens, xy[sources], stars[matched]).max())
        settled = clip >= 0.7 * radius
        radius = min(radius, max(clip, 0.7 * radius))
    return _Settled(lens, model, *pairs, radius)


def _clips(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """How far apart in pixels each pair may be, by how far its neighbours are: (P,).

    By its neighbours, and not by all: what a lens does not reproduce in the corners is no crowd of
    false pairs, and the fit must see it.
    """
    from scipy.spatial import KDTree

    distance = misses(lens, xy, stars)
    count = min(NEIGHBOURS, len(xy))
    _, near = KDTree(xy).query(xy, count)
    # The median distance of a two-dimensional normal scatter is 1.1774 sigma.
    local = np.median(distance[near.reshape(len(xy), count)], axis=1)
    return np.maximum(CLIP * local / 1.1774, LEAST_RADIUS)


def _agreeing(lens: Lens, xy: np.ndarray, stars: np.ndarray) -> np.ndarray:
    """Which pairs are no farther apart than their neighbours make likely: (P,) bool."""
    return misses(lens, xy, stars) <= _clips(lens, xy, stars)


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


def _verify(settled: _Settled, stars: np.ndarray, task: _Task) -> Solution | str:
    """Refuse what so many sources and so many stars would give by chance.

    If n sources fell on the frame at random, each star would find one within the radius with
    probability p; the chance of as many pairs as there are is bounded by Chernoff's inequality
    for the Poisson distribution.  Pairs that the fit has used up for its coefficients count not.
    """
    lens, model, sources, matched, radius = settled
    match, xy, shape = task.match, task.xy, task.shape
    density = len(xy) / (shape[0] * shape[1])
    expected = len(stars) * -math.expm1(-density * math.pi * radius**2)
    surplus = len(sources) - model.unknowns
    if surplus <= expected or (
        surplus - expected + surplus * math.log(max(expected, 1e-12) / surplus) > CHANCE
    ):
        return f"does not verify: {len(sources)} stars match, and {expected:.1f} would by chance"
    distance = misses(lens, xy[sources], stars[matched])
    missed = fit_and_hold_out(model, xy[sources], stars[matched], lens, max(shape) / 2)[1]
    held_out, outer = residuals(missed, xy[sources], shape)
    ra, dec = deproject(np.zeros((1, 2)), lens.crval)
    return Solution(
        lens=lens,
        n_matched=len(sources),
        rms_arcsec=float(np.sqrt(np.mean(distance**2))) * lens.scale,
        ra=float(ra[0]),
        dec=float(dec[0]),
        engine=task.engine,
        index=match.index,
        logodds=match.logodds,
        coverage=coverage(lens, stars, matched, shape),
        held_out_px=held_out,
        outer_px=outer,
    )
