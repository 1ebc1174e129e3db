"""Which lights of a night need a look, and why: a verdict with a named cause, and its limits.

Verdicts flag; nothing is left out for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plateworks.quality import comparisons
from plateworks.quality.causes import causes_of
from plateworks.quality.history import usual_of
from plateworks.quality.reasons import FEWEST, why

if TYPE_CHECKING:
    from pandas import DataFrame

#: What one camera is.
CAMERA = ["camera", "width", "height"]
GOOD, FLAGGED, NOT_JUDGED = "good", "flagged", "not judged"


def judge(night: DataFrame, earlier: Sequence[DataFrame] = ()) -> DataFrame:
    """Judge the lights of a night.

    Parameters
    ----------
    night : DataFrame
        As :func:`plateworks.quality.night.measure_night` returns it.
    earlier : sequence of DataFrame
        The same of earlier nights.

    Returns
    -------
    DataFrame
        The same rows, with these columns more.  ``transparency``, ``fwhm_ratio``, ``stretch_over``,
        ``sky_ratio`` and the limit of each; ``shift_limit``, that of ``off_field``; ``verdict``:
        good, flagged or not judged; ``cause``; and ``why``, a sentence.
    """
    import pandas as pd

    parts = [
        _judged(some, [_of_camera(before, camera) for before in earlier])
        for camera, some in night.groupby(CAMERA, sort=False)
    ]
    return pd.concat(parts).loc[night.index] if parts else night


def _of_camera(night: DataFrame, camera: Sequence[object]) -> DataFrame:
    return night[(night[CAMERA] == list(camera)).all(axis=1)]


def _judged(night: DataFrame, earlier: Sequence[DataFrame]) -> DataFrame:
    """Judge the lights of one camera."""
    usual = usual_of(earlier)
    light, width = comparisons.light(night, usual), comparisons.width(night, usual)
    dew = comparisons.dewed(night)
    stretch, shift = comparisons.stretch(night), comparisons.shift(night)
    sky = comparisons.sky(night)
    causes = causes_of(night, light, width, stretch, shift, sky, dew)
    light = light.worse(dew)
    measured = night["sources"].notna()
    lights = measured.groupby(night["field"]).transform("sum").to_numpy()
    few = (lights < FEWEST) | ~measured
    causes[few] = ""
    unknown = np.isnan(light.off) & (causes == "")
    out = night.assign(
        transparency=np.exp(-light.off),
        transparency_limit=np.exp(-light.limit),
        fwhm_ratio=np.exp(width.off),
        fwhm_limit=np.exp(width.limit),
        stretch_over=stretch.off,
        stretch_limit=stretch.limit,
        sky_ratio=np.exp(sky.off),
        sky_limit=np.exp(sky.limit),
        shift_limit=shift.limit,
        verdict=np.select([few | unknown, causes != ""], [NOT_JUDGED, FLAGGED], GOOD),
        cause=causes,
    )
    rows = out.to_dict("records")
    return out.assign(why=[why(row, count) for row, count in zip(rows, lights, strict=True)])
