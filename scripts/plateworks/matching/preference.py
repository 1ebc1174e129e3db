"""Which of two masters that may serve is preferred."""

from __future__ import annotations

import math
from typing import Any

from plateworks.matching.candidates import SLOTS, Candidate, Need
from plateworks.matching.comparison import distance
from plateworks.matching.cost import cost_of, finished
from plateworks.matching.darkrules import rank_exposure
from plateworks.matching.keeping import handicap
from plateworks.matching.match import Match
from plateworks.matching.vouching import uncertified
from plateworks.settings.matching import Matching


def preference(need: Need, slot: str, match: Match, options: Matching) -> tuple[Any, ...]:
    """Return what sorts matches of a slot, the best first.

    What is accepted first, and earlier fall-backs; then the cost, or what a guide says.
    """
    master = match.master
    order: tuple[object, ...]
    if slot != "flat" and options.dark_policy == "scale":
        noise = finished(cost_of(need, match, slot, options), slot)
        noise *= handicap(need, master, options)
        order = match.level > options.accept_level.of(slot), match.tier, noise
    else:
        exposure = (0, 0.0)
        if slot in ("dark", "darkflat"):
            exposure = rank_exposure(need, match, options)
        preferred = "new" if master.made else "library"
        second = uncertified(master, options), preferred != options.prefer
        order = match.level, match.tier, exposure, second
    apart = 0.0
    ours, theirs = need.temperature, master.temperature
    if slot != "flat" and ours is not None and theirs is not None:
        apart = distance(ours, theirs)
        apart = 0.0 if apart <= options.temperature_tolerance_degC else apart
    kind = SLOTS[slot].index(master.kind)
    return (*order, kind, apart, _by_date(need, master, options), master.path)


def _by_date(need: Need, master: Candidate, options: Matching) -> tuple[float, bool, float]:
    """The night's own, then those of the nearest night, the earlier of two; then the newest.

    A night that is added to an archive later therefore changes nothing for those before it that
    have masters of their own.
    """
    newest_first = math.inf if master.mjd is None else -master.mjd
    if options.by_date == "newest" or need.night is None:
        return 0, False, newest_first
    if master.night is None:
        return math.inf, False, newest_first
    later = master.night - need.night
    return abs(later), later > 0, newest_first
