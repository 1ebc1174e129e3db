"""What bias and dark current change in a frame, predicted: in a flat as a part of the flat.

The level of a flat is in no header, nor is the dark current of its sensor, and planning reads no
pixel.  So both are taken for worse than nearly all are: a dim flat, and a sensor that leaks.  What
is found little here is less in the frames at hand.
"""

from __future__ import annotations

import math

from plateworks.matching.candidates import Candidate, Need

#: Electrons of a dim flat: a fifth to a third of what an ordinary pixel holds.  Flats of half the
#: range, which all guides ask for, have two to five times as many.
FLAT_ELECTRONS = 10_000.0
#: Electrons a second at 20 degrees C, as old CCDs have (KAF-8300: 0.03 at -15).  CMOS sensors of
#: today have a tenth.
DARK_ELECTRONS_PER_S = 2.0
ROOM_DEGC = 20.0
#: Dark current doubles in so many degrees: in silicon 5.5 to 7 hereabouts.
DOUBLING_DEGC = 6.0
#: Electrons that a bias moves with each degree: less than 5 in the 12 degrees of a summer's nights.
BIAS_ELECTRONS_PER_DEGC = 0.4
#: An ordinary read noise: a bias that has moved by less shows in no pixel.
READ_NOISE_ELECTRONS = 5.0
#: A part of a flat that nobody finds again: twenty such flats have more noise (0.2 %).
NEGLIGIBLE = 1e-3
#: A part that still does no harm: of a flat of half the range, from a sensor of today, it is a
#: fiftieth to a twentieth of this.
TOLERABLE = 5e-3


def dark_current(need: Need) -> float | None:
    """Return what part of a flat its own dark current is; None where that cannot be told."""
    return None if need.exposure is None else dark_current_of(need, need.exposure)


def dark_current_of(need: Need, seconds: float) -> float | None:
    """Return what part of a flat the dark current of some seconds is at its temperature."""
    if need.temperature is None:
        return None
    return seconds * _leak(need.temperature) / FLAT_ELECTRONS


def moves_little(degrees: float) -> bool:
    """Whether a bias moves by less than can be seen in a frame that is so much warmer or colder."""
    return BIAS_ELECTRONS_PER_DEGC * degrees <= READ_NOISE_ELECTRONS


def change_by_warmth(need: Need, master: Candidate) -> float | None:
    """Return what part of a flat changes if a bias or dark of another temperature serves it.

    The bias moves, and with a dark there is more dark current, or less, than in the flat.

    Parameters
    ----------
    need : Need
        Of a flat.
    master : Candidate

    Returns
    -------
    float or None
        None where a temperature is not known, or of a dark the exposure of the flat.
    """
    ours, theirs = need.temperature, master.temperature
    if ours is None or theirs is None:
        return None
    electrons = BIAS_ELECTRONS_PER_DEGC * abs(ours - theirs)
    if master.kind != "bias":
        if need.exposure is None:
            return None
        electrons += need.exposure * abs(_leak(ours) - _leak(theirs))
    return electrons / FLAT_ELECTRONS


def growth(degrees: float) -> float:
    """Return the factor on dark current of a sensor that is so much warmer."""
    return math.pow(2.0, degrees / DOUBLING_DEGC)


def _leak(temperature: float) -> float:
    """Return electrons a second at a temperature."""
    return DARK_ELECTRONS_PER_S * growth(temperature - ROOM_DEGC)
