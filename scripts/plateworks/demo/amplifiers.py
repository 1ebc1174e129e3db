"""A CCD that two amplifiers read, each with its overscan: the second camera of the demonstration.

Each amplifier has its gain, its level, which drifts while the frame is read and differs from frame
to frame, and hears a little of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from astropy.io import fits

from plateworks.demo.sensor import Sensor

#: Columns of overscan beside the pixels of an amplifier.
OVERSCAN = 40
#: The first of them still hold charge of the last pixels of a row, and are not named.
_TRAILED = 4


@dataclass(frozen=True)
class Output:
    """One of two amplifiers, which reads one half of the columns from its side.

    Attributes
    ----------
    gain : float
        Electrons per ADU.
    level : float
        Of its overscan, ADU.
    heard : float
        Part of the other's signal that is seen in it.
    told : bool
        Whether headers tell its gain and its read noise.
    """

    gain: float
    level: float
    heard: float
    told: bool = True


#: Left and right; their mean gain is that of the sensor.
OUTPUTS = (Output(1.52, 1130.0, 4e-4), Output(1.28, 960.0, 6e-4))
#: The same by a program that tells no gains: they are to be measured.
SILENT = tuple(replace(one, told=False) for one in OUTPUTS)
CCD2 = Sensor(
    name="Plateworks CCD2",
    pixel_um=3.76,
    gain=0,
    offset=0,
    egain=1.4,
    read_noise=6.0,
    full_well=80_000.0,
    bias_level=1000.0,
    dark_current=0.05,
)
#: ADU: by how much a level drifts along the rows of a frame, and from frame to frame.
DRIFT, JUMP = 15.0, 5.0


def read_out(
    sensor: Sensor,
    outputs: Sequence[Output],
    bias: np.ndarray,
    electrons: np.ndarray,
    rng: np.random.Generator,
) -> list[fits.ImageHDU]:
    """Read a frame by two amplifiers, and return an image of each, in the order of reading.

    Parameters
    ----------
    sensor : Sensor
    outputs : sequence of two Output
    bias : (H, W) array
        The pattern of the bias, ADU, about the level of the sensor.
    electrons : (H, W) array
        With the noise of reading them.
    rng : numpy.random.Generator
    """
    height, width = electrons.shape
    middle, names = width // 2, ("left", "right")
    sides = (np.s_[:, :middle], np.s_[:, : middle - 1 : -1])
    pattern = bias - sensor.bias_level
    lit = [electrons[side] / one.gain for side, one in zip(sides, outputs, strict=True)]
    images = []
    for number, (side, one) in enumerate(zip(sides, outputs, strict=True)):
        other = lit[1 - number]
        seen = lit[number] + one.heard * other[:, : lit[number].shape[1]]
        dark = rng.normal(0, sensor.read_noise / one.gain, (height, OVERSCAN))
        adu = np.hstack([seen + pattern[side], dark])
        drift = rng.normal(0, DRIFT) * np.linspace(-1, 1, height) + rng.normal(0, JUMP)
        adu += one.level + drift[:, np.newaxis]
        image = fits.ImageHDU(np.clip(np.rint(adu), 0, 65535).astype(np.uint16), name=names[number])
        columns = seen.shape[1]
        place = f"[1:{middle},1:{height}]" if number == 0 else f"[{width}:{middle + 1},1:{height}]"
        first = columns + 1 + _TRAILED
        image.header["DATASEC"] = (f"[1:{columns},1:{height}]", "what saw light")
        image.header["BIASSEC"] = (f"[{first}:{columns + OVERSCAN},1:{height}]", "overscan")
        image.header["DETSEC"] = (place, "where it lies on the sensor")
        if one.told:
            image.header["GAIN"] = (one.gain, "[electrons/ADU]")
            image.header["RDNOISE"] = (sensor.read_noise, "[electrons]")
        images.append(image)
    return images


def heard_cards(outputs: Sequence[Output]) -> fits.Header:
    """Return the cards of what the amplifiers hear of each other."""
    cards = fits.Header()
    for number, one in enumerate(outputs):
        key = f"CRSTLK{2 - number}{number + 1}"
        cards[key] = (one.heard, f"part of {2 - number} that is seen in {number + 1}")
    return cards
