"""What a job is told that takes frames with the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.capture import Capture
from plateworks.settings.site import Site

Target = Literal["bias", "flats", "flatdarks", "darks", "lights", "missing"]


@dataclass(frozen=True, kw_only=True)
class CaptureOrder:
    """The frames of one capture target in one night.

    Attributes
    ----------
    target : str
        bias, flats, flatdarks, darks, lights, or missing: what the plan lacks.
    night : str
        The session that the frames belong to, like 20250815.
    capture : Capture
        The devices, how the camera is set, and the series of each target.
    site : Site
        Where the camera stands, for the headers.
    """

    target: Target
    night: str
    capture: Capture
    site: Site
