"""Colours recognised in the pixels of a flat: the mosaic of a Bayer sensor whose header is silent.

In a flat the two greens, which lie on a diagonal of each 2x2 pixels, are nearly as bright as each
other, and red or blue are not.  Amplifiers that alternate by column or by row leave no diagonal
even; where they alternate both ways, one may be, but then the others lie as far above it as below,
and never far.  Which of the others is red and which blue a flat cannot tell, as its lamp may have
any colour.
"""

from __future__ import annotations

import numpy as np

from plateworks.bayer import PATTERNS
from plateworks.pixels.arrays import Reals
from plateworks.pixels.cfa import MOSAIC
from plateworks.pixels.skylevel import noise_of
from plateworks.pixels.statistics import median

#: Greens differ by less than this part of their level, or of what red and blue differ from them:
#: in a narrow band they get their light from their neighbours, each from others.
_GREENS, _LEAKAGE = 0.02, 0.1
#: Red or blue differ from green by more than this part of it.
_COLOURS = 0.12
#: Amplifiers that alternate both ways differ by less.
_AMPLIFIERS = 0.3
#: A difference counts from so many times its error.
_SURE = 5.0


def patterns_seen(sample: Reals) -> tuple[str, ...]:
    """Return the patterns of colours through which a flat may have been taken.

    Parameters
    ----------
    sample : (R, W) array
        Pixels of a flat, ADU above zero: whole 2x2 cells side by side, such as
        :func:`plateworks.pixels.framemeasure.sample_of` names.

    Returns
    -------
    tuple of str
        Two that differ in red and blue, all four where red and blue are as even as the greens; none
        where it shows no mosaic.
    """
    if min(sample.shape) < 2:
        return ()
    levels = np.array([median(sample[where]) for where in MOSAIC.positions(sample.shape)])
    levels = levels.reshape(MOSAIC.levels)
    error = 1.25 * noise_of(sample) / (sample.size / 4) ** 0.5
    if not levels.min() > _SURE * error:  # a colour without light has no level: better as a whole
        return ()
    down, up = (levels[0, 0], levels[1, 1]), (levels[0, 1], levels[1, 0])
    return (PATTERNS[False] if _are_colours(up, down, error) else ()) + (
        PATTERNS[True] if _are_colours(down, up, error) else ()
    )


def _are_colours(greens: tuple[float, float], others: tuple[float, float], error: float) -> bool:
    green, apart = sum(greens) / 2, abs(greens[0] - greens[1])
    differences = [other - green for other in others]
    widest = max(map(abs, differences))
    if apart > max(_GREENS * green, _LEAKAGE * widest, _SURE * error):
        return False
    alternate = abs(sum(differences)) < 0.2 * widest  # one as far above green as the other below
    return widest > max((_AMPLIFIERS if alternate else _COLOURS) * abs(green), _SURE * error)
