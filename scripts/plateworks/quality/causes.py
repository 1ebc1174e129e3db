"""The cause of what is wrong with a light, by which of its measures are off together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plateworks.quality.comparisons import Comparison
from plateworks.quality.measured import COLUMNS, ROWS

if TYPE_CHECKING:
    from pandas import DataFrame

#: A cloud is in the way where more cells than this part lack light.
MANY_CELLS = COLUMNS * ROWS / 4
#: Dew: so many lights of a field, of which the losses follow a course that only rises, to this part
#: of the whole rise, which takes at least a quarter of an hour; and widths rise with it.
DEWY, ROUGH, SLOW = 8, 0.12, 15 / 1440
#: Nothing is said of the stars of a field that are not found where fewer are expected.
EXPECTED = 8


def causes_of(
    night: DataFrame,
    light: Comparison,
    width: Comparison,
    stretch: Comparison,
    shift: Comparison,
    sky: Comparison,
) -> np.ndarray:
    """Return the cause of what is wrong with each light, "" where nothing is: (N,) of str.

    Where several measures are off, the one that explains the others is named: stars of another
    field, all stretched along one angle, wide and dim more and more, wide, gone from single cells,
    dim.
    """
    blocked = night["blocked_cells"].to_numpy(float)
    sources, expected = (night[name].to_numpy(float) for name in ("sources", "stars_expected"))
    usual = night.groupby("field")["sources"].transform("median").to_numpy(float)
    unknown = ~np.isfinite(night["star_flux"].to_numpy(float)) & (expected >= EXPECTED)
    strangers = unknown & (sources > np.maximum(2 * EXPECTED, usual / 2)) & ~sky.beyond
    unseen = unknown & (sources < usual / 3)
    wide = width.beyond & ~(light.off > np.maximum(width.off, light.limit))
    causes = np.full(len(night), "", dtype=object)
    for cause, seen in (
        ("moon or dawn", sky.beyond),
        ("cloud", light.beyond | (unseen & ~sky.beyond)),
        ("obstruction", (blocked > 0) & (blocked <= MANY_CELLS) & ~unknown),
        ("focus", wide),
        ("dew", (light.beyond | wide) & dewy(night, light, width)),
        ("trailing", stretch.beyond),
        ("wrong pointing", shift.beyond | strangers),
    ):
        causes[seen] = cause
    return causes


def dewy(night: DataFrame, light: Comparison, width: Comparison) -> np.ndarray:
    """Whether the losses of light follow a slow course that only rises, and widths do so too.

    Once it shows in one field, later lights that are both dim and wide are dewy too.
    """
    from scipy.optimize import isotonic_regression
    from scipy.stats import spearmanr

    out = np.zeros(len(night), bool)
    mjd = night["mjd"].to_numpy(float)
    for places in night.groupby("field", sort=False).indices.values():
        places = places[np.isfinite(light.off[places]) & np.isfinite(width.off[places])]
        places = places[np.argsort(mjd[places], kind="stable")]
        if len(places) < DEWY:
            continue
        lost = light.off[places]
        course = isotonic_regression(lost).x
        rise = course[-1] - course[0]
        middle = (course > course[0] + 0.1 * rise) & (course < course[0] + 0.9 * rise)
        if middle.sum() < 3 or np.ptp(mjd[places[middle]]) < SLOW:
            continue
        rough = np.sqrt(np.mean((lost - course) ** 2))
        together = spearmanr(lost, width.off[places]).statistic
        out[places] = rough < ROUGH * rise and together > 0.5
    if (begun := out & light.beyond).any():
        out |= (mjd > mjd[begun].min()) & (width.off > 0)
    return out
