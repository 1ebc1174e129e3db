"""How long masters serve: the section ``expiry``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Expiry(Section):
    """By how much a camera may have changed since its master was taken, and when that is told."""

    days_ahead: float = setting(
        14.0,
        "days before a master expires in which the plan asks for another",
        more="Counted from the last night of the lights that are selected; of cameras that took "
        "lights in the 60 days before that. `snakemake trends` finds out when masters expire.",
        unit="days",
        least=0,
    )
    bias_level: float = setting(
        0.5,
        "the bias level, in read noises of one frame",
        more="Of biases, and of darks and flat-darks that hold it.",
        unit="a number of read noises",
        over=0,
    )
    dark_rate: float = setting(
        0.1, "the dark current, as a part of itself; of darks", unit="a part", over=0
    )
    new_pixels: float = setting(
        0.1,
        "hot pixels that are new, as a part of those there are; of darks",
        unit="a part",
        over=0,
    )
    flat_shape: float = setting(
        0.01, "the large-scale shape of flats; of flats", unit="a part", over=0
    )
