"""Frames of a set whose levels lie apart from the others'."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

#: Groups are apart if the gap between them is so many times the scatter inside of them ...
_CERTAIN = 4.0
#: ... and more where few frames tell the scatter, about as Student's t grows.
_FEW_FRAMES = 30.0
#: Two frames alone cannot tell which of them is right: only so much more parts them.
_TWO = 10.0

_Groups = list[list[int]]


def find_other_levels(
    levels: Sequence[float], noise: float, limit: float, faults: list[list[str]]
) -> str:
    """Name the frames whose level lies apart from most; say so where they are no fewer than half.

    Levels lie apart where there is a gap between them that is wide beside the noise of a pixel, and
    beside the scatter on either side of it: levels that drift with the temperature of the sensor or
    of its electronics, or jump from frame to frame, leave none.

    Parameters
    ----------
    levels : sequence of N float
        ADU.
    noise : float
        Of a pixel of one frame, ADU.
    limit : float
        A gap is wide from so many times the noise.
    faults : list of N lists
        Where something is in one already, that frame does not count; the clause about the level of
        a frame is added here.

    Returns
    -------
    str
        Why the set makes no master, as a clause; empty if it does.
    """
    there = sorted((i for i, bad in enumerate(faults) if not bad), key=lambda i: levels[i])
    if len(there) < 2 or not np.isfinite(noise):
        return ""
    groups = _grouped(there, levels, limit * noise)
    if len(groups) == 1:
        return ""
    main = max(groups, key=len)
    if 2 * len(main) <= len(there):
        parts = ", ".join(
            f"{len(group)} at {np.median([levels[i] for i in group]):.6g} ADU" for group in groups
        )
        return f"its frames fall into several groups of levels ({parts}), and none is most of them"
    middle = float(np.median([levels[i] for i in main]))
    for group in groups:
        for index in group if group is not main else ():
            faults[index].append(
                f"its level is {levels[index]:.6g} ADU, that of most is {middle:.6g}"
            )
    return ""


def _grouped(there: Sequence[int], levels: Sequence[float], wide: float) -> _Groups:
    """Part frames, sorted by level, at wide gaps; join those that are not apart for certain."""
    if len(there) == 2:
        wide *= _TWO
    groups: _Groups = [[there[0]]]
    for before, after in pairwise(there):
        if levels[after] - levels[before] > wide:
            groups.append([])
        groups[-1].append(after)
    while len(groups) > 1 and len(there) > 2:
        gaps = [levels[after[0]] - levels[before[-1]] for before, after in pairwise(groups)]
        narrowest = int(np.argmin(gaps))
        if gaps[narrowest] > _least_gap(groups, levels):
            break
        groups[narrowest : narrowest + 2] = [groups[narrowest] + groups[narrowest + 1]]
    return groups


def _least_gap(groups: _Groups, levels: Sequence[float]) -> float:
    """Return the gap that is certain beside the scatter inside of the groups, ADU."""
    freedom = sum(map(len, groups)) - len(groups)
    if not freedom:
        return float("inf")
    squares = sum(float(np.var([levels[i] for i in group])) * len(group) for group in groups)
    return (_CERTAIN + _FEW_FRAMES / freedom**1.5) * (squares / freedom) ** 0.5
