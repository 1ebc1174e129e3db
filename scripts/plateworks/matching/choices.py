"""What stands in the slot of the dark where no dark may serve: bias alone."""

from __future__ import annotations

from plateworks.matching.candidates import Need
from plateworks.matching.match import ACCEPTABLE, LAST_RESORT, Match
from plateworks.matching.matcher import Matcher


def dark_for_light(need: Need, matcher: Matcher) -> Match | None:
    """Return the dark of a light, or as a last resort bias alone."""
    dark = matcher.best(need, "dark")
    if dark is not None or need.bias_off:
        return dark
    bias = matcher.best(need, "bias")
    return None if bias is None else bias.noting(LAST_RESORT, "bias alone, no dark")


def dark_for_flat(need: Need, matcher: Matcher) -> Match | None:
    """Return what a flat frame is dark-subtracted with: a flat-dark, a dark, or bias alone."""
    dark = matcher.best(need, "darkflat")
    bias = None if need.bias_off else matcher.best(need, "bias")
    if bias is not None:
        # Flats are bright and short: bias alone leaves little dark current in them.
        bias = bias.noting(ACCEPTABLE, "bias alone, no dark")
    choices = [match for match in (dark, bias) if match is not None]
    return min(choices, key=lambda match: match.level, default=None)
