"""Batches: which lights share a job.

A batch is a stretch of time of one set of lights, long enough for about ``frames_per_job``
exposures.  Whether a light is in a batch depends on that light alone, so one that arrives late
joins its batch and leaves the others as they are.  Lights that were made stay in their batch
(:mod:`plateworks.planning.shared`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping

from plateworks.inventory.filters import filter_token
from plateworks.inventory.sessions import session_start
from plateworks.inventory.tokens import exposure_token
from plateworks.planning.lights import PlannedLight

#: The batch of all lights that each have a job of their own.
ALONE = "frame"

#: Seconds between two exposures that a batch reckons with: readout and download.
_GAP_S = 2.0


def batch_lights(
    lights: Iterable[PlannedLight], frames_per_job: int, shared: Mapping[str, str]
) -> dict[str, list[PlannedLight]]:
    """Divide `lights` into batches.

    Parameters
    ----------
    lights : iterable of PlannedLight
    frames_per_job : int
    shared : mapping
        The batches of lights that were made, by the paths of calibrated frames.

    Returns
    -------
    dict
        Name of the batch, usable in rule and file names, to its lights.
    """
    batches: dict[str, list[PlannedLight]] = {}
    for light in lights:
        name = shared.get(light.calibrated, "")
        if not _fits(light, name):
            name = batch_name(light, frames_per_job)
        batches.setdefault(name, []).append(light)
    return batches


def batch_name(light: PlannedLight, frames_per_job: int) -> str:
    """Return the batch of one light, for instance ``20250815_l_60s_64x0042_3f9a``."""
    if frames_per_job == 1:
        return ALONE
    key = light.source.key
    words = (key.own_session, filter_token(key.filter), exposure_token(key.exposure))
    plain = "_".join(words).replace(".", "p").replace("-", "_").replace("+", "_")
    return f"{plain}_{_slot(light, frames_per_job)}_{light.source.digest}"


def _fits(light: PlannedLight, name: str) -> bool:
    """Whether a light may be in a batch: all lights of a batch are of one set."""
    return name == ALONE or name.endswith(f"_{light.source.digest}")


def _slot(light: PlannedLight, frames_per_job: int) -> str:
    frame = light.frame
    if frame.mjd is None:
        # Without a time, a digest of the name divides the frames of a set into 64 parts.
        digest = hashlib.sha256(os.path.basename(os.fsencode(frame.path))).digest()
        return f"u{digest[0] % 64:02d}"
    length = frames_per_job * ((frame.exposure or 0.0) + _GAP_S)
    since = (frame.mjd - session_start(light.session) + 1.0) * 86_400.0
    return f"{frames_per_job}x{int(since // length):04d}"
