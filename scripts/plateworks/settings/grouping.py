"""Which frames make one master: the section ``grouping``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from plateworks.metadata.kinds import MasterKind
from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping(Section):
    """What sets of frames share beside the settings of the camera."""

    by_session: tuple[MasterKind, ...] = setting(
        get_args(MasterKind),
        "kinds of which each night gives a master of its own",
        more="Without a kind in this list, its frames of all nights make one master.",
        unique=True,
    )
    series_gap_h: float = setting(
        6.0,
        "hours; bias and darks less far apart are one series, even over noon",
        more="They are often taken by day. A series that goes on over noon, with gaps of no more "
        "than these hours, stays one and belongs to the session in which it began.",
        unit="hours",
        least=0,
    )
    flats_by_temperature: bool = setting(
        False, "true: flats of different temperatures make different masters"
    )
    temperature_step_degC: float = setting(
        2.0,
        "without a set point, frames this near in temperature are a set",
        more="So do those whose sensor stayed farther than this from it. A set ends where the next "
        "temperature is more than half of this away, or more than twice this from the first. Bias "
        "frames that would be too few (`masters.min_frames`) go with the next temperature.",
        unit="degrees C",
        over=0,
    )
