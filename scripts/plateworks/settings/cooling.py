"""The camera's cooler: the section ``capture.cooling``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Cooling(Section):
    """How a sensor is cooled, and what becomes of its cooler at the end."""

    target: float | None = setting(
        None,
        "degrees C; null leaves the cooler alone",
        unit="degrees C",
        least=-100,
        most=50,
    )
    ramp: float | None = setting(
        3.0,
        "degrees a minute, downwards and upwards; null: at once",
        unit="degrees a minute",
        over=0,
    )
    tolerance: float = setting(
        0.5,
        "degrees that the sensor may be off, on either side",
        more="A frame outside is set aside and retaken.",
        unit="degrees C",
        over=0,
    )
    settle: float = setting(
        60.0,
        "seconds that it must stay within the tolerance before the first frame",
        unit="seconds",
        least=0,
    )
    stall: float = setting(
        300.0,
        "seconds without progress after which the target is out of reach",
        unit="seconds",
        over=0,
    )
    at_exit: Literal["on", "off", "warm up"] = setting(
        "on",
        'what becomes of the cooler at the end: `"on"`, `"off"` or `warm up`',
        more="In quotes, since YAML takes a bare `on` for true.",
        what='"on", "off" (in quotes) or warm up',
    )
    warm_to: float = setting(
        15.0,
        "degrees C up to which `warm up` follows the ramp",
        unit="degrees C",
        least=-100,
        most=50,
    )
