"""The cause of what is wrong with a light, by which of its measures are off together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plateworks.quality.comparisons import EXPECTED, WORTH_WIDTH, Comparison, lost
from plateworks.quality.measured import COLUMNS, ROWS

if TYPE_CHECKING:
    from pandas import DataFrame

#: A cloud is in the way where more cells than this part lack light.
MANY_CELLS = COLUMNS * ROWS / 4


def causes_of(
    night: DataFrame,
    light: Comparison,
    width: Comparison,
    stretch: Comparison,
    shift: Comparison,
    sky: Comparison,
    dew: Comparison,
) -> np.ndarray:
    """Return the cause of what is wrong with each light, "" where nothing is: (N,) of str.

    Where several measures are off, the one that explains the others is named: stars of another
    field, all stretched along one angle, wide and dim more and more, wide, dim, gone from single
    cells.
    """
    blocked = night["blocked_cells"].to_numpy(float)
    sources = night["sources"].to_numpy(float)
    usual = night.groupby("field")["sources"].transform("median").to_numpy(float)
    unknown = lost(night)
    strangers = unknown & (sources > np.maximum(2 * EXPECTED, usual / 2)) & ~sky.beyond
    unseen = unknown & (sources <= usual / 2)
    # What hides all stars is a cloud, or they are spread so wide that none stands out.
    spread = unseen & (width.off > WORTH_WIDTH)
    wide = width.beyond & ~(light.off > np.maximum(width.off, light.limit))
    # A cloud before dewy optics takes more than the dew does.
    more = light.off - dew.off > light.limit
    dewy = (dew.beyond & ~more) | (wide & (dew.off > dew.limit / 2))
    causes = np.full(len(night), "", dtype=object)
    for cause, seen in (
        ("moon or dawn", sky.beyond),
        ("obstruction", (blocked > 0) & (blocked <= MANY_CELLS) & ~unknown),
        # Where the whole frame lacks light, a cell that lacks more is the thick of the cloud.
        ("cloud", light.beyond | (unseen & ~sky.beyond)),
        ("focus", wide | spread),
        ("dew", dewy),
        ("trailing", stretch.beyond),
        ("wrong pointing", shift.beyond | strangers),
    ):
        causes[seen] = cause
    return causes
