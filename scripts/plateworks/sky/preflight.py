"""What can be said about solving before a run: whether any index fits the fields at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plateworks.metadata.frame import Frame
from plateworks.sky.hints import limits_of, scale_of, widen
from plateworks.sky.indexes import choose, explain_absence, find_indexes


def missing_indexes(frames: Iterable[Frame], options: Mapping[str, Any]) -> list[str]:
    """Say for which fields no index file fits.

    Parameters
    ----------
    frames : iterable of Frame
        The lights that will be solved.
    options : mapping
        The section ``solve`` of the configuration.

    Returns
    -------
    list of str
        A sentence for each size of field without an index; fields of unknown scale are not judged.

    Raises
    ------
    ConfigError
        If a folder of the configuration is not there.
    """
    there = find_indexes(options["index_dirs"])
    said: dict[str, None] = {}
    for frame in {(f.width, f.height, scale_of(f)): f for f in frames}.values():
        if scale_of(frame) is None and there:
            continue
        scales = (options[key] for key in ("scale_low", "scale_high", "field_width_deg"))
        first = widen(frame, limits_of(frame.width, *scales))[0]
        shape = (frame.height, frame.width)
        if not choose(there, shape, first):
            said[explain_absence(there, shape, first)] = None
    return list(said)
