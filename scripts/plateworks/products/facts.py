"""What is known of the camera that took a light: gain, read noise, saturation, colours."""

from __future__ import annotations

import logging
from typing import NamedTuple

from plateworks.errors import PlateworksError
from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import egain_of, why_no_electrons
from plateworks.orders.lights import LightSettings
from plateworks.pixels.arrays import Reals
from plateworks.products.reckoning import Reading
from plateworks.products.saturation import Saturation, saturation_of

_log = logging.getLogger(__name__)

#: Electrons per ADU and read noise in electrons where nothing tells them and L.A.Cosmic needs some
#: (values of ASTEP).
_EGAIN, _READ_NOISE = 2.0, 9.0


class CameraFacts(NamedTuple):
    """What is known of a camera.

    Attributes
    ----------
    egain : float
        Electrons per ADU.
    read_noise : float
        Electrons.
    saturation : Saturation or None
    cfa : bool
        Whether it is a mosaic.
    guessed : frozenset of str
        Which of the first two nothing tells.
    bayer : str or None
        The colours of the first 2x2 pixels; None where the header does not name them.
    """

    egain: float
    read_noise: float
    saturation: Saturation | None
    cfa: bool
    guessed: frozenset[str] = frozenset()
    bayer: str | None = None


def camera_facts(
    frame: Frame, reading: Reading, settings: LightSettings, pixels: Reals
) -> CameraFacts:
    """Gather the facts: what the user says counts first, then the header, then the pixels.

    Parameters
    ----------
    frame : Frame
    reading : Reading
        How the pixels came out of the file.
    settings : LightSettings
    pixels : (H, W) array
        As they were read.

    Raises
    ------
    PlateworksError
        If electrons are asked for, and nothing says how many an ADU is.
    """
    egain, why = egain_of(frame, settings), why_no_electrons(frame, settings)
    if why:
        raise PlateworksError(f"{frame.path}: {why}.")
    if egain is None and settings.cosmics is not None:
        _log.warning(
            "%s: no EGAIN in the header and no calibrate.egain in the configuration; %g electrons "
            "per ADU is a guess",
            frame.path,
            _EGAIN,
        )
    read_noise = settings.read_noise or frame.read_noise
    known = {"egain": egain, "read_noise": read_noise}
    return CameraFacts(
        egain=egain or _EGAIN,
        read_noise=read_noise or _READ_NOISE,
        saturation=saturation_of(frame, reading, settings.saturation, pixels),
        cfa=frame.bayer is not None,
        guessed=frozenset(name for name, value in known.items() if value is None),
        bayer=frame.bayer,
    )
