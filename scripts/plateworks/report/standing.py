"""Which products of a plan are there as it wants them, and which are still to be made.

Snakemake decides what a run makes, and has not looked yet when the plan is shown.  What is told
here comes to the same, of all that people do: a product is to be made if it is not there, if it was
made of something else (:mod:`plateworks.report.made`), or if this holds of a master that it takes.
A file of another program in its place is no product: a run asks first what becomes of that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from plateworks.matching.match import Match
from plateworks.metadata.kinds import KINDS
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.ours import is_anothers
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.report.made import MadeOf


class Count(NamedTuple):
    """How many masters or lights there are of which this can be said."""

    number: int
    what: str


class Standing:
    """What of a plan is there, and the words for it, the same at a terminal and on a page.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan):
        self._made = MadeOf(plan.settings.results)
        self._outdated = {one.product.path for one in self._made.outdated(plan)}
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

    @property
    def masters(self) -> list[Count]:
        """How many masters are to be made, are there, and were found."""
        there = len(self._masters)
        counts = [Count(len(self._plan.to_make) - there, "to make"), Count(there, "made already")]
        return [*_but_none_there(counts), Count(len(self._plan.found), "found")]

    @property
    def lights(self) -> list[Count]:
        """How many lights are to be calibrated, are done, and are refused."""
        there = sum(map(self.of_light, self._plan.to_calibrate))
        what = "to calibrate and solve" if self._solves else "to calibrate"
        counts = [Count(len(self._plan.to_calibrate) - there, what), Count(there, "done already")]
        refused = sum(bool(light.refused) for light in self._plan.lights)
        return [*_but_none_there(counts), Count(refused, "refused")]

    def of_master(self, master: PlannedMaster) -> str:
        """Say in a word how a master stands."""
        if master.refused:
            return "not made"
        return "there" if master.kept or master.path in self._masters else "make"

    def of_light(self, light: PlannedLight) -> bool:
        """Whether all is there that the plan makes of a light."""
        chosen = (light.first_dark, light.flat, *light.flats)
        solved = not self._solves or self._is_there(light.solved)
        return solved and self._is_there(light.calibrated, chosen)

    def _is_there(self, path: str, takes: Iterable[Match | None] = ()) -> bool:
        if path in self._outdated or not os.path.exists(path):
            return False
        if not self._made.holds(path) and is_anothers(path):
            return False
        masters = (master.path for match in takes if match is not None for master in match.masters)
        return self._to_come.isdisjoint(masters)


def _but_none_there(counts: list[Count]) -> list[Count]:
    """Leave out what nobody asks for as long as there is none of it."""
    to_come, there = counts
    return counts if there.number else [to_come]
