"""What masters add to a frame, in the noise of one frame: by their frames, factors and levels.

A plan predicts it to choose by, from what a master will be; the job that takes the masters tells it
in the header of the product, from what they are.  The constants are judgement.  Each is chosen by
what it decides, as is said of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import TypeVar

_Master = TypeVar("_Master", bound=Hashable)

#: By level: exact, good, acceptable, last resort.  1/√N of these says which exact master is worth
#: one of the level that has no noise at all: of 25 frames, of 2, of none.  So few exact frames give
#: way to many good ones, three that make a master never to what is merely acceptable, and nothing
#: to a last resort.
DOUBT = (0.0, 0.2, 0.7, 3.0)
#: Of a dark that is scaled, times what K is from 1.  Down: by half it is what is acceptable, and
#: bias alone is a dark that is scaled by 0, twice that.  Up it brings its own faults up: by 2 it
#: is a last resort, and from 1.47 on bias alone goes before it.
DOUBT_OF_SHRINKING = 1.4
DOUBT_OF_GROWTH = 3.0
#: Of a master that does not tell how many frames it holds: more than the few of a beginner, fewer
#: than the dozens of a library that tells.
UNTOLD_FRAMES = 10


def noise(
    frames: Callable[[_Master], float | None],
    master: _Master,
    k: float = 1.0,
    bias: _Master | None = None,
    own_bias: _Master | None = None,
) -> float:
    """Return the noise of all masters together, in that of one frame.

    A master of N frames brings 1/√N of the noise of one, times the factor it is taken with: K for a
    dark that is scaled, and for the bias that is taken out of it; 1 for the frame's own bias, and
    for a flat; abs(1 - K) where both biases are one.

    Parameters
    ----------
    frames : function
        Returns how many frames a master holds, infinite of a constant level; None: it does not
        tell.
    master : hashable
    k : float
        Factor on it.
    bias, own_bias : hashable or None
        The bias that is taken from the frame beside it, and the one that is taken out of it.
    """
    if bias is None and own_bias is None:
        return k / math.sqrt(frames(master) or UNTOLD_FRAMES)
    factors = {master: k}
    if bias is not None:
        factors[bias] = factors.get(bias, 0.0) + 1.0
    if own_bias is not None:
        factors[own_bias] = factors.get(own_bias, 0.0) - k
    return math.hypot(*(f / math.sqrt(frames(one) or UNTOLD_FRAMES) for one, f in factors.items()))


def doubt(level: int, k: float = 1.0, apart: float = 0.0) -> float:
    """Return what nobody can predict of a master that does not quite fit, in the noise of a frame.

    Parameters
    ----------
    level : int
        That of the match.
    k : float
        Factor on a dark; 0 of bias alone in its place.
    apart : float
        By what part of the frame's exposure a dark is longer or shorter that is not scaled.
    """
    scaling = max(DOUBT_OF_SHRINKING * (1.0 - k), DOUBT_OF_GROWTH * (k - 1.0))
    return max(DOUBT[level] * (1.0 + apart), scaling)
