"""Masters of libraries that are set aside for a flaw, though lights could take them."""

from __future__ import annotations

from collections.abc import Iterator

from plateworks.matching.misses import SET_ASIDE
from plateworks.planning.plan import Plan

#: What lights are given themselves.
_SLOTS = ("bias", "dark", "flat")


def lost_masters(plan: Plan) -> list[str]:
    """Return the files that nothing else keeps from serving lights, each with its reason.

    Raw frames that are set aside are told of with the masters that lack them, and what its owner
    excludes is no loss.
    """
    reasons = {one.path: one.reason for one in plan.rejects if plan.given.in_library(one.path)}
    if not reasons:
        return []
    return [f"{path}: {reasons[path]}" for path in sorted({*_could_serve(plan)} & reasons.keys())]


def _could_serve(plan: Plan) -> Iterator[str]:
    needs = {plan.need_of(plan.neighbours.completed(one.frame)) for one in plan.to_calibrate}
    for need in needs:
        for miss in plan.matcher.nearest(need, *_SLOTS):
            refusal = miss.refusal
            if miss.points == 1 and refusal.field == SET_ASIDE and not refusal.setting:
                yield refusal.path
