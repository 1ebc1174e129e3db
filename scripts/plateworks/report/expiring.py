"""The masters in use that are about to expire, as wants of the lights that have them."""

from __future__ import annotations

from collections.abc import Iterator

from plateworks.inventory.sessions import night_number
from plateworks.matching.match import Match
from plateworks.planning.expiring import IN_USE, Ending, last_night
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan
from plateworks.report.wants import Want


def expiring(plan: Plan) -> Iterator[tuple[Want, Ending]]:
    """Yield the slots of the latest lights whose masters expire, lights of one master together."""
    last = last_night(light.session for light in plan.lights)
    wants: dict[tuple[str, str, object], tuple[Want, Ending]] = {}
    for light in plan.to_calibrate if plan.due else ():
        night = night_number(light.session)
        if night is None or last is None or night < last - IN_USE:
            continue
        for slot, path, match in _masters(light):
            if path in plan.due:
                ending = plan.due[path]
                key = slot, path, light.source.id
                if key not in wants:
                    reason = f"{_date(ending.until)}: {ending.why}"
                    want = Want(slot, light.need, light.frame, match, match, reason, [])
                    wants[key] = want, ending
                wants[key][0].lights.append(light)
    yield from wants.values()


def _masters(light: PlannedLight) -> Iterator[tuple[str, str, Match]]:
    """Yield the masters of a light that a new one could take the place of: slot and path."""
    dark, flat = light.dark, light.flat
    if dark is not None:
        yield "bias" if dark.master.kind == "bias" else "dark", dark.master.path, dark
        bias = dark.bias or dark.dark_bias
        if bias is not None:
            yield "bias", bias.path, dark
    if flat is not None:
        yield "flat", flat.master.path, flat


def _date(session: str) -> str:
    return f"expires on {session[:4]}-{session[4:6]}-{session[6:]}"
