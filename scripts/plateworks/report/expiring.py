"""The masters in use that are about to expire, as wants of the lights that have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plateworks.inventory.sessions import night_number
from plateworks.matching.candidates import Candidate
from plateworks.matching.match import Match
from plateworks.planning.expiring import IN_USE, Ending, last_night
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan
from plateworks.report.wants import Want


def expiring(plan: Plan) -> Iterator[tuple[Want, Ending]]:
    """Yield the slots of the latest lights whose masters expire, lights of one master together.

    Those that a later master takes over from are left out: it was captured already.
    """
    last = last_night(light.session for light in plan.lights)
    wants: dict[tuple[str, str, object], tuple[Want, Ending]] = {}
    for light in plan.to_calibrate if plan.due else ():
        night = night_number(light.session)
        if night is None or last is None or night < last - IN_USE:
            continue
        for slot, master, match in _masters(light):
            if master.path in plan.due:
                ending = plan.due[master.path]
                key = slot, master.path, light.source.id
                if key not in wants:
                    reason = f"{_date(ending.until)}: {ending.why}"
                    want = Want(slot, light.need, light.frame, match, match, reason, [])
                    wants[key] = want, ending
                wants[key][0].lights.append(light)
    for want, ending in wants.values():
        nights = [night for night in (night_number(ending.until), last) if night is not None]
        if not _is_taken_over(plan, want, min(nights)):
            yield want, ending


def _is_taken_over(plan: Plan, want: Want, since: int) -> bool:
    """Whether lights like those of a want, of a night from `since` on, have another master."""
    for other in plan.matcher.masters:
        if other.night is None or other.night < since or other.path in plan.due:
            continue
        then = replace(want.need, night=other.night, mjd=other.mjd)
        ranked = plan.matcher.ranked(then, want.slot) if other.kind == want.slot else []
        if any(one.master is other and one.level <= want.level for one in ranked):
            return True
    return False


def _masters(light: PlannedLight) -> Iterator[tuple[str, Candidate, Match]]:
    """Yield the masters of a light that a new one could take the place of, each with its slot."""
    dark, flat = light.dark, light.flat
    if dark is not None:
        yield "bias" if dark.master.kind == "bias" else "dark", dark.master, dark
        bias = dark.bias or dark.dark_bias
        if bias is not None:
            yield "bias", bias, dark
    if flat is not None:
        yield "flat", flat.master, flat


def _date(session: str) -> str:
    return f"expires on {session[:4]}-{session[4:6]}-{session[6:]}"
