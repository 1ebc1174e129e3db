"""Lights that another program has finished: they are left as they are, where that is asked for."""

from __future__ import annotations

from dataclasses import replace

from plateworks.inventory.scan import Reject
from plateworks.planning.ours import is_anothers
from plateworks.planning.plan import Plan


def without_finished(plan: Plan) -> Plan:
    """Return a plan without the lights in place of whose products another program's lie.

    They are among the files set aside, with the file that stays.
    """
    finished = {
        light.frame.path: path
        for light in plan.to_calibrate
        for path in (light.solved, light.calibrated)
        if is_anothers(path)
    }
    if not finished:
        return plan
    aside = (
        Reject(frame, f"is finished already: {path}, by another program, stays (existing: keep)")
        for frame, path in finished.items()
    )
    return replace(
        plan,
        lights=tuple(light for light in plan.lights if light.frame.path not in finished),
        rejects=(*plan.rejects, *aside),
    )
