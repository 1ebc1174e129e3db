"""The programme of a night: which frames are taken, when, of what, and under which names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from plateworks.demo.amplifiers import Output
from plateworks.demo.optics import Optics
from plateworks.demo.scene import Psf
from plateworks.demo.sensor import Sensor


@dataclass(frozen=True)
class Band:
    """One filter, and how much light comes through it in the middle of the field."""

    name: str | None  # None: no filter wheel
    star_rate: float  # electrons a second from a star of V_T = 10
    sky_rate: float  # electrons a second in a pixel
    lights: int
    light_s: float
    flat_s: float


L = Band("L", star_rate=600, sky_rate=1.2, lights=5, light_s=60, flat_s=1.5)
HA = Band("Ha", star_rate=14, sky_rate=0.04, lights=5, light_s=120, flat_s=9)


@dataclass(frozen=True)
class Night:
    """Everything that decides a night's frames; equal nights give equal bytes."""

    seed: int = 20250815
    sensor: Sensor = field(default_factory=Sensor)
    outputs: tuple[Output, ...] = ()  # the amplifiers of a sensor that has two
    optics: Optics = field(default_factory=Optics)
    psf: Psf = field(default_factory=Psf)
    bands: tuple[Band, ...] = (L, HA)
    biases: int = 16
    darks: int = 14  # for each exposure of the lights
    flats: int = 12  # in each band
    darkflats: int = 5  # for each band's flat exposure
    truncated: int = 1  # lights whose file breaks off
    temperature: float = -10.0  # set point, degrees C
    flat_level: float = 0.45  # median of a flat, as a share of the converter's range
    flat_drift: float = 0.01  # the sky fades, and each flat is that much longer than the last
    rays: float = 120.0  # cosmic rays a cm2 and minute; at sea level there is about 1
    sky_slope: tuple[float, float] = (0.06, -0.04)
    target: str = "M 39"
    ra: float = 322.95  # degrees, of the target
    dec: float = 48.43
    pointing_error: tuple[float, float] = (4.0, -2.5)  # arcmin, east and north
    rotation: float = 1.7  # degrees
    dither: float = 6.0  # pixels, rms on each axis
    latitude: float = 47.0
    longitude: float = 11.0
    evening: datetime = datetime(2025, 8, 15, 22, 14, 5)  # local time of the first light
    utc_offset: float = 2.0  # hours


@dataclass(frozen=True)
class PlannedExposure:
    """One frame to be taken."""

    path: str  # below the raw folder
    kind: str  # a kind of plateworks.metadata.kinds.KINDS
    band: Band | None
    seconds: float
    start: datetime  # local time
    sensor_temp: float  # degrees C
    east: float = 0.0  # arcmin from the target, of the true middle of the frame
    north: float = 0.0
    truncated: bool = False


def stream(night: Night, *names: str) -> np.random.Generator:
    """Random numbers that belong to `names`, whatever else is drawn."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng([night.seed, int.from_bytes(digest[:16], "big")])


def list_exposures(night: Night) -> list[PlannedExposure]:
    """The frames of `night` in the order of the clock.

    Darks and biases were taken by day, five days before, and lie together in one folder; lights,
    flats and flat-darks lie in N.I.N.A.'s usual folders, by the date of the evening.
    """
    return [*_take_library(night), *_take_lights(night), *_take_flats(night)]


def _take_library(night: Night) -> Iterator[PlannedExposure]:
    folder = f"calibration {night.evening:%Y-%m}"
    start = (night.evening - timedelta(days=5)).replace(hour=13, minute=2, second=11)
    for number in range(night.biases):
        yield _take(night, folder, "bias", None, 0.0, start, number)
        start += timedelta(seconds=2)
    for seconds in sorted({band.light_s for band in night.bands}):
        for number in range(night.darks):
            yield _take(night, folder, "dark", None, seconds, start, number)
            start += timedelta(seconds=seconds + 2)


def _take_lights(night: Night) -> Iterator[PlannedExposure]:
    folder = f"{night.evening:%Y-%m-%d}/LIGHT"
    start = night.evening
    broken = night.truncated
    for band in night.bands:
        count, broken = band.lights + broken, 0
        for number in range(count):
            is_cut = number >= band.lights
            yield _take(night, folder, "light", band, band.light_s, start, number, is_cut)
            start += timedelta(seconds=band.light_s + 9)


def _take_flats(night: Night) -> Iterator[PlannedExposure]:
    folder = f"{night.evening:%Y-%m-%d}"
    start = (night.evening + timedelta(days=1)).replace(hour=5, minute=41, second=40)
    for band in night.bands:
        growth = (1 + night.flat_drift) ** np.arange(night.flats)
        exposures = np.round(band.flat_s * growth, 2).tolist()
        for number, seconds in enumerate(exposures):
            yield _take(night, f"{folder}/FLAT", "flat", band, seconds, start, number)
            start += timedelta(seconds=seconds + 2)
        middle = exposures[len(exposures) // 2] if exposures else band.flat_s
        for number in range(night.darkflats):
            yield _take(night, f"{folder}/DARKFLAT", "darkflat", None, middle, start, number)
            start += timedelta(seconds=middle + 2)


def _take(
    night: Night,
    folder: str,
    kind: str,
    band: Band | None,
    seconds: float,
    start: datetime,
    number: int,
    truncated: bool = False,
) -> PlannedExposure:
    wheel = band or night.bands[0]  # the wheel stands somewhere in darks, too
    rng = stream(night, "exposure", kind, str(start))
    temperature = night.temperature + round(float(rng.normal(0, 0.06)), 1)
    shift = rng.normal(0, night.dither * night.optics.scale(night.sensor) / 60, 2)
    east, north = (night.pointing_error + shift).tolist() if kind == "light" else (0.0, 0.0)
    words = [
        f"{start:%Y-%m-%d_%H-%M-%S}",
        *([wheel.name] if wheel.name else []),
        f"{temperature:.2f}",
        f"{seconds:.2f}s",
        f"{number:04d}",
    ]
    path = f"{folder}/{'_'.join(words)}.fits"
    return PlannedExposure(path, kind, band, seconds, start, temperature, east, north, truncated)
