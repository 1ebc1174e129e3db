"""What PixInsight's image of a master says of its making, in its HISTORY.

ImageIntegration writes how many images it took; what befell single frames before, the script that
ran it adds (masterscript.js), by their places in the set: names might not arrive unchanged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from plateworks.metadata.xisf import read_keywords

#: How the lines of our own script begin.
OURS = "Plateworks."

_COUNT = re.compile(r"ImageIntegration\.numberOfImages:\s*(\d+)")
_LEFT_OUT = re.compile(rf"{re.escape(OURS)}notCalibrated: (\d+)")
_SCALE = re.compile(rf"{re.escape(OURS)}darkScale: (\d+) ([-+.\deE]+)")


@dataclass(frozen=True, kw_only=True)
class Integrated:
    """What is known of the integration of one set.

    Attributes
    ----------
    count : int or None
        How many frames were integrated; None: it is not known.
    left_out : frozenset of int
        The places in the set of frames that PixInsight could not calibrate.
    dark_scales : mapping
        Place of a frame to the factor on its dark, where PixInsight tells it.
    """

    count: int | None
    left_out: frozenset[int]
    dark_scales: Mapping[int, float]


def integrated_by(path: str | os.PathLike[str]) -> Integrated:
    """Return what an image of PixInsight tells.

    Raises
    ------
    FrameError
        If its header cannot be read.
    """
    history = "\n".join(str(text) for name, text, _ in read_keywords(path) if name == "HISTORY")
    counts = _COUNT.findall(history)
    return Integrated(
        count=int(counts[-1]) if counts else None,
        left_out=frozenset(map(int, _LEFT_OUT.findall(history))),
        dark_scales={int(place): float(k) for place, k in _SCALE.findall(history)},
    )
