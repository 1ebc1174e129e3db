"""How well a fit knows the corners of a frame: by its stars, how they scatter, and where they lie.

Held-out stars tell how well a lens holds where there are stars.  Few of them leave the corners to
what a lens of the family might do there, which is what the covariance of the fit says.
"""

from __future__ import annotations

import math

import numpy as np

from plateworks.sky.lens import Lens, powers, terms
from plateworks.sky.models import ROUND_5, Model, fit_model, fit_round, ring_design
from plateworks.sky.pairing import misses

#: In two dimensions an error is above so many times its root mean square in one of 80 cases, so
#: that all four corners are within it in 19 of 20.
OF_TWENTY = math.sqrt(math.log(80))


def corner_error(
    model: Model, xy: np.ndarray, stars: np.ndarray, lens: Lens, shape: tuple[int, int]
) -> float:
    """Foretell how far off the corners of a fitted lens may be.

    Parameters
    ----------
    model : Model
        The family that was fitted.
    xy, stars : (N, 2) float64 arrays
        Pairs: pixels counted from 1; right ascension and declination in degrees.
    lens : Lens
    shape : (int, int)
        Height and width.

    Returns
    -------
    float
        Pixels within which all corners are in 19 of 20 cases; the diagonal where that is not known.
    """
    height, width = shape
    corners = np.array([[1, 1], [width, 1], [1, height], [width, height]], float)
    # Stars that support no more than a plane do not say that the optics are one.
    families = (ROUND_5, model) if model is not ROUND_5 else (model,)
    size, diagonal = max(shape) / 2, math.hypot(*shape)
    try:
        spread = max(_spread(one, xy, stars, lens, size, corners) for one in families)
    except np.linalg.LinAlgError:  # stars on a line
        return diagonal
    return min(OF_TWENTY * spread, diagonal)


def _spread(
    model: Model, xy: np.ndarray, stars: np.ndarray, start: Lens, size: float, places: np.ndarray
) -> float:
    """Root mean square, in pixels, of how far off a fit may be at the worst of some places."""
    if model.rings:
        lens, axis, rings, design, prior = fit_round(model, xy, stars, start, size)
        rows = np.vstack([design.reshape(2 * len(xy), -1), prior])
        there = ring_design((places - np.asarray(lens.crpix)) / size, axis, rings)
        inverse = np.linalg.pinv(rows.T @ rows)
        used = float(np.einsum("nik,kl,nil->", design, inverse, design))
        spread = np.einsum("nik,kl,nil->n", there, inverse, there)
    else:
        lens, exponents = fit_model(model, xy, stars, start, size), powers(model.order)
        rows, there = (
            terms((some - np.asarray(lens.crpix)) / size, exponents) for some in (xy, places)
        )
        inverse = np.linalg.pinv(rows.T @ rows)
        used = 2.0 * len(exponents)
        spread = 2 * np.einsum("nk,kl,nl->n", there, inverse, there)
    scatter = np.sum(misses(lens, xy, stars) ** 2) / max(2 * len(xy) - used, 1)
    return math.sqrt(scatter * spread.max())
