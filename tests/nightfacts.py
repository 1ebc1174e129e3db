"""Nights as their pages tell them, drawn by hand: lights that wander, and faults with causes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from plateworks.orders.nights import CalibrationRow, SetAside, Slot
from plateworks.report.night.facts import (
    GapFacts,
    LeftOutFrame,
    LightFacts,
    MasterFacts,
    NightFacts,
    SensorFacts,
)

#: Evening of 15 August 2025, UTC.
BEGIN = 60902.84


def light(number: int, **changes: Any) -> LightFacts:
    """A good light, one every two minutes; what `changes` hold instead."""
    wave = math.sin(number)
    numbers = {
        "mjd": BEGIN + number / 720, "exposure_s": 120.0, "fwhm_px": 3.0 + 0.1 * wave,
        "fwhm_arcsec": 2.4 + 0.08 * wave, "ellipticity": 0.05, "sky": 300.0 + wave,
        "sky_mag": 20.5 + 0.05 * wave, "transparency": 0.98, "sources": 200.0 + number,
        "sensor_temp_degC": -10.0, "offset_arcmin": 1.5, "limit_mag": 17.2,
    }  # fmt: skip
    numbers |= changes.pop("numbers", {})
    good = LightFacts(
        frame=f"light_{number:04d}", path="", object="M 39", filter="L", verdict="good", cause="",
        why="", date_obs=f"2025-08-15T20:{number % 60:02d}:00.000", reason="", solved=True,
        quality="good", solver="solve-field", warning="", numbers=numbers,
    )  # fmt: skip
    return replace(good, **changes)


def night(*lights: LightFacts, **changes: Any) -> NightFacts:
    """A night of these lights, with a dark of another night; what `changes` hold instead."""
    slots = (
        Slot(kind="bias", filling="spare", why="it is in the dark"),
        Slot(kind="dark", filling="other", master="nowhere/dark_120s.fits", night="20250809",
             level=1, why="6 days older"),
        Slot(kind="darkflat", filling="own", master="nowhere/darkflat.fits", night="20250815",
             level=0, why="exact"),
        Slot(kind="flat", filling="missing", why="no flat serves"),
    )  # fmt: skip
    whole = NightFacts(
        session="20250815", place=(50.0, 8.0), lights=lights,
        rows=(CalibrationRow(setup="cam", filter="L", exposure=120.0, lights=len(lights),
                             refused="", slots=slots),),
        masters=(MasterFacts(
            path="nowhere/dark_120s.fits", kind="dark", filter="", frames=14, level=523.7,
            noise=3.4, expected_noise=3.3, digest="74eca89fd33ef00d", warning="",
            left_out=(LeftOutFrame(name="dark_07.fits", reason="a lamp was on"),),
        ),),
        sensors=(SensorFacts(
            setup="cam", camera="ZWO ASI2600MM Pro", gain=0.25, gain_error=0.001, gain_header=0.25,
            read_noise=1.5, read_noise_error=0.01, read_noise_header=None, turnoff=None,
        ),),
        gaps=(), refused=(), aside=(), settings={}, version="0.1.0",
    )  # fmt: skip
    return replace(whole, **changes)


def poor_night() -> NightFacts:
    """A night in which most things that can be wrong are."""
    lights = [light(number) for number in range(12)]
    lights[3] = light(
        3, verdict="flagged", cause="cloud", numbers={"transparency": 0.41},
        why="41% of the light comes through, limit 90%",
    )  # fmt: skip
    lights[4] = light(4, verdict="flagged", cause="focus", why="stars are 1.80 times as wide")
    lights[7] = light(7, solved=False, quality="", reason="no match in the catalogue")
    lights[9] = light(9, quality="poor", warning="poor solution: 1.2 px")
    gap = GapFacts(
        frames=20, title="flat in L, gain 100", camera="ZWO ASI2600MM Pro", lights=12, refused=2,
        now="nothing", then="exact", reason="no flat of this filter", setting="", urgent=True,
    )  # fmt: skip
    return night(
        *lights,
        gaps=(gap,),
        refused=(SetAside(reason="no master flat matches", files=("light_0100", "light_0101")),),
        aside=(SetAside(reason="is shorter than its header promises", files=("cut.fits",)),),
        settings={"calibrate.cosmic_rays": "True"},
    )
