"""The numbers of a night as its page and the file of its numbers tell them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from plateworks.orders.nights import CalibrationRow, SetAside

#: Of a number that is not known: None.
Number = float | None


@dataclass(frozen=True, kw_only=True)
class LightFacts:
    """A light: what was measured of it, and the verdict.  The names are those of ``lights.csv``.

    Attributes
    ----------
    path : str
        Of its solved frame; empty if there is none.
    verdict : str
        ``good``, ``flagged`` or ``not judged``.
    cause, why : str
        What is wrong, in a word and in a sentence; empty if nothing is.
    numbers : mapping of str to (float or None)
        The columns that hold numbers, by their names.
    quality : str
        Of the solution: ``good`` or ``poor``; empty without solution.
    solver : str
    warning : str
    """

    frame: str
    path: str
    object: str
    filter: str
    date_obs: str
    verdict: str
    cause: str
    why: str
    reason: str
    solved: bool
    quality: str
    solver: str
    warning: str
    numbers: Mapping[str, Number]

    @property
    def measured(self) -> bool:
        return self.numbers["sources"] is not None

    @property
    def usable(self) -> bool:
        """Whether it was measured, and nothing speaks against it."""
        return self.measured and self.verdict != "flagged"


@dataclass(frozen=True, kw_only=True)
class LeftOutFrame:
    """A frame that is not in a master, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class MasterFacts:
    """A master that the night uses.

    Attributes
    ----------
    path : str
    kind : str
        ``bias``, ``dark``, ``darkflat`` or ``flat``.
    filter : str
    frames : int or None
        How many are combined.
    level, noise : float or None
        Median, and noise of a pixel, ADU.
    expected_noise : float or None
        What the noise of one frame lets a median or mean of so many have, ADU.
    digest : str
        Of what it was made of.
    warning : str
        What its header warns of.
    left_out : tuple of LeftOutFrame
    verdict : str or None
        What a ledger says of it, as can follow ``it was``; None where nothing speaks against it.
    """

    path: str
    kind: str
    filter: str
    frames: int | None
    level: Number
    noise: Number
    expected_noise: Number
    digest: str
    warning: str
    left_out: tuple[LeftOutFrame, ...]
    verdict: str | None = None

    @property
    def name(self) -> str:
        return os.path.basename(self.path)


@dataclass(frozen=True, kw_only=True)
class SensorFacts:
    """What the masters of a setup measure of its sensor, beside what headers say."""

    setup: str
    camera: str
    gain: Number
    gain_error: Number
    gain_header: Number
    read_noise: Number
    read_noise_error: Number
    read_noise_header: Number
    turnoff: Number


@dataclass(frozen=True, kw_only=True)
class GapFacts:
    """Frames worth capturing."""

    frames: int
    title: str
    camera: str
    lights: int
    refused: int
    now: str
    then: str
    reason: str
    setting: str
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class NightFacts:
    """A night.

    Attributes
    ----------
    session : str
        Such as 20250815.
    place : tuple of (float, float) or None
        Latitude and longitude, degrees.
    lights : tuple of LightFacts
        Those that were calibrated, or meant to be, by their time.
    rows : tuple of CalibrationRow
        Which calibration they get.
    masters : tuple of MasterFacts
    sensors : tuple of SensorFacts
    gaps : tuple of GapFacts
        The most urgent first.
    refused, aside : tuple of SetAside
    settings : mapping of str to str
        Those that differ from their defaults.
    version : str
        Of Plateworks.
    """

    session: str
    place: tuple[float, float] | None
    lights: tuple[LightFacts, ...]
    rows: tuple[CalibrationRow, ...]
    masters: tuple[MasterFacts, ...]
    sensors: tuple[SensorFacts, ...]
    gaps: tuple[GapFacts, ...]
    refused: tuple[SetAside, ...]
    aside: tuple[SetAside, ...]
    settings: Mapping[str, str]
    version: str

    @property
    def refused_count(self) -> int:
        return sum(len(one.files) for one in self.refused)

    @property
    def usable(self) -> tuple[LightFacts, ...]:
        return tuple(light for light in self.lights if light.usable)

    @property
    def causes(self) -> Counter[str]:
        """How many lights are flagged for what."""
        return Counter(light.cause for light in self.lights if light.verdict == "flagged")
