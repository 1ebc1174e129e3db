"""What a choice costs a frame, predicted from headers alone, in the noise of one frame.

That is the read noise for bias and darks, and for a flat the noise of the light in one flat.  Added
in quadrature are:

* *noise* of the masters, and *doubt* of what does not quite fit, by its level and by K
  (:mod:`plateworks.mastercost`), which the header of a product tells too;
* *warmth and age*: a little for each degree beyond the tolerance, and for each night between;
* *dark current* that is left in the frame, where ``matching.dark_current`` tells how much a second:
  by a dark, and by bias alone in its place.

The constants are judgement here too.
"""

from __future__ import annotations

import math

from plateworks.mastercost import doubt, noise
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.comparison import distance
from plateworks.matching.effects import growth
from plateworks.matching.match import LAST_RESORT, Match
from plateworks.settings.matching import Matching

#: For each degree beyond the tolerance: three degrees, the farthest that is good, count half as
#: much again as being good does, so that of two good ones the nearer in temperature serves.
OF_A_DEGREE = 0.1
#: After as many nights as a master is fresh: half of what it costs to be no longer fresh.  Twenty
#: frames make up for it against fifteen, not against eighteen.
OF_AGE = 0.1


def cost_of(need: Need, match: Match, slot: str, options: Matching) -> float:
    """Return what a match costs a frame.

    Parameters
    ----------
    need : Need
    match : Match
        Judged: with its level, K and biases.
    slot : str
        A key of :data:`plateworks.matching.candidates.SLOTS`.
    options : Matching

    Returns
    -------
    float
        In read noises of one frame; of a flat in noises of one flat.
    """
    age = OF_AGE * _age(need, match.master, options)
    if slot == "flat":
        return math.hypot(noise_of(match), doubt(match.level), age)
    return math.hypot(
        noise_of(match),
        _doubt(need, match, slot),
        OF_A_DEGREE * _degrees(need, match.master, options),
        age,
        _left(need, match, options.dark_current or 0.0) if slot != "bias" else 0.0,
    )


def finished(cost: float, slot: str) -> float:
    """Return what a cost makes of the finished frame; choices are compared, and told, by this.

    A bias or dark brings its cost to a frame whose own noise is 1, and this is the noise of both.
    What the flat of a light costs, noise and what it may be wrong by, is all that it brings.

    Parameters
    ----------
    cost : float
        From :func:`cost_of`, or :func:`noise_of`.
    slot : str
    """
    return cost if slot == "flat" else math.hypot(1.0, cost)


def noise_of(match: Match) -> float:
    """Return the noise of all masters of a match together, by their factors and frames."""
    return noise(_frames, match.master, match.k, match.bias, match.dark_bias)


def _frames(master: Candidate) -> float | None:
    return math.inf if master.constant else master.frames


def _doubt(need: Need, match: Match, slot: str) -> float:
    """Return the doubt of a level and of K; more of another exposure that is taken unscaled.

    Such a dark of a flat goes last, though it may change it too little to be a last resort.
    """
    master, level, apart = match.master, match.level, 0.0
    if match.unscaled:
        level = LAST_RESORT if need.bright else level
        if need.exposure and master.exposure is not None:
            apart = abs(need.exposure - master.exposure) / need.exposure
    alone = master.kind == "bias" and slot != "bias"
    return doubt(level, 0.0 if alone else match.k, apart)


def _degrees(need: Need, master: Candidate, options: Matching) -> float:
    ours, theirs = need.temperature, master.temperature
    if ours is None or theirs is None or master.constant:
        return 0.0
    apart = distance(ours, theirs)
    return 0.0 if apart <= options.temperature_tolerance_degC else apart


def _age(need: Need, master: Candidate, options: Matching) -> float:
    """Return the nights between, as a part of those that a master is fresh.

    Of bias and darks 1 at the most: what is older than fresh has lost a level, and changes no more.
    Dust goes on settling, so a flat ages without end.  Where the newest serves, it is 0.
    """
    if options.by_date == "newest" or need.night is None or master.night is None:
        return 0.0
    fresh = max(options.fresh_days.of(master.kind), 1.0)
    age = abs(master.night - need.night) / fresh
    return age if master.kind == "flat" else min(age, 1.0)


def _left(need: Need, match: Match, rate: float) -> float:
    """Return the dark current that is left in a frame, of so much a second."""
    exposure, master = need.exposure, match.master
    if not rate or not exposure or match.optimise:
        return 0.0
    if master.kind == "bias":
        return rate * exposure
    left = 0.0
    if match.unscaled and master.exposure is not None:
        left = rate * abs(exposure - master.exposure)
    if need.temperature is None or master.temperature is None:
        return left
    warmer = growth(master.temperature - need.temperature)
    return left + rate * exposure * abs(warmer - 1.0)
