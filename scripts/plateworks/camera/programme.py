"""The programme: which series of frames each target consists of, from the configuration."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from plateworks.camera.manifest import Row
from plateworks.csvtable import read_rows
from plateworks.errors import ConfigError
from plateworks.settings.capture import Capture

#: Twilight flats have an exposure each.  With more than these in a filter, one series of
#: flat-darks at the longest of them serves all, scaled by way of the bias.
_MOST_EXPOSURES = 3


@dataclass(frozen=True)
class CameraSetup:
    """How the camera is set for a series; None leaves a setting as it is."""

    gain: int | float | str | None = None
    offset: int | float | str | None = None
    binning: int = 1
    readout_mode: int | str | None = None
    subframe: tuple[int, int, int, int] | None = None
    set_temperature: float | None = None  # degrees C


@dataclass(frozen=True)
class PlannedSeries:
    """Frames of one kind, taken one after the other with the same settings.

    Attributes
    ----------
    kind : str
        A kind of :data:`plateworks.metadata.kinds.KINDS`.
    count : int
        How many frames it shall have.
    setup : CameraSetup
    seconds : float or None
        The exposure; None where it is searched (flats).
    filter : str or None
        What stands before the sensor in flats and lights; None: whatever does.
    target : str
        Name of what lights show.
    size : (int, int) or None
        Width and height that its frames must have; None: whatever the camera gives.
    """

    kind: str
    count: int
    setup: CameraSetup
    seconds: float | None = None
    filter: str | None = None
    target: str = ""
    size: tuple[int, int] | None = None

    @property
    def id(self) -> str:
        """What tells its frames from those of other series; the count plays no part."""
        words = [
            self.kind, self.seconds, self.filter, self.target, self.setup.gain, self.setup.offset,
            self.setup.binning, self.setup.readout_mode, self.setup.subframe,
            self.setup.set_temperature,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:8]

    @property
    def title(self) -> str:
        """What it is, for instance ``flat in Ha``."""
        words = ["flat-dark" if self.kind == "darkflat" else self.kind]
        words += [f"in {self.filter}"] if self.filter and self.is_lit else []
        words += [f"of {self.seconds:g} s"] if self.seconds is not None else []
        return " ".join(words)

    @property
    def exposure(self) -> float:
        """Its exposure, seconds.

        Raises
        ------
        ValueError
            If that is searched.
        """
        if self.seconds is None:
            raise ValueError(f"the exposure of {self.title} is not known before it is searched")
        return self.seconds

    @property
    def is_lit(self) -> bool:
        """Whether it is exposed to light."""
        return self.kind in ("flat", "light")


def setup_of(capture: Capture) -> CameraSetup:
    """Return the settings that the section ``capture`` of the configuration asks for."""
    return CameraSetup(
        gain=capture.gain,
        offset=capture.offset,
        binning=capture.binning,
        readout_mode=capture.readout_mode,
        subframe=capture.subframe,
        set_temperature=capture.cooling.target,
    )


def bias_series(capture: Capture) -> list[PlannedSeries]:
    """Return the series of bias frames."""
    seconds = capture.darks.min_exposure
    return [PlannedSeries("bias", capture.bias.num_bias, setup_of(capture), seconds)]


def flat_series(capture: Capture) -> list[PlannedSeries]:
    """Return a series of flats for each filter."""
    seconds, count = capture.flats.flat_exposure_time, capture.flats.num_flats
    one = PlannedSeries("flat", count, setup_of(capture), seconds)
    return [replace(one, filter=name) for name in filters_of(capture)]


def flatdark_series(
    capture: Capture, flats: Iterable[Row], setup: CameraSetup | None = None
) -> list[PlannedSeries]:
    """Return the flat-darks for flats that were taken: one series for each of their exposures.

    Parameters
    ----------
    capture : Capture
    flats : iterable of Row
        The manifest of the flats.
    setup : CameraSetup, optional
        Settings of the flats, if they are not those of the configuration.
    """
    exposures: dict[str | None, set[float]] = {}
    for row in flats:
        exposures.setdefault(row.filter, set()).add(row.exposure_s)
    wanted = set()
    for found in exposures.values():
        wanted |= found if len(found) <= _MOST_EXPOSURES else {max(found)}
    count = capture.flatdarks.num_flatdarks
    one = PlannedSeries("darkflat", count, setup or setup_of(capture))
    return [replace(one, seconds=seconds) for seconds in sorted(wanted)]


def dark_series(capture: Capture) -> list[PlannedSeries]:
    """Return the darks: every science exposure times every factor, within the limits.

    Raises
    ------
    ConfigError
        If a science exposure itself is beyond the limits.
    """
    darks = capture.darks
    low, high = darks.min_exposure, darks.max_exposure
    science = set(science_exposures(capture).values())
    for seconds in science:
        if not low <= seconds <= high:
            raise ConfigError(
                f"The science exposure of {seconds:g} s (capture.darks.science_exposure_time) is "
                f"outside capture.darks.min_exposure {low:g} to max_exposure {high:g}."
            )
    factors = darks.exposure_factors
    wanted = {round(seconds * factor, 6) for seconds in science for factor in factors}
    one = PlannedSeries("dark", darks.num_darks, setup_of(capture))
    return [replace(one, seconds=each) for each in sorted(wanted) if low <= each <= high]


def light_series(capture: Capture) -> list[PlannedSeries]:
    """Return a series of lights for each filter."""
    lights = capture.lights
    one = PlannedSeries("light", lights.num_lights, setup_of(capture), target=lights.object or "")
    exposures = science_exposures(capture)
    return [replace(one, filter=name, seconds=exposures[name]) for name in filters_of(capture)]


def missing_series(capture: Capture, table: str | os.PathLike) -> list[PlannedSeries]:
    """Return what ``plan/missing.csv`` names: flats first, then all that is taken in the dark.

    Parameters
    ----------
    capture : Capture
    table : path
        One row for each set worth capturing.
    """
    wanted = list(read_rows(table, partial(_missing, capture)))
    return sorted(wanted, key=lambda one: not one.is_lit)


def filters_of(capture: Capture) -> list[str | None]:
    """Return the filters to use; [None] where none is named."""
    return list(capture.filters) or [None]


def science_exposures(capture: Capture) -> dict[str | None, float]:
    """Return the exposure of the lights in each filter.

    Raises
    ------
    ConfigError
        If a filter has none.
    """
    wanted = capture.darks.science_exposure_time
    exposures: dict[str | None, float] = {}
    for name in filters_of(capture):
        seconds = wanted.get(name or "") if isinstance(wanted, dict) else wanted
        if seconds is None:
            raise ConfigError(
                f"capture.darks.science_exposure_time has no exposure for the filter {name}."
            )
        exposures[name] = seconds
    return exposures


def _missing(capture: Capture, row: Mapping[str, str]) -> PlannedSeries:
    setup = replace(
        setup_of(capture),
        gain=_number(row["gain"]),
        offset=_number(row["offset"]),
        binning=int(row["xbin"] or 1),
        readout_mode=row["readout_mode"] or None,
    )
    if row["set_temp_degC"]:
        setup = replace(setup, set_temperature=float(row["set_temp_degC"]))
    kind, seconds = row["kind"], _number(row["exposure_s"])
    if kind == "bias":
        seconds = capture.darks.min_exposure
    if kind == "flat":
        seconds = capture.flats.flat_exposure_time
    size = int(row["width"]), int(row["height"])
    return PlannedSeries(kind, int(row["frames"]), setup, seconds, row["filter"] or None, size=size)


def _number(text: str) -> Any:
    """Return a number of a table, whole where it is; None where there is none."""
    if not text:
        return None
    value = float(text)
    return int(value) if value.is_integer() else value
