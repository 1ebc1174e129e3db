"""Which frames each capture target takes: the sections ``capture.bias`` to ``capture.lights``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


def _seconds(default: float, text: str, upto: str = "") -> float:
    return setting(default, text, unit="seconds", over=0, upto=upto)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureBias(Section):
    """Bias frames."""

    num_bias: int = setting(40, "frames, of the least exposure", least=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureDarks(Section):
    """Darks for the lights."""

    num_darks: int = setting(40, "frames of each exposure", least=1)
    science_exposure_time: float | dict[str, float] = setting(
        5.0,
        "seconds, of the lights; or for each filter: `{L: 60, Ha: 300}`",
        what="seconds, more than 0, or such a number for each filter",
        over=0,
    )
    exposure_factors: tuple[float, ...] = setting(
        (0.5, 1.0, 2.0, 4.0),
        "darks are taken at the science exposures times these,",
        what="a list of numbers more than 0",
        some=True,
        over=0,
    )
    min_exposure: float = _seconds(
        0.001,
        "as far as they are no shorter than this, the exposure of bias frames,",
        upto="max_exposure",
    )
    max_exposure: float = _seconds(60.0, "nor longer than this; seconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureFlats(Section):
    """Flats."""

    mode: Literal["panel", "evening", "morning"] = setting(
        "panel",
        "`panel`, or `evening` or `morning` for the twilight sky",
        more="`panel`: a steady light; the exposure is searched once in each filter. In twilight "
        "every exposure is predicted.",
    )
    num_flats: int = setting(40, "frames in each filter", least=1)
    target_count_rate: float = setting(
        0.5,
        "wanted median of the central region, as a part of the full range",
        what="a part of the full range, from 0.05 to 0.95",
        least=0.05,
        most=0.95,
    )
    count_tolerance: float = setting(
        0.1,
        "relative to it: 0.45 to 0.55",
        what="a part of the target, more than 0 and up to 0.5",
        over=0,
        most=0.5,
    )
    min_exposure: float = _seconds(0.001, "seconds", upto="max_exposure")
    max_exposure: float = _seconds(10.0, "seconds")
    max_adjustment_attempts: int = setting(
        10,
        "trial frames at most",
        more="A linear camera needs up to 4, others up to 8.",
        least=1,
    )
    flat_exposure_time: float | None = setting(
        None,
        "seconds; null: searched; with a panel its brightness is searched then",
        more="That is a panel that Alpaca controls.",
        unit="seconds",
        over=0,
    )
    brightness: int | None = setting(
        None,
        "of the panel while the exposure is searched; null: its greatest",
        least=1,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureFlatDarks(Section):
    """Darks for the flats."""

    num_flatdarks: int = setting(
        40,
        "frames of each exposure that the flats of the night have",
        more="Twilight flats get one series, at their longest exposure.",
        least=1,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureLights(Section):
    """Lights."""

    num_lights: int = setting(10, "frames in each filter", least=1)
    object: str | None = setting(None, "name of the target", what="a name")
    ra: float | None = setting(
        None, "degrees, where the mount does not say", unit="degrees", least=0, most=360
    )
    dec: float | None = setting(
        None, "degrees, where the mount does not say", unit="degrees", least=-90, most=90
    )
