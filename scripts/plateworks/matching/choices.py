"""What stands in the slot of the dark where no dark may serve well: bias alone."""

from __future__ import annotations

from dataclasses import replace

from plateworks.matching.candidates import Need
from plateworks.matching.cost import cost_of, is_later, is_quieter
from plateworks.matching.match import ACCEPTABLE, LAST_RESORT, Match
from plateworks.matching.matcher import Matcher


def dark_for_light(need: Need, matcher: Matcher) -> Match | None:
    """Return the dark of a light, or bias alone.

    Bias alone is a last resort where there is no dark.  Where there are darks that would have to be
    scaled beyond the limit, it costs less than they do, and is acceptable; so it is in place of a
    scaled dark, where the dark current is known and the cost says so.
    """
    dark = matcher.best(need, "dark")
    if need.bias_off or (dark is not None and dark.level < ACCEPTABLE):
        return dark
    bias = matcher.best(need, "bias")
    if bias is None:
        return dark
    if dark is None:
        return _alone(need, bias, LAST_RESORT, "no dark", matcher)
    if dark.level == LAST_RESORT:
        far = next((one for one in matcher.ranked(need, "dark") if one.beyond), None)
        if far is None:
            return dark
        why = f"a dark of {far.master.exposure:.9g} s would be scaled by {far.beyond:.3g}"
        alone = _alone(need, bias, ACCEPTABLE, why, matcher)
        return alone if alone.level < dark.level else dark
    if matcher.options.dark_current is None or dark.k == 1.0:
        return dark
    return _cheaper(
        dark, _alone(need, bias, ACCEPTABLE, "which costs less than a dark", matcher), matcher
    )


def dark_for_flat(need: Need, matcher: Matcher) -> Match | None:
    """Return what a flat frame is dark-subtracted with: a flat-dark, a dark, or bias alone."""
    dark = matcher.best(need, "darkflat")
    bias = None if need.bias_off else matcher.best(need, "bias")
    if bias is None:
        return dark
    # Flats are bright and short: bias alone leaves little dark current in them.
    why = "no dark" if dark is None else "which costs less than the darks there"
    alone = _alone(need, bias, ACCEPTABLE, why, matcher, slot="darkflat")
    if dark is None:
        return alone
    options = matcher.options
    later = is_later(need, dark.master, options) and not is_later(need, bias.master, options)
    if later and options.dark_policy == "scale" and alone.level <= ACCEPTABLE:
        return dark if is_quieter(dark, alone, options) else alone
    return _cheaper(dark, alone, matcher)


def _alone(
    need: Need, bias: Match, level: int, why: str, matcher: Matcher, *, slot: str = "dark"
) -> Match:
    alone = bias.noting(level, f"bias alone, {why}")
    return replace(alone, cost=cost_of(need, alone, slot, matcher.options))


def _cheaper(dark: Match, bias: Match, matcher: Matcher) -> Match:
    """Return bias alone where its level is better, or where it costs clearly less."""
    if dark.level != bias.level:
        return min(dark, bias, key=lambda match: match.level)
    by_cost = matcher.options.dark_policy == "scale"
    dearer = (dark.cost or 0.0) > (bias.cost or 0.0) * (1.0 + matcher.options.change_margin)
    return bias if by_cost and dearer else dark
