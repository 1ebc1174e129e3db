"""What stands in the slot of the dark: the best dark, or bias alone, as one more candidate."""

from __future__ import annotations

from plateworks.matching.candidates import Need
from plateworks.matching.cost import cost_of
from plateworks.matching.effects import NEGLIGIBLE, TOLERABLE, dark_current
from plateworks.matching.keeping import gains, old_first, worst_level
from plateworks.matching.match import ACCEPTABLE, GOOD, LAST_RESORT, Finding, Match
from plateworks.matching.matcher import Matcher
from plateworks.settings.matching import Matching
from plateworks.wording import figures


def dark_for_light(need: Need, matcher: Matcher) -> Match | None:
    """Return the dark of a light, or bias alone."""
    return _best(need, "dark", matcher)


def dark_for_flat(need: Need, matcher: Matcher) -> Match | None:
    """Return what a flat frame is dark-subtracted with: a flat-dark, a dark, or bias alone."""
    return _best(need, "darkflat", matcher)


def _best(need: Need, slot: str, matcher: Matcher) -> Match | None:
    dark = matcher.best(need, slot)
    good = dark is not None and dark.level < ACCEPTABLE
    if need.bias_off or (good and slot == "dark"):  # bias alone is no better to a light
        return dark
    bias = matcher.best(need, "bias")
    if bias is None:
        return dark
    says = _in_a_flat(need, dark) if slot == "darkflat" else _in_a_light(need, dark, matcher)
    alone = bias.noting(says.level, f"bias alone, {says.text}")
    alone = alone._replace(cost=cost_of(need, alone, slot, matcher.options))
    if dark is None:
        return alone
    first = _goes_first(alone, dark, slot, matcher.options)
    ranked = [alone, dark] if first else [dark, alone]
    return old_first(need, slot, ranked, matcher.options)[0]


def _in_a_light(need: Need, dark: Match | None, matcher: Matcher) -> Finding:
    """Say what bias alone is to a light.

    It is a last resort, unless the darks that are there would have to be scaled beyond the limit,
    or the dark current is known, so that the cost says how much is left.
    """
    if dark is None:
        return Finding(LAST_RESORT, "no dark")
    if dark.level == LAST_RESORT:
        far = next((one for one in matcher.ranked(need, "dark") if one.beyond), None)
        if far is not None:
            text = f"a dark of {far.master.exposure:.9g} s would be scaled by {figures(far.beyond)}"
            return Finding(ACCEPTABLE, text)
    elif matcher.options.dark_current is not None:
        return Finding(ACCEPTABLE, "which costs less than a dark")
    return Finding(LAST_RESORT, "no better than the darks there")


def _in_a_flat(need: Need, dark: Match | None) -> Finding:
    """Say what bias alone is to a flat, by what part of it the dark current is that stays."""
    text = "no dark" if dark is None else "which costs less than the darks there"
    part = dark_current(need)
    if part is None:
        return Finding(ACCEPTABLE, text)
    if part > TOLERABLE:
        stays = f"and dark current of up to {figures(100.0 * part, 2)} % of the flat stays in it"
        return Finding(LAST_RESORT, f"{text}, {stays}")
    return Finding(GOOD if part <= NEGLIGIBLE else ACCEPTABLE, text)


def _goes_first(alone: Match, dark: Match, slot: str, options: Matching) -> bool:
    """Whether bias alone goes before a dark: by cost, or by level where a guide's policy rules."""
    if options.dark_policy != "scale":
        return alone.level < dark.level
    worst = worst_level(slot, options)
    if max(alone.level, dark.level) > worst:
        return alone.level <= worst
    return gains(alone, dark, slot, options)
