"""What is known of the camera that took a light: gain, read noise, saturation, colours."""

from __future__ import annotations

import logging
from typing import NamedTuple

from plateworks.errors import FrameError
from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import By, Known, egain_of, first_known, why_no_electrons
from plateworks.orders.lights import LightSettings
from plateworks.pixels.arrays import Reals
from plateworks.pixels.cfa import Cell
from plateworks.pixels.variance import Region
from plateworks.products.cells import cell_of
from plateworks.products.measured import MeasuredCamera
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
    cell : Cell
        How the colours lie.
    egain_by, read_noise_by : str or None
        How the first two are known; None: nothing tells them, and they are guessed.
    bayer : str or None
        The colours of the first 2x2 pixels; None where the header does not name them.
    regions : tuple of Region
        The read noise of each of several amplifiers.
    """

    egain: float
    read_noise: float
    saturation: Saturation | None
    cell: Cell
    egain_by: By | None = None
    read_noise_by: By | None = None
    bayer: str | None = None
    regions: tuple[Region, ...] = ()


def camera_facts(
    frame: Frame,
    reading: Reading,
    settings: LightSettings,
    pixels: Reals,
    measured: MeasuredCamera,
    egain_by_path: float | None = None,
) -> CameraFacts:
    """Gather the facts: by the user, else as masters measured, the header or a profile says.

    Parameters
    ----------
    frame : Frame
    reading : Reading
        How the pixels came out of the file.
    settings : LightSettings
    pixels : (H, W) array
        As they were read.
    measured : MeasuredCamera
        What the masters of the frame tell: its bias the noise of a frame, its flat the others.
    egain_by_path : float or None
        Electrons per ADU, as a path rule says.

    Raises
    ------
    FrameError
        If electrons are asked for, and nothing says how many an ADU is.
    """
    by_flats = None if measured.gain is None else measured.gain.value
    why = why_no_electrons(frame, settings, measured=by_flats is not None)
    if why:
        raise FrameError(frame.path, why)
    egain = egain_of(frame, settings, by_flats, egain_by_path)
    if egain is None and settings.cosmics is not None:
        _log.warning(
            "%s: no EGAIN in the header, no calibrate.egain in the configuration, and no flats "
            "that tell it; %g electrons per ADU is a guess",
            frame.path,
            _EGAIN,
        )
    read_noise = first_known(
        settings.read_noise,
        _electrons(measured, egain),
        frame.by_header("read_noise"),
        frame.by_its_profile("read_noise"),
    )
    return CameraFacts(
        egain=_EGAIN if egain is None else egain.value,
        read_noise=_READ_NOISE if read_noise is None else read_noise.value,
        saturation=saturation_of(frame, reading, settings.saturation, pixels),
        cell=cell_of(frame),
        egain_by=None if egain is None else egain.by,
        read_noise_by=None if read_noise is None else read_noise.by,
        bayer=frame.bayer,
    )


def _electrons(measured: MeasuredCamera, egain: Known | None) -> float | None:
    """Return the read noise that was measured, in electrons."""
    if measured.frame_noise is not None and egain is not None:
        return float(f"{measured.frame_noise.value * egain.value:.5g}")
    return None if measured.read_noise is None else measured.read_noise.value
