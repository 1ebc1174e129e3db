"""From an engine's first guess to a solution: match all stars, fit, clip, and doubt the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from plateworks.sky.certainty import corner_error
from plateworks.sky.coverage import Coverage, coverage, residuals
from plateworks.sky.engines.engine import EngineMatch
from plateworks.sky.growth import grow
from plateworks.sky.lens import Lens, fit_lens
from plateworks.sky.models import fit_and_hold_out
from plateworks.sky.pairing import miss_vectors, misses
from plateworks.sky.projection import deproject
from plateworks.sky.settling import Settled, settle

#: Gives the stars of a circle: right ascension, declination, radius, and how many at most; as
#: :meth:`Engine.catalogued` does for one epoch.
Catalogue = Callable[[float, float, float, int], "np.ndarray | None"]

#: Search radius at the start, as a fraction of the diagonal, and its limits in pixels: an engine
#: knows the plane from four stars, so it may be some pixels off where those are not.
FIRST_RADIUS, FIRST_LIMITS = 0.01, (5.0, 25.0)
#: Natural logarithm of the greatest chance that the pairs are a coincidence: 1e-9.
CHANCE = -20.72
#: Stars are asked for so many times as far as the corners, and so many for each source.
REACH, MOST = 1.1, 4
#: Search radius in pixels about the stars of a lens that was grown over the frame.
GROWN_RADIUS = 4.0
#: A lens that finds so many stars of the outer part as there must be needs no other beside it.
EVEN = 0.7


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved field: its lens, and how well its stars agree.

    ``rms_arcsec`` is the root of the mean squared distance between the matched stars' fitted and
    catalogued positions; ``ra`` and ``dec`` are the centre of the frame in degrees; ``coverage``
    counts the stars that were found in the middle and farther out; ``held_out_px`` and ``outer_px``
    are the residuals of stars that the fit has not seen, of all and of the outer third;
    ``epoch`` is the Julian year to which ``moved`` of the matched stars were moved by their proper
    motions.
    ``corner_px`` is how far off its corners may be (:func:`plateworks.sky.certainty.corner_error`).
    ``neighbour`` is the name of the frame that it was refined from, if any.
    ``pairs`` is (P, 4) float64: where each matched source lies, in FITS pixels counted from 1, and
    how far that is from where its star should be.
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
    corner_px: float | None = None
    neighbour: str = ""
    epoch: float | None = None
    moved: int = 0
    pairs: np.ndarray = field(default_factory=lambda: np.empty((0, 4)), compare=False, repr=False)


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
    anchor = np.array([match.cards["CRPIX1"], match.cards["CRPIX2"]])
    task = _Task(xy, shape, sip_order, min_matches, engine, match.index, match.logodds)
    outcome = _refine(task, first, anchor, match.stars)
    if catalogue is None:
        return outcome
    known = first if isinstance(outcome, str) else outcome.lens
    stars = _field_stars(known, task, catalogue)
    if stars is None or not len(stars):
        return outcome
    again = _refine(task, first, anchor, stars, known if known is not first else None)
    if isinstance(again, str) or (
        not isinstance(outcome, str) and again.n_matched < outcome.n_matched
    ):
        return outcome
    return again


def refine_known(
    lens: Lens,
    xy: np.ndarray,
    shape: tuple[int, int],
    *,
    sip_order: int | str,
    min_matches: int,
    engine: str,
    origin: str,
    catalogue: Catalogue,
    trials: float,
) -> Solution | str:
    """Fit a lens as :func:`refine` does, from one that is known to some pixels all over the frame.

    Parameters
    ----------
    lens : Lens
    origin : str
        Name of the index or the catalogue that it comes from.
    trials : float
        So many places were looked at to find it: chance must be so much smaller.
    xy, shape, sip_order, min_matches, engine, catalogue
        As for :func:`refine`.

    Returns
    -------
    Solution or str
        As of :func:`refine`.
    """
    chance = CHANCE - math.log(trials)
    task = _Task(xy, shape, sip_order, min_matches, engine, origin, None, chance)
    stars = _field_stars(lens, task, catalogue)
    if stars is None:
        return "the engine gives no stars"
    settled = settle(lens, GROWN_RADIUS, xy, stars, sip_order, max(shape) / 2, min_matches)
    return settled if isinstance(settled, str) else _verify(settled, stars, task)


class _Task(NamedTuple):
    """What :func:`refine` was given, and how great chance may be."""

    xy: np.ndarray
    shape: tuple[int, int]
    sip_order: int | str
    min_matches: int
    engine: str
    origin: str
    logodds: float | None
    chance: float = CHANCE


def _field_stars(lens: Lens, task: _Task, catalogue: Catalogue) -> np.ndarray | None:
    """Ask for the stars of the frame, and of a margin about it."""
    radius = REACH * lens.scale / 3600 * math.hypot(*task.shape) / 2
    return catalogue(*lens.crval, min(radius, 90.0), MOST * len(task.xy) + 100)


def _refine(
    task: _Task, first: Lens, anchor: np.ndarray, stars: np.ndarray, known: Lens | None = None
) -> Solution | str:
    """Refine with some stars: from a known lens, one grown from the engine's plane, the plane."""
    xy, shape = task.xy, task.shape
    size, radius = max(shape) / 2, float(np.clip(FIRST_RADIUS * math.hypot(*shape), *FIRST_LIMITS))
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
        settled = settle(lens, reach, xy, stars, task.sip_order, size, task.min_matches)
        outcome = settled if isinstance(settled, str) else _verify(settled, stars, task)
        if isinstance(outcome, str):
            reason = outcome
            continue
        solutions.append(outcome)
        if outcome.coverage.outer_matched >= EVEN * outcome.coverage.expected:
            break
    return max(solutions, key=lambda one: one.n_matched) if solutions else reason


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


def _verify(settled: Settled, stars: np.ndarray, task: _Task) -> Solution | str:
    """Refuse what so many sources and so many stars would give by chance.

    If n sources fell on the frame at random, each star would find one within the radius with
    probability p; the chance of as many pairs as there are is bounded by Chernoff's inequality
    for the Poisson distribution.  Pairs that the fit has used up for its coefficients count not.
    """
    lens, model, sources, matched, radius = settled
    xy, shape = task.xy, task.shape
    density = len(xy) / (shape[0] * shape[1])
    expected = len(stars) * -math.expm1(-density * math.pi * radius**2)
    surplus = len(sources) - model.unknowns
    if surplus <= expected or (
        surplus - expected + surplus * math.log(max(expected, 1e-12) / surplus) > task.chance
    ):
        return f"does not verify: {len(sources)} stars match, and {expected:.1f} would by chance"
    pairs = xy[sources], stars[matched], lens
    distance = misses(lens, *pairs[:2])
    missed = fit_and_hold_out(model, *pairs, max(shape) / 2)[1]
    epochs = stars[matched, 2:3].ravel()  # those that come with a match have none
    epochs = epochs[np.isfinite(epochs)]
    held_out, outer = residuals(missed, xy[sources], shape)
    ra, dec = deproject(np.zeros((1, 2)), lens.crval)
    return Solution(
        lens=lens,
        n_matched=len(sources),
        rms_arcsec=float(np.sqrt(np.mean(distance**2))) * lens.scale,
        ra=float(ra[0]),
        dec=float(dec[0]),
        engine=task.engine,
        index=task.origin,
        logodds=task.logodds,
        coverage=coverage(lens, stars, matched, shape),
        held_out_px=held_out,
        outer_px=outer,
        corner_px=corner_error(model, *pairs, shape),
        pairs=np.hstack([pairs[0], miss_vectors(lens, *pairs[:2])]),
        epoch=float(epochs[0]) if len(epochs) else None,
        moved=len(epochs),
    )
