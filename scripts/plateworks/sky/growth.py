"""From a plane that holds in one place to a lens that holds everywhere.

An engine knows the plane from four stars, and the plane holds near them.  Distortion moves stars of
the corners farther than their neighbours are apart, so that the nearest source is another star.
Pairs are therefore made about the place where the engine matched, and the circle of pairs grows
while the lens that they support says where the next ones must be.
"""

from __future__ import annotations

import numpy as np

from plateworks.sky.lens import Lens
from plateworks.sky.models import PLANE, ROUND_3, ROUND_5, fit_model
from plateworks.sky.pairing import candidates, misses, pair

#: Stars in the first circle.
FIRST_STARS = 12
#: The next circle is so much wider.
STEP = 1.2
#: Offsets within so many pixels of each other agree.
AGREEING = 2.5
#: Pairs for each unknown that a model must have before it foretells a wider circle.
SURETY = 4
#: Search radius of a circle: times the scatter of the last, and its limits in pixels.
CLIP, LIMITS = 5.0, (1.5, 6.0)


def grow(
    lens: Lens, anchor: np.ndarray, xy: np.ndarray, stars: np.ndarray, radius: float, size: float
) -> Lens | None:
    """Extend a plane over the frame.

    Parameters
    ----------
    lens : Lens
        Which holds to `radius` pixels about `anchor`.
    anchor : (2,) float64 array
        In pixels counted from 1.
    xy : (N, 2) float64 array
        Sources.
    stars : (M, 2) float64 array
    radius : float
    size : float
        As for :func:`fit_model`.

    Returns
    -------
    Lens or None
        None where nothing agrees about the anchor.
    """
    from scipy.spatial import KDTree

    far = np.hypot(*(xy - anchor).T)
    sources, matched, offsets = candidates(lens, xy, stars, radius)
    reached = np.sort(far[np.unique(sources)])
    if len(reached) < 4:
        return None
    reach = float(reached[min(FIRST_STARS, len(reached)) - 1])
    here = far[sources] <= reach
    sources, matched, offsets = sources[here], matched[here], offsets[here]
    tree = KDTree(offsets)
    agreeing = tree.query_ball_point(offsets, AGREEING, return_length=True)
    chosen = tree.query_ball_point(offsets[int(np.argmax(agreeing))], AGREEING)
    if len(chosen) < 4:
        return None
    sources, matched = sources[chosen], matched[chosen]
    lens = fit_model(PLANE, xy[sources], stars[matched], lens, size)
    widest = float(far.max())
    while True:
        for _ in range(3):
            miss = misses(lens, xy[sources], stars[matched])
            search = float(np.clip(CLIP * np.median(miss) / 1.1774, *LIMITS))
            inside = np.flatnonzero(far <= reach)
            some, matched = pair(lens, xy[inside], stars, search)
            sources = inside[some]
            if len(sources) < 4:
                return None
            model = next(
                (one for one in (ROUND_5, ROUND_3)
                 if len(sources) >= SURETY * one.unknowns), PLANE,
            )  # fmt: skip
            lens = fit_model(model, xy[sources], stars[matched], lens, size)
        if reach >= widest:
            return lens
        reach *= STEP
