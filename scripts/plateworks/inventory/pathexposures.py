"""What folders and names say plainly of the exposure of darks whose headers say nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace

from plateworks.inventory.pathkinds import told_part
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS

#: Unit of a time -> how many seconds it has.
_UNITS = {"s": 1.0, "sec": 1.0, "secs": 1.0, "ms": 1e-3, "min": 60.0}
_TIME = re.compile(rf"(?<![\d.,])(\d+(?:[.,]\d+)?) ?({'|'.join(_UNITS)})(?![a-z\d])", re.IGNORECASE)


def with_exposures_of_paths(
    frames: Iterable[Frame], folders: Iterable[str]
) -> tuple[list[Frame], dict[str, float]]:
    """Give darks of unknown exposure the one that their path says, with a note.

    Parameters
    ----------
    frames : iterable of Frame
    folders : iterable of str
        The raw folders: only their own names, and what lies below them, count.

    Returns
    -------
    frames : list of Frame
        In the same order.
    inferred : dict
        Path of a frame to the exposure that was taken from it, seconds.
    """
    folders = list(folders)
    told, inferred = [], {}
    for frame in frames:
        if frame.exposure is None and frame.kind is not None and KINDS[frame.kind].thermal:
            found = exposure_of_path(told_part(frame.path, folders))
            if found is not None:
                seconds, part = found
                note = (
                    f"the header does not say the exposure; {part!r} in its path says {seconds:g} s"
                )
                inferred[frame.path] = seconds
                frame = replace(frame, exposure=seconds, notes=(*frame.notes, note))
        told.append(frame)
    return told, inferred


def exposure_of_path(relative: str) -> tuple[float, str] | None:
    """Return the exposure that a path says, in seconds, and the part that says it.

    The name of the file comes first, then the innermost folder: ``exp_5.000s``, ``dark_60s``,
    ``300ms``.  A part that says two says none.
    """
    *outer, name = relative.split(os.sep)
    for part in (os.path.splitext(name)[0], *reversed(outer)):
        times = {
            float(number.replace(",", ".")) * _UNITS[unit.lower()]
            for number, unit in _TIME.findall(part)
        }
        if len(times) > 1:
            return None
        if times:
            return round(times.pop(), 6), part
    return None
