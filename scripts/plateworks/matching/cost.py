"""What a choice costs a frame, predicted from headers alone, in read noises of one frame.

Four things are added in quadrature:

* *noise*: a master of N frames brings 1/√N of the noise of one, times the factor it is taken with:
  K for a dark that is scaled, and for the bias that is taken out of it; 1 for the frame's own bias;
  |1 - K| where both are one;
* *doubt*: what a level says, since nobody can predict what a frame loses by a master that does not
  quite fit: :data:`DOUBT`.  A dark that is scaled up brings its own faults up with it, and one that
  is not scaled leaves the more, the farther its exposure is away;
* *warmth and age*: a little for each degree beyond the tolerance, and for each night between;
* *dark current* that is left in the frame, where ``matching.dark_current`` tells how much a second.

A flat is bright, so that all but the noise counts less in it.
"""

from __future__ import annotations

import math

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.comparison import distance
from plateworks.matching.match import Match
from plateworks.settings.matching import Matching

#: By level: exact, good, acceptable, last resort.
DOUBT = (0.0, 0.2, 0.7, 3.0)
#: More of a dark that is scaled up, times what K is beyond 1.
DOUBT_OF_GROWTH = 1.5
#: For each degree beyond the tolerance.
OF_A_DEGREE = 0.1
#: After as many nights as a master is fresh.
OF_AGE = 0.1
#: How much all but the noise counts in a flat.
IN_A_FLAT = 0.8
#: Of a master that does not tell how many frames it holds.
UNTOLD_FRAMES = 10
#: Dark current doubles in so many degrees.
DOUBLING_DEGC = 6.0


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
    noise = noise_of(match)
    if slot == "flat":
        return noise
    more = math.hypot(
        _doubt(need, match),
        OF_A_DEGREE * _degrees(need, match.master, options),
        OF_AGE * _age(need, match.master, options),
        _left(need, match, options.dark_current or 0.0),
    )
    return math.hypot(noise, IN_A_FLAT * more if slot == "darkflat" else more)


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


def _doubt(need: Need, match: Match) -> float:
    doubt, master = DOUBT[match.level], match.master
    if match.k > 1.0:
        return doubt + DOUBT_OF_GROWTH * (match.k - 1.0)
    if match.unscaled and need.exposure and master.exposure is not None:
        return doubt * (1.0 + abs(need.exposure - master.exposure) / need.exposure)
    return doubt


def _degrees(need: Need, master: Candidate, options: Matching) -> float:
    ours, theirs = need.temperature, master.temperature
    if ours is None or theirs is None or master.constant:
        return 0.0
    apart = distance(ours, theirs)
    return 0.0 if apart <= options.temperature_tolerance_degC else apart


def _age(need: Need, master: Candidate, options: Matching) -> float:
    """Return the nights between, as a part of those that a master is fresh, 1 at the most.

    What is older than fresh has lost a level.  Where the newest serves, it is 0.
    """
    if options.by_date == "newest" or need.night is None or master.night is None:
        return 0.0
    fresh = max(options.fresh_days.of(master.kind), 1.0)
    return min(abs(master.night - need.night) / fresh, 1.0)


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
    warmer = math.pow(2.0, ((master.temperature - need.temperature) / DOUBLING_DEGC))
    return left + rate * exposure * abs(warmer - 1.0)


def handicap(need: Need, master: Candidate, options: Matching) -> float:
    """Return by how much a cost counts more, so that no choice changes for next to nothing.

    A master of a later night must be better than those that were there, by
    ``matching.change_margin``, and so must one that ``matching.prefer`` puts second.
    """
    preferred = ("new" if master.made else "library") == options.prefer
    return (1.0 + options.change_margin) ** (is_later(need, master, options) + (not preferred))


def is_later(need: Need, master: Candidate, options: Matching) -> bool:
    """Whether a master is of a later night than a frame, where the nearest night serves."""
    if options.by_date == "newest" or need.night is None or master.night is None:
        return False
    return master.night > need.night


def is_quieter(one: Match, other: Match, options: Matching) -> bool:
    """Whether one match brings less noise than another, by more than the margin."""
    return noise_of(one) * (1.0 + options.change_margin) < noise_of(other)
