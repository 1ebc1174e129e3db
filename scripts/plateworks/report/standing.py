"""Which products of a plan are there as it wants them, and which are still to be made.

Snakemake decides what a run makes, and has not looked yet when the plan is shown.  What is told
here comes to the same, of all that people do: a product is to be made if it is not there, if it was
made of something else (:mod:`plateworks.report.made`), or if this holds of a master that it takes;
a solved frame also if one that it is solved from will hold something else.  A file of another
program in its place is no product: a run asks first what becomes of that.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from plateworks.jobs.fields import Fields
from plateworks.matching.match import Match
from plateworks.metadata.kinds import KINDS
from plateworks.planning.batches import ALONE
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.ours import is_anothers
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.report.made import MadeOf
from plateworks.wording import counted

#: Products that are named of those that are gone.
_NAMED = 3


class Count(NamedTuple):
    """How many masters or lights there are of which this can be said."""

    number: int
    what: str


class Standing:
    """What of a plan is there, and the words for it, the same at a terminal and on a page.

    Parameters
    ----------
    plan : Plan

    Attributes
    ----------
    outdated : tuple of Outdated
        The products that are there, and were made of something else.
    """

    def __init__(self, plan: Plan):
        self._made = MadeOf(plan.settings.results)
        self.outdated = tuple(self._made.outdated(plan))
        self._outdated = {one.product.path for one in self.outdated}
        self._plan = plan
        self._solves = "solved" in plan.settings.stages
        #: Paths of masters that a run makes, or whose list or mask it makes.
        self._to_come: set[str] = set()
        #: Paths of products that will hold something else, and of masters that are made of such.
        self._other = set(self._outdated)
        #: Gains of amplifiers that a run measures.
        self._unmeasured = {
            path
            for path in plan.gains.to_make
            if path in self._outdated or not os.path.exists(path)
        }
        order = list(KINDS)
        for master in sorted(plan.to_make, key=lambda one: order.index(one.source.key.kind)):
            by_gains = self._plan.gains.path_of(master.source.frames[0])
            if not self._is_there(master.path, master.matches) or by_gains in self._unmeasured:
                self._to_come.add(master.path)
            if not self._other.isdisjoint(_taken(master.matches)):
                self._other.add(master.path)
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
        return bool(planned) and not self._to_come and lights and not self.notes

    @cached_property
    def notes(self) -> list[str]:
        """What runs again though all is there: jobs whose lights are fewer now, as a sentence."""
        plan, gone, rest, jobs = self._plan, list[str](), 0, 0
        if plan.unselected:  # the others are there, and keep their jobs
            return []
        shared = defaultdict[str, list[str]](list)
        for path, job in plan.shared.items():
            shared[job].append(path)
        for batch, lights in plan.batches.items():
            here = {light.calibrated for light in lights}
            lost = [path for path in shared[batch] if path not in here]
            if lost and batch != ALONE:
                gone, rest, jobs = gone + lost, rest + len(here), jobs + 1
        if not gone:
            return []
        named = ", ".join(os.path.basename(path) for path in gone[:_NAMED])
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        is_, it = ("is", "it") if len(gone) == 1 else ("are", "them")
        runs, takes = ("runs", "takes") if jobs == 1 else ("run", "take")
        return [
            f"{named}{more} {is_} in the plan no more: {counted(jobs, 'job')} with "
            f"{counted(rest, 'light')} beside {it} {runs} again, and {takes} over what was made of "
            "these."
        ]

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
        if self._unmeasured and self._plan.gains.path_of(light.frame) in self._unmeasured:
            return False
        return self._is_there(light.calibrated, _chosen(light)) and self._is_solved(light)

    @cached_property
    def to_renew(self) -> frozenset[str]:
        """The calibrated frames that are there, and will hold something else."""
        found = set()
        for light in self._plan.to_calibrate if self._other else ():
            if not self._other.isdisjoint({light.calibrated, *_taken(_chosen(light))}):
                found.add(light.calibrated)
        return frozenset(filter(os.path.exists, found))

    def _is_solved(self, light: PlannedLight) -> bool:
        if not self._solves:
            return True
        if not self._is_there(light.solved):
            return False
        beside = self._fields.beside([light]) if self.to_renew else ()
        return self.to_renew.isdisjoint(one.calibrated for one in beside)

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self._plan.to_calibrate, self._plan.settings.solve)

    def _is_there(self, path: str, takes: Iterable[Match | None] = ()) -> bool:
        if path in self._outdated or not os.path.exists(path):
            return False
        if not self._made.holds(path) and is_anothers(path):
            return False
        return self._to_come.isdisjoint(_taken(takes))


def _chosen(light: PlannedLight) -> Iterable[Match | None]:
    return light.first_dark, light.flat, *light.flats


def _taken(matches: Iterable[Match | None]) -> Iterator[str]:
    """Yield the paths of the masters that some matches take."""
    return (master.path for match in matches if match is not None for master in match.masters)


def _but_none_there(counts: list[Count]) -> list[Count]:
    """Leave out what nobody asks for as long as there is none of it."""
    to_come, there = counts
    return counts if there.number else [to_come]
