"""The lights of a night beside each other: what only shows in comparison, as columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plateworks.quality.fields import fields_of, short_side
from plateworks.quality.measured import Measured, Stars
from plateworks.quality.obstruction import blocked, skies
from plateworks.quality.robust import median, scatter
from plateworks.quality.throughput import Light, follow

if TYPE_CHECKING:
    from pandas import DataFrame

#: The brighter of the stars, whose shapes are known best.
SHARP = 200


def measure_night(lights: Sequence[Measured]) -> DataFrame:
    """Return a row for each light, in the order given: its own values, and these columns.

    Columns
    -------
    field : int
        Lights of one camera, filter and aim have the same, counted from 1.
    star_flux, star_flux_error : float
        Light that came in a second from the stars of the field, beside the median of its lights,
        and how well that is known, as ln.
    stars_matched, stars_expected : int
        Stars of the field that were found, and that show under a good sky.
    blocked_cells : int
        Cells in which the light of stars or of the sky is gone, the others not.
    darkest_cell : str
        "column,row" of the one that lets through least beside the others, counted from 1.
    darkest_flux, darkest_trust : float
        What it lets through, and in how many deviations.
    darkest_expected, darkest_shown : float, int
        How many stars should show in it, and how many do.
    stretch, stretch_deg, stretch_error : float
        Ellipticity that all stars have in common, its angle, and how well it is known.
    off_field : float
        Distance from the middle of the field's lights in short sides of the frame.
    """
    import pandas as pd

    rows: list[dict[str, object]] = [dict(light.values) for light in lights]
    fields = fields_of(lights)
    for number, field in enumerate(fields, 1):
        some = [lights[place] for place in field]
        followed = follow(some)
        sky = skies(some, followed)
        off = _off_field(some, followed)
        for at, place in enumerate(field):
            found = followed[at]
            rows[place] |= {
                "field": number,
                "star_flux": float(np.exp(found.factor)),
                "star_flux_error": found.error,
                "stars_matched": found.matched,
                "stars_expected": found.expected,
                **blocked(found.cells, sky[at]),
                **_stretch(some[at].stars),
                "off_field": off[at],
            }
    return pd.DataFrame(rows)


def _stretch(stars: Stars) -> dict[str, object]:
    """Return the ellipticity along one angle that the stars have in common."""
    size = stars.ellipticity[:SHARP]
    if len(size) < 3:
        return {"stretch": None, "stretch_deg": None, "stretch_error": None}
    twice = 2 * np.radians(stars.theta[:SHARP])
    along, across = size * np.cos(twice), size * np.sin(twice)
    east, north = median(along), median(across)
    error = 1.25 * np.hypot(scatter(along - east), scatter(across - north)) / np.sqrt(len(size))
    return {
        "stretch": float(np.hypot(east, north)),
        "stretch_deg": float(np.degrees(np.arctan2(north, east)) / 2 % 180),
        "stretch_error": float(error),
    }


def _off_field(lights: Sequence[Measured], followed: Sequence[Light]) -> list[float]:
    """Return how far from the middle of all each light points, in short sides; NaN if unknown.

    By the sky, and by the stars of the field where that is not known.
    """
    ra = np.array([light.number("ra_deg") for light in lights])
    dec = np.array([light.number("dec_deg") for light in lights])
    side = median(np.array([short_side(light) for light in lights]))
    shifts = np.array([_shift(*pair) for pair in zip(lights, followed, strict=True)])
    off = np.hypot(*(shifts - [median(column) for column in shifts.T]).T)
    if np.isfinite(ra).any() and side > 0:
        first = ra[np.isfinite(ra)][0]
        turn = (ra - first + 180) % 360 - 180
        east = (turn - median(turn)) * np.cos(np.radians(median(dec)))
        sky = np.hypot(east, dec - median(dec)) / side
        off = np.where(np.isfinite(sky), sky, off)
    return list(off)


def _shift(light: Measured, found: Light) -> np.ndarray:
    """Return how far the middle of the field lies from that of a light, in short sides: (2,)."""
    if found.placed is None:
        return np.full(2, np.nan)
    height, width = light.shape
    middle = np.array([[(width + 1) / 2, (height + 1) / 2]])
    return np.asarray(found.placed.places(middle) - middle)[0] / min(light.shape)
