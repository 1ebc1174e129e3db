"""Which model a field's stars support: the one that predicts best those it has not seen."""

from __future__ import annotations

import numpy as np

from plateworks.sky.lens import Lens
from plateworks.sky.models import (
    PLANE,
    POLYNOMIALS,
    ROUND_3,
    ROUND_5,
    Model,
    fit_and_hold_out,
)

#: No star counts for more than this many times the median miss.
WORST = 6.0
#: Where stars suffice for the lowest of these, no other is asked.
BENT = (ROUND_5, POLYNOMIALS[3], POLYNOMIALS[4], POLYNOMIALS[5])
#: For few stars.
FLAT = (PLANE, ROUND_3, ROUND_5, POLYNOMIALS[2])


def choose_model(xy: np.ndarray, stars: np.ndarray, start: Lens, size: float) -> tuple[Model, Lens]:
    """Find the model that predicts held-out stars best.

    Parameters
    ----------
    xy, stars : (N, 2) float64 arrays
        Pairs: pixels counted from 1; right ascension and declination in degrees.
    start : Lens
    size : float
        As for :func:`fit_model`.

    Returns
    -------
    model : Model
    lens : Lens
        Fitted to all pairs.
    """
    family = BENT if len(xy) >= POLYNOMIALS[3].pairs else FLAT
    able = [model for model in family if model.pairs <= len(xy)] or [PLANE]
    lenses, missed = zip(
        *(fit_and_hold_out(model, xy, stars, start, size) for model in able), strict=True
    )
    # A pair that is none must not decide: it counts as the worst of the honest ones.
    most = WORST * min(float(np.median(one)) for one in missed)
    score = [float(np.mean(np.minimum(one, most) ** 2)) for one in missed]
    best = int(np.argmin(score))
    return able[best], lenses[best]
