"""What folders and names say plainly of the exposure of darks whose headers say nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from plateworks.inventory.toldpaths import with_told
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS

#: Unit of a time -> how many seconds it has.
_UNITS = {
    unit: seconds
    for seconds, units in {
        1.0: "s sec secs second seconds sek",
        1e-3: "ms msec",
        1e-6: "us usec µs μs",
        60.0: "min mins minute minutes",
    }.items()
    for unit in units.split()
}
#: A number with its unit; a point may be written ``p``, as in names of ours: ``0p5s``.
_TIME = re.compile(
    rf"(?<![\d.,])(?<!\dp)(\d+(?:[.,p]\d+)?) ?({'|'.join(_UNITS)})(?![a-z\d])", re.IGNORECASE
)
_POINT = str.maketrans(",pP", "...")


def with_exposures_of_paths(
    frames: Iterable[Frame], folders: Iterable[str]
) -> tuple[list[Frame], dict[str, float]]:
    """Give darks of unknown exposure the one that their path says; see :func:`with_told`."""
    return with_told(
        frames,
        folders,
        "exposure",
        lacks=_is_dark_without,
        says=exposure_of_path,
        in_words=lambda seconds: f"{seconds:g} s",
    )


def _is_dark_without(frame: Frame) -> bool:
    return frame.exposure is None and frame.kind is not None and KINDS[frame.kind].thermal


def exposure_of_path(relative: str) -> tuple[float, str] | None:
    """Return the exposure that a path says, in seconds, and the part that says it.

    The name of the file comes first, then the innermost folder: ``exp_5.000s``, ``dark_60s``,
    ``300ms``.  A part that says two says none.
    """
    *outer, name = relative.split(os.sep)
    for part in (os.path.splitext(name)[0], *reversed(outer)):
        times = {
            float(number.translate(_POINT)) * _UNITS[unit.lower()]
            for number, unit in _TIME.findall(part)
        }
        if len(times) > 1:
            return None
        if times:
            return round(times.pop(), 9), part
    return None
