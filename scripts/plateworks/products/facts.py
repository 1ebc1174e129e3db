"""What is known of the camera that took a light: gain, read noise, saturation, colours."""

from __future__ import annotations

import logging
from typing import NamedTuple

from plateworks.metadata.frame import Frame
from plateworks.orders.lights import LightSettings
from plateworks.products.reading import Reading

_log = logging.getLogger(__name__)

#: Electrons per ADU and read noise in electrons where nothing tells them (values of ASTEP).
_EGAIN, _READ_NOISE = 2.0, 9.0


class CameraFacts(NamedTuple):
    """Electrons per ADU, electrons, ADU of the raw frame (None if unknown), and a mosaic or not."""

    egain: float
    read_noise: float
    saturation: float | None
    cfa: bool


def camera_facts(frame: Frame, reading: Reading, settings: LightSettings) -> CameraFacts:
    """Gather the facts from the header and the configuration.

    Parameters
    ----------
    frame : Frame
    reading : Reading
        How the pixels came out of the file.
    settings : LightSettings
    """
    egain = frame.egain or settings.egain or (frame.gain if settings.gain_is_egain else None)
    if egain is None and (settings.units == "electron" or settings.cosmics is not None):
        _log.warning(
            "%s: no EGAIN in the header and no calibrate.egain in the configuration; %g electrons "
            "per ADU is a guess",
            frame.path,
            _EGAIN,
        )
    saturation = saturation_of(frame, reading, settings.saturation)
    read_noise = frame.read_noise or settings.read_noise or _READ_NOISE
    return CameraFacts(egain or _EGAIN, read_noise, saturation, frame.bayer is not None)


def saturation_of(frame: Frame, reading: Reading, word: float | None) -> float | None:
    """Return the level from which a pixel counts as saturated, ADU; None if nothing tells it.

    Parameters
    ----------
    frame : Frame
        Its header is believed where nobody says otherwise.
    reading : Reading
        How the pixels came out of the file: the end of an integer type counts where nothing else is
        known.
    word : float or None
        What the user says.
    """
    level = word or frame.saturation
    if level is None:
        return reading.full
    if reading.scale != 1.0 and level <= 1.0:
        level *= reading.scale
    return level + reading.pedestal
