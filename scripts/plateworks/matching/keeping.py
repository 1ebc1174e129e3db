"""What frames had stays theirs, unless what a later night brings is clearly better.

A plan knows nothing of the plans before it.  What is of a later night than a frame was not there
when the frame was new, so that is what the newcomer is; an archive that grows night by night leaves
its old nights as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.cost import cost_of, finished, noise_of
from plateworks.matching.match import ACCEPTABLE, Match
from plateworks.matching.vouching import uncertified
from plateworks.settings.matching import Matching


def handicap(need: Need, master: Candidate, options: Matching) -> float:
    """Return by how much what a master makes of a frame counts more.

    So no choice changes for next to nothing: a master of a later night must be better than those
    that were there, by ``matching.change_margin``, and so must one that ``matching.prefer`` or
    ``matching.certified`` puts second.
    """
    preferred = ("new" if master.made else "library") == options.prefer
    times = is_later(need, master, options) + (not preferred) + uncertified(master, options)
    return (1.0 - options.change_margin) ** -times


def is_later(need: Need, master: Candidate, options: Matching) -> bool:
    """Whether a master is of a later night than a frame, where the nearest night serves."""
    if options.by_date == "newest" or need.night is None or master.night is None:
        return False
    return master.night > need.night


def old_first(need: Need, slot: str, ranked: Sequence[Match], options: Matching) -> list[Match]:
    """Put what a frame had before a later one that gains less than the margin.

    Flats are compared by their cost, the darks of flats by their noise alone: a flat is bright, and
    the levels of its darks say little.  Nothing goes before what is an earlier fall-back.

    Parameters
    ----------
    need : Need
    slot : str
        ``flat`` or ``darkflat``; all others are ranked by their cost, which holds the margin.
    ranked : sequence of Match
        The best first.
    options : Matching
    """
    concerned = slot == "flat" or (slot == "darkflat" and options.dark_policy == "scale")
    if not concerned or not ranked or not is_later(need, ranked[0].master, options):
        return list(ranked)

    def worth(match: Match) -> float:
        told = cost_of(need, match, slot, options) if slot == "flat" else noise_of(match)
        return finished(told, slot) * handicap(need, match.master, options)

    best, worst = ranked[0], worst_level(slot, options)
    had = (one for one in ranked if not is_later(need, one.master, options))
    kept = next((one for one in had if one.level <= worst and one.tier <= best.tier), None)
    if kept is None or worth(best) < worth(kept):
        return list(ranked)
    return [kept, *(one for one in ranked if one is not kept)]


def worst_level(slot: str, options: Matching) -> int:
    """Return the worst level of what goes before another by its cost; no last resort does."""
    return min(ACCEPTABLE, options.accept_level.of(slot))


def gains(one: Match, other: Match, slot: str, options: Matching) -> bool:
    """Whether a match makes a better frame than another, by more than the margin."""
    ours, theirs = (finished(match.cost or 0.0, slot) for match in (one, other))
    return ours < (1.0 - options.change_margin) * theirs
