"""What a choice costs a frame, predicted from headers alone, in the noise of one frame.

That is the read noise for bias and darks, and for a flat the noise of the light in one flat.  Four
things are added in quadrature:

* *noise*: a master of N frames brings 1/√N of the noise of one, times the factor it is taken with:
  K for a dark that is scaled, and for the bias that is taken out of it; 1 for the frame's own bias,
  and for a flat; |1 - K| where both biases are one;
* *doubt*: what nobody can predict of a master that does not quite fit, by its level, and by K;
* *warmth and age*: a little for each degree beyond the tolerance, and for each night between;
* *dark current* that is left in the frame, where ``matching.dark_current`` tells how much a second.

The constants are judgement.  Each is chosen by what it decides, as is said of it.
"""

from __future__ import annotations

import math

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.comparison import distance
from plateworks.matching.flateffect import growth
from plateworks.matching.match import Match
from plateworks.settings.matching import Matching

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
#: For each degree beyond the tolerance: three degrees, the farthest that is good, count half as
#: much again as being good does, so that of two good ones the nearer in temperature serves.
OF_A_DEGREE = 0.1
#: After as many nights as a master is fresh: half of what it costs to be no longer fresh.  Twenty
#: frames make up for it against fifteen, not against eighteen.
OF_AGE = 0.1
#: Of a master that does not tell how many frames it holds: more than the few of a beginner, fewer
#: than the dozens of a library that tells.
UNTOLD_FRAMES = 10


def cost_of(need: Need, match: Match, slot: str, options: Matching) -> float:
    """Return what a match costs a frame.

    Parameters
    ----------
    need : Need
    match : Match
        Judged: with its level, K and biases.
    slot : str
        A key of :data:`plateworks.matching.matcher.SLOTS`.
    options : Matching

    Returns
    -------
    float
        In read noises of one frame; of a flat in noises of one flat.
    """
    age = OF_AGE * _age(need, match.master, options)
    if slot == "flat":
        return math.hypot(noise_of(match), DOUBT[match.level], age)
    return math.hypot(
        noise_of(match),
        _doubt(need, match, slot),
        OF_A_DEGREE * _degrees(need, match.master, options),
        age,
        _left(need, match, options.dark_current or 0.0),
    )


def noise_of(match: Match) -> float:
    """Return the noise of all masters of a match together, by their factors and frames."""
    if match.bias is None and match.dark_bias is None:
        return match.k / math.sqrt(_frames(match.master))
    factors = {match.master: match.k}
    if match.bias is not None:
        factors[match.bias] = factors.get(match.bias, 0.0) + 1.0
    if match.dark_bias is not None:
        factors[match.dark_bias] = factors.get(match.dark_bias, 0.0) - match.k
    return math.hypot(*(k / math.sqrt(_frames(master)) for master, k in factors.items()))


def _frames(master: Candidate) -> float:
    return math.inf if master.constant else float(master.frames or UNTOLD_FRAMES)


def _doubt(need: Need, match: Match, slot: str) -> float:
    """Return the doubt of a level, or of K if that is more; more of another exposure unscaled."""
    doubt, master = DOUBT[match.level], match.master
    if match.unscaled and need.exposure and master.exposure is not None:
        return doubt * (1.0 + abs(need.exposure - master.exposure) / need.exposure)
    k = 0.0 if master.kind == "bias" and slot != "bias" else match.k
    return max(doubt, DOUBT_OF_SHRINKING * (1.0 - k), DOUBT_OF_GROWTH * (k - 1.0))


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
