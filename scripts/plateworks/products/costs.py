"""What a light pays for its masters, for its header: predicted as the plan does that chose them.

It is told of what the masters say of themselves, and of the levels that the job is told anyway.  A
number that is predicted alone makes no light again: not one more frame in the set of a frozen
master, and no setting that only weighs masters, such as ``matching.dark_current``.
"""

from __future__ import annotations

import math

from plateworks.mastercost import doubt, noise
from plateworks.metadata.frame import Frame
from plateworks.orders.lights import LightOrder, MatchQuality
from plateworks.products.inputs import Inputs


def cost_of_dark(frame: Frame, order: LightOrder, inputs: Inputs) -> float | None:
    """Return what dark and bias add to a light, in read noises of one frame; None without any.

    Parameters
    ----------
    frame : Frame
        The light.
    order : LightOrder
    inputs : Inputs
        Knows the masters.
    """
    taken, match = order.frame.subtraction, order.match
    dark = taken.dark
    if match is None:
        return None
    if dark is None:
        return None if taken.bias is None else _cost(match, noise(inputs.frames, taken.bias), k=0.0)
    apart, exposure = 0.0, inputs.facts(dark.path).exposure
    if dark.k == 1.0 and frame.exposure and exposure is not None:
        apart = abs(frame.exposure - exposure) / frame.exposure
    added = noise(inputs.frames, dark.path, dark.k, taken.bias, dark.bias)
    return _cost(match, added, dark.k, apart)


def cost_of_flat(order: LightOrder, inputs: Inputs) -> float | None:
    """Return what a flat adds to a light, in noises of one flat; None without any."""
    flat = order.flat
    return None if flat is None else _cost(flat.match, noise(inputs.frames, flat.path))


def _cost(match: MatchQuality, added: float, k: float = 1.0, apart: float = 0.0) -> float:
    level = match.level if match.match_level is None else match.match_level
    return round(math.hypot(added, doubt(level, k, apart)), 3)
