"""What is known of the camera that took a light: gain, read noise, saturation, colours."""

from __future__ import annotations

import logging
from typing import NamedTuple

import numpy as np

from plateworks.metadata.frame import Frame
from plateworks.orders.lights import LightSettings

_log = logging.getLogger(__name__)

#: Electrons per ADU and read noise in electrons where nothing tells them (values of ASTEP).
_EGAIN, _READ_NOISE = 2.0, 9.0


class CameraFacts(NamedTuple):
    """Electrons per ADU, electrons, ADU of the raw frame (None if unknown), and a mosaic or not."""

    egain: float
    read_noise: float
    saturation: float | None
    cfa: bool


def camera_facts(frame: Frame, dtype: np.dtype, settings: LightSettings) -> CameraFacts:
    """Gather the facts from the header and the configuration.

    Parameters
    ----------
    frame : Frame
    dtype : numpy.dtype
        Type of the raw pixels; the end of an integer type counts as saturation if nothing else is
        known.
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
    saturation = settings.saturation or frame.saturation
    if saturation is None and dtype.kind in "iu":
        saturation = float(np.iinfo(dtype).max)
    read_noise = frame.read_noise or settings.read_noise or _READ_NOISE
    return CameraFacts(egain or _EGAIN, read_noise, saturation, frame.bayer is not None)
