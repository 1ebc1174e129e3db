"""How far calibrated pixels lie from what is true, in the errors that they state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.nddata import CCDData

from orders import FLAT, LIGHTS, frame_order, master_order
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import CalibrationOrder, FlatChoice, LightOrder, MatchQuality
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.masters import make_master
from sensorfiles import write_frames
from sensors import Sensor

EXPOSURE = 60.0


@dataclass(frozen=True)
class Night:
    """A simulated night: how many frames masters have, how they are combined, and the light.

    Attributes
    ----------
    sensor : Sensor
    frames : int
        Of each master.
    method : str
    sky : float
        Electrons a second at the left edge; it grows to `gradient` times that on the right.
    gradient : float
    flat_level : float
        Electrons of a flat.
    scale : float
        Exposure of the darks over that of the lights; not 1: they are scaled, with a bias.
    errors : bool
        Whether masters have errors for each pixel.
    """

    sensor: Sensor
    frames: int = 10
    method: str = "auto"
    sky: float = 10.0
    gradient: float = 50.0
    flat_level: float = 15_000.0
    scale: float = 1.0
    errors: bool = True

    def expected(self) -> np.ndarray:
        """Return the electrons that the sky alone leaves, as an even flat would show them."""
        ramp = np.geomspace(1.0, self.gradient, self.sensor.width)
        return np.broadcast_to(self.sky * EXPOSURE * ramp, self.sensor.shape)

    def lights(self, count: int, take: int = 0) -> np.ndarray:
        """Return raw lights."""
        sensor = self.sensor
        charge = self.expected() * sensor.maps.response + sensor.dark_electrons(EXPOSURE)
        return sensor.read([charge] * count, "ramp", take, self.sky, self.gradient)


def made(night: Night, folder: Path, *, take: int = 0) -> tuple[Subtraction, FlatChoice]:
    """Make the masters of a night; return what is subtracted, and the flat."""
    sensor, n = night.sensor, night.frames
    like = {"method": night.method, "uncertainty": night.errors}
    exposure = EXPOSURE * night.scale

    def master(kind: str, frames: np.ndarray, seconds: float, **more: object) -> str:
        of = Subtraction(bias=more.pop("bias", None))
        files = write_frames(folder / kind, sensor, kind.upper(), frames, exposure=seconds)
        orders = [frame_order(path, subtraction=of) for path in files]
        path = str(folder / f"{kind}.fits")
        make_master(master_order(kind, orders, egain=sensor.egain, **(like | more)), path)
        return path

    bias = master("bias", sensor.bias(n, take=take), 0.0)
    dark = master("dark", sensor.dark(exposure, n=n, take=take), exposure)
    level = night.flat_level
    flats = sensor.flat(level, n, take=take)
    of_flats = "minmax" if night.method == "variance" else night.method
    flat = master("flat", flats, 1.0, bias=bias, flat=FLAT, method=of_flats)
    if night.scale == 1.0:
        taken = Subtraction(dark=ScaledDark(path=dark, k=1.0, bias_inside=True))
    else:
        scaled = ScaledDark(path=dark, k=1 / night.scale, bias_inside=True, bias=bias)
        taken = Subtraction(bias=bias, dark=scaled)
    return taken, FlatChoice(path=flat, match=MatchQuality(level=0, reason="exact"))


def calibrated(
    night: Night, folder: Path, count: int = 1, *, take: int = 0, **settings: object
) -> list[CCDData]:
    """Return lights of a night, calibrated by masters of their own, as astropy reads them."""
    taken, flat = made(night, folder, take=take)
    raws = write_frames(
        folder / "lights", night.sensor, "LIGHT", night.lights(count, take), exposure=EXPOSURE
    )
    lights = [
        LightOrder(
            frame=frame_order(raw, subtraction=taken), output=f"{folder}/out_{i}.fits", flat=flat
        )
        for i, raw in enumerate(raws)
    ]
    told = replace(LIGHTS, uncertainty=True, **settings)
    calibrate_frames(CalibrationOrder(lights=tuple(lights), settings=told))
    return [CCDData.read(light.output) for light in lights]


def truth(night: Night) -> np.ndarray:
    """Return what a calibrated light would hold without noise, electrons."""
    sensor, expected = night.sensor, night.expected()
    response = sensor.maps.response
    if sensor.bayer is None:
        return expected * np.median(response)
    out = np.empty(sensor.shape)
    for y in range(2):
        for x in range(2):
            where = np.s_[y::2, x::2]
            out[where] = expected[where] * np.median(response[where])
    return out


def pulls(night: Night, light: CCDData, egain: float) -> np.ndarray:
    """Return (value - truth) / error of each pixel, NaN where it is masked."""
    out = (light.data - truth(night) / egain) / light.uncertainty.array
    out[light.mask] = np.nan
    return out


def variances(levels: np.ndarray, found: np.ndarray, parts: int = 10) -> Iterator[float]:
    """Yield the variance of pulls about no pull at all, for equal parts of levels."""
    order = np.argsort(levels, axis=None, kind="stable")
    for part in np.array_split(found.reshape(-1)[order], parts):
        yield float(np.nanmean(part**2))
