"""Pairs of sources and stars, and the lens that they support: by turns until nothing changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.sky.choosing import choose_model
from plateworks.sky.lens import Lens, affordable_order
from plateworks.sky.models import PLANE, POLYNOMIALS, ROUND_3, Model, fit_model
from plateworks.sky.pairing import misses, pair

#: A pair farther apart than this many times the scatter in one axis is not one star.
CLIP = 4.0
#: Better than this, in pixels, positions are not trusted to be, so nothing is clipped for it.
LEAST_RADIUS = 0.3
#: Within a wider radius, in pixels, no model is chosen by how it foretells its pairs.
BENDING = 8.0
#: Pairs by whose scatter one is judged.
NEIGHBOURS = 15
ROUNDS = 30


class Settled(NamedTuple):
    """A lens, what it is of, its pairs, and the radius in pixels within which they were made."""

    lens: Lens
    model: Model
    sources: np.ndarray
    stars: np.ndarray
    radius: float


def settle(
    lens: Lens, radius: float, xy: np.ndarray, stars: np.ndarray, sip_order: int | str,
    size: float, min_matches: int,
) -> Settled | str:  # fmt: skip
    """Pair, fit and clip by turns until nothing changes."""
    pairs: tuple[np.ndarray, np.ndarray] = (np.empty(0, int), np.empty(0, int))
    model, settled, bent, chosen = PLANE, False, lens.order > 1, False
    known = set[bytes]()
    for round_ in range(ROUNDS):
        sources, matched = pair(lens, xy, stars, radius)
        if len(sources):
            keep = _agreeing(lens, xy[sources], stars[matched])
            sources, matched = sources[keep], matched[keep]
        if len(sources) < min_matches:
            return f"does not verify: {len(sources)} stars match, of at least {min_matches}"
        # Pairs may come and go by turns; where some of them are known, nothing new comes.
        state = sources.tobytes() + matched.tobytes()
        if round_ > (1 if bent else 3) and settled and chosen and state in known:
            break
        known = known | {state} if settled and chosen else set()
        pairs = sources, matched
        some = xy[sources], stars[matched], lens, size
        # The plane first: a polynomial must not bend to false pairs while the radius is wide.
        if not bent and (round_ < 3 or (sip_order == "auto" and radius > BENDING)):
            model = ROUND_3 if round_ > 2 and len(sources) >= ROUND_3.pairs else PLANE
            lens = fit_model(model, *some)
        elif sip_order == "auto" and not chosen:
            model, lens = choose_model(*some)
            chosen = settled
        else:
            if sip_order != "auto":
                model, chosen = POLYNOMIALS[affordable_order(int(sip_order), len(sources))], True
            lens = fit_model(model, *some)
        clip = float(_clips(lens, xy[sources], stars[matched]).max())
        settled = clip >= 0.7 * radius
        radius = min(radius, max(clip, 0.7 * radius))
    return Settled(lens, model, *pairs, radius)


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
