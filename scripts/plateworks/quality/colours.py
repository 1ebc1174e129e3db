"""The colour term of a camera and filter, by all lights that tell one.

One light may show too few stars, or stars too much alike, to tell its colour term; but it has that
of its camera and filter, and so its zero point for stars of colour 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.quality.fields import fields_of
from plateworks.quality.judging import CAMERA
from plateworks.quality.measured import NO_STARS, Measured
from plateworks.sky.zeropoint import COLOUR_WITHIN

if TYPE_CHECKING:
    from pandas import DataFrame

#: What lights share that have one colour term: the camera, the filter, and which colours are told.
SAME = (*CAMERA, "filter", "band", "colour")
#: What is known of each light.
TOLD = (
    *SAME, "ra_deg", "dec_deg", "scale_arcsec", "zero_point", "zero_point_error",
    "zero_point_colour", "colour_term", "colour_term_error", "colour_spread",
)  # fmt: skip
#: What follows for each light.
FOLLOWS = ("pooled_colour_term", "pooled_colour_term_error", "zero_point_at_0",
           "zero_point_at_0_error")  # fmt: skip
#: No light tells its term better, in magnitudes a magnitude: few filters are quite linear.
_LEAST = 0.001
#: Fields that are farther off than so many times their error count for less (Huber 1964).
_FAR, _ROUNDS = 2.0, 30


class Term(NamedTuple):
    """A colour term and its standard error, in magnitudes a magnitude; NaN if none is told."""

    value: float
    error: float


def pool(lights: DataFrame) -> DataFrame:
    """Find the colour term of each camera and filter, and what zero points are with it.

    Parameters
    ----------
    lights : DataFrame
        With the columns :data:`TOLD`, and an index of its own for each row.

    Returns
    -------
    DataFrame
        For the same index the columns :data:`FOLLOWS`, float64; NaN where nothing is known.  The
        zero point of a light that tells its own term well is for stars of colour 0 already.
    """
    import pandas as pd

    out = pd.DataFrame(np.nan, lights.index, list(FOLLOWS))
    for _, some in lights.groupby(list(SAME), sort=False, dropna=False):
        term = _pooled(some)
        zero, error, colour = (
            some[name].to_numpy(float)
            for name in ("zero_point", "zero_point_error", "zero_point_colour")
        )
        at_0 = [zero - term.value * colour, np.hypot(error, term.error * colour)]
        known = (colour == 0) | (term.error <= COLOUR_WITHIN)
        out.loc[some.index] = np.column_stack(
            [np.full((len(some), 2), term), np.where(known, at_0, np.nan).T]
        )
    return out


def _pooled(lights: DataFrame) -> Term:
    """Return the term that lights of one camera and filter tell together."""
    told = lights[np.isfinite(lights["colour_term"]) & np.isfinite(lights["colour_term_error"])]
    if not len(told):
        return Term(np.nan, np.nan)
    value, error, spread = (
        told[name].to_numpy(float) for name in ("colour_term", "colour_term_error", "colour_spread")
    )
    error = np.maximum(_with_usual_scatter(error, spread), _LEAST)
    fields = [_of_field(value[field], error[field]) for field in fields_of(_aimed(told))]
    values, errors = np.array(fields).T
    mean = _robust_mean(values, errors)
    freedom = max(len(fields) - 1, 1)
    disagree = float(np.sum(((values - mean) / errors) ** 2)) / freedom
    return Term(mean, float(np.sqrt(max(disagree, 1.0) / np.sum(errors**-2))))


def _with_usual_scatter(error: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return errors of terms that are no less than what stars of the camera usually scatter makes.

    Few stars tell poorly how far they scatter, and by luck some agree much better than those of
    other lights: they would outvote all of these.
    """
    scatter = error * spread
    if np.isnan(scatter).all():
        return error
    with np.errstate(divide="ignore"):
        return np.asarray(np.fmax(error, np.nanmedian(scatter) / spread))


def _robust_mean(values: np.ndarray, errors: np.ndarray) -> float:
    """Return the mean by the squares of errors, in which what lies far off counts for less."""
    weight = errors**-2
    mean = float(np.average(values, weights=weight))
    for _ in range(_ROUNDS):
        off = np.abs(values - mean) / errors
        mean = float(np.average(values, weights=weight * _FAR / np.maximum(off, _FAR)))
    return mean


def _of_field(value: np.ndarray, error: np.ndarray) -> Term:
    """Return what lights of one field tell.

    They show the same stars, so that what is wrong of these does not average out: the error is that
    of a mean of values that are all off by the same.
    """
    weight = error**-2
    return Term(float(np.average(value, weights=weight)), float(np.average(error, weights=weight)))


def _aimed(lights: DataFrame) -> list[Measured]:
    """Return lights that are solved as aimed at where they point."""
    return [
        Measured(row, (row["ra_deg"], row["dec_deg"]), (row["height"], row["width"]), NO_STARS,
                 np.empty(0))
        for row in lights.to_dict("records")
    ]  # fmt: skip
