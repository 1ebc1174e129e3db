"""Which products of a plan are there as it wants them, and which are still to be made.

Snakemake decides what a run makes, and has not looked yet when the plan is shown.  What is told
here comes to the same, of all that people do: a product is to be made if it is not there, if it was
made of something else (:mod:`plateworks.report.made`), or if this holds of a master that it takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from plateworks.matching.match import Match
from plateworks.metadata.kinds import KINDS
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.report.made import MadeOf


class Standing:
    """What of a plan is there.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan):
        self._outdated = {one.product.path for one in MadeOf(plan.settings.results).outdated(plan)}
        self._plan = plan
        self._solves = "solved" in plan.settings.stages
        #: Paths of masters that a run makes, or whose list or mask it makes.
        self._to_come: set[str] = set()
        order = list(KINDS)
        for master in sorted(plan.to_make, key=lambda one: order.index(one.source.key.kind)):
            if not self._is_there(master.path, master.matches):
                self._to_come.add(master.path)
        self._masters = {one.path for one in plan.to_make} - self._to_come
        masks = masks_to_make(plan) if plan.settings.cosmetic.from_flats else {}
        for path, taken_from in (*lists_to_make(plan).items(), *masks.items()):
            if not self._is_there(path):
                self._to_come.add(taken_from)

    @property
    def complete(self) -> bool:
        """Whether a run has nothing to make, and something is there."""
        planned = (*self._plan.to_make, *self._plan.to_calibrate)
        lights = all(self.of_light(light) for light in self._plan.to_calibrate)
        return bool(planned) and not self._to_come and lights

    def of_master(self, master: PlannedMaster) -> bool:
        """Whether a master that the plan makes is there."""
        return master.path in self._masters

    def of_light(self, light: PlannedLight) -> bool:
        """Whether all is there that the plan makes of a light."""
        chosen = (light.dark, light.flat, *light.flats)
        solved = not self._solves or self._is_there(light.solved)
        return solved and self._is_there(light.calibrated, chosen)

    def _is_there(self, path: str, takes: Iterable[Match | None] = ()) -> bool:
        if path in self._outdated or not os.path.exists(path):
            return False
        masters = (master.path for match in takes if match is not None for master in match.masters)
        return self._to_come.isdisjoint(masters)
