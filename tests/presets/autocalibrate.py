"""A working folder as autocalibrate wants it, and what is planned for its only light."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from plateworks.jobs.jobs import Jobs
from plateworks.orders.lights import LightOrder
from plateworks.planning.plan import Plan
from presets.planned import planned
from presets.trees import JD, pulsar_frame


def dark(path: str, exposure: float = 120.0, days: float = 0.0, **cards) -> None:
    pulsar_frame(Path("darks", path), "dark", exposure, jd=JD + days, **cards)


def flat(path: str, code: str = "L", days: float = 0.0, **cards) -> None:
    pulsar_frame(Path("flats", path), "flat", 2.0, 9, bias=0, filter=code, jd=JD + days, **cards)


def light(name: str = "a", exposure: float = 120.0, **cards) -> None:
    pulsar_frame(Path(f"lights/{name}.fit"), "light", exposure, **cards)


def plan(**given) -> Plan:
    """Plan autocalibrate lights/*.fit output darks/ flats/."""
    library = [name for name in ("darks", "flats") if Path(name).exists()]
    return planned("pulsar", **({"raw": "lights/*.fit", "library": library} | given))


def chosen(slot: str, **given) -> str | None:
    """Return the master that stands in a slot of the only light."""
    [one] = plan(**given).lights
    match = getattr(one, slot)
    return match and match.master.path.partition("/")[2]


def order(**given) -> LightOrder:
    """Return what calibrating the only light is told."""
    made = plan(**given)
    [light] = Jobs(made).calibration(made.to_calibrate).lights
    return light


def date(text: str) -> float:
    """Return the Julian date of 20:00 UTC."""
    begin = np.datetime64("1858-11-17")
    return (np.datetime64(f"{text}T20:00") - begin) / np.timedelta64(1, "D") + 2400000.5
