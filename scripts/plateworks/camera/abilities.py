"""What a camera says it is and can do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed

#: Pixels of the longest side that a sensor can have: more are a fault of the driver.
LONGEST_SIDE = 1 << 16

#: ASCOM's SensorType; what has a pattern that FITS can name carries it.
SENSOR_TYPES = ("Monochrome", "Color", "RGGB", "CMYG", "CMYG2", "LRGB")
#: The cell of each sensor type whose pattern has two rows of two pixels.
CELLS = {"RGGB": "RGGB", "CMYG": "CMYG"}


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a camera says it is and can do; None wherever it says nothing.

    Attributes
    ----------
    width, height : int
        Pixels of the whole sensor, unbinned.
    pixel_size_x, pixel_size_y : float or None
        Micrometres, unbinned.
    max_adu : int or None
        The highest value it claims to deliver.
    egain : float or None
        Electrons per ADU.
    gains, offsets : tuple of int or of str, or None
        Least and most value, or the names to choose from by their index.
    exposure_min, exposure_max, exposure_resolution : float or None
        Seconds.
    bayer : str or None
        Colours of the first two pixels of the first row, then of the second.
    """

    name: str
    description: str | None
    driver: str | None
    sensor_name: str | None
    sensor_type: str | None
    width: int
    height: int
    pixel_size_x: float | None
    pixel_size_y: float | None
    max_adu: int | None
    egain: float | None
    can_set_temperature: bool
    has_temperature: bool
    can_abort: bool
    can_stop: bool
    has_shutter: bool
    bayer: str | None
    exposure_min: float | None
    exposure_max: float | None
    exposure_resolution: float | None
    max_bin: int
    gains: tuple[int, int] | tuple[str, ...] | None
    offsets: tuple[int, int] | tuple[str, ...] | None
    readout_modes: tuple[str, ...]


def read_abilities(link: Link) -> Abilities:
    """Ask a connected camera for all that it can do.

    Raises
    ------
    CameraFailed
        If it tells no size of its sensor, or one beyond sense, or stops answering.
    """
    kind = finite(link.optional("SensorType"))
    sensor_type = SENSOR_TYPES[int(kind)] if kind is not None and 0 <= kind < 6 else None
    return Abilities(
        name=link.optional("Name") or f"camera {link.number}",
        description=link.optional("Description"),
        driver=_text(link.optional("DriverInfo")),
        sensor_name=link.optional("SensorName"),
        sensor_type=sensor_type,
        width=_read_side(link, "CameraXSize"),
        height=_read_side(link, "CameraYSize"),
        pixel_size_x=positive(link.optional("PixelSizeX")),
        pixel_size_y=positive(link.optional("PixelSizeY")),
        max_adu=whole(positive(link.optional("MaxADU"))),
        egain=positive(link.optional("ElectronsPerADU")),
        can_set_temperature=link.optional("CanSetCCDTemperature") is True,
        has_temperature=finite(link.optional("CCDTemperature")) is not None,
        can_abort=link.optional("CanAbortExposure") is True,
        can_stop=link.optional("CanStopExposure") is True,
        has_shutter=link.optional("HasShutter") is True,
        bayer=_read_bayer(link, sensor_type),
        exposure_min=finite(link.optional("ExposureMin")),
        exposure_max=positive(link.optional("ExposureMax")),
        exposure_resolution=positive(link.optional("ExposureResolution")),
        max_bin=whole(positive(link.optional("MaxBinX"))) or 1,
        gains=_read_choice(link, "Gain"),
        offsets=_read_choice(link, "Offset"),
        readout_modes=tuple(link.optional("ReadoutModes") or ()),
    )


def finite(value: Any) -> float | None:
    """A finite number, or None for whatever else a driver answers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def positive(value: Any) -> float | None:
    """A number above zero, or None: zero is how drivers say that they do not know."""
    found = finite(value)
    return found if found is not None and found > 0 else None


def whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def shift_bayer(pattern: str, right: int, down: int) -> str:
    """The pattern as seen from the pixel `right` and `down` of where it was given."""
    rows = [pattern[:2], pattern[2:]]
    rows = rows[down % 2 :] + rows[: down % 2]
    return "".join(row[right % 2 :] + row[: right % 2] for row in rows)


def _text(value: Any) -> str | None:
    """alpyca splits the description of the driver at its commas."""
    return ",".join(value) if isinstance(value, list) else value


def _read_side(link: Link, name: str) -> int:
    side = link.read(name)
    if not 1 <= side <= LONGEST_SIDE:
        raise CameraFailed(
            f"The {link} says that its sensor has {side} pixels in a row or column ({name}), which "
            f"is not between 1 and {LONGEST_SIDE}. Is it a camera, and its driver in order?"
        )
    return side


def _read_bayer(link: Link, sensor_type: str | None) -> str | None:
    cell = CELLS.get(sensor_type or "")
    if cell is None:
        return None
    right, down = (int(finite(link.optional(f"BayerOffset{axis}")) or 0) for axis in "XY")
    return shift_bayer(cell, right, down)


def _read_choice(link: Link, name: str) -> tuple[int, int] | tuple[str, ...] | None:
    """Names to choose from, else the least and most value; ASCOM offers one or the other."""
    names = link.optional(f"{name}s")
    if names:
        return tuple(str(one) for one in names)
    least, most = (finite(link.optional(f"{name}{end}")) for end in ("Min", "Max"))
    return None if least is None or most is None else (int(least), int(most))
