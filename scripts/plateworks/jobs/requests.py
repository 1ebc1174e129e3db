"""What the job of each rule asks the scheduler for: cores, memory, disk and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from plateworks.jobs.demand import NOTHING, Around, Demand
from plateworks.jobs.jobs import LightBatch
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.pixinsight import Integration
from plateworks.jobs.resources import Demands
from plateworks.settings.node import Node

#: What people see of a run, in the order of making: masters, lights by stage, and all the rest.
MASTERS, OTHERS = "masters", "other steps"
STAGES = (MASTERS, "calibrated", "solved", OTHERS)
#: Rules that make masters.
_MASTER_RULES = ("master_bias", "master_dark", "master_flat")


class Share(NamedTuple):
    """What a job of a rule has of its stage: frames or masters, and the seconds foreseen."""

    stage: str
    frames: int
    seconds: float


@dataclass(frozen=True)
class Request:
    """What the jobs of one rule ask for, as functions that Snakemake calls.

    It looks at the names of their parameters, and gives them what they name.

    Attributes
    ----------
    demand : function
        Takes wildcards, and returns what that job needs.
    node : Node
    around : function
        Returns what Snakemake takes on top; where jobs run is known only when all rules are.
    """

    demand: Callable[[Any], Demand]
    node: Node
    around: Callable[[], Around]

    @property
    def resources(self) -> dict[str, Callable[..., int]]:
        """The ``resources:`` of the rule."""
        return {"mem_mb": self.memory, "disk_mb": self.disk, "runtime": self.minutes}

    def threads(self, wildcards: Any) -> int:
        return self.demand(wildcards).threads

    def memory(self, wildcards: Any, attempt: int, threads: int) -> int:
        return self.demand(wildcards).memory(threads, attempt, self.around())

    def disk(self, wildcards: Any) -> int:
        return self.demand(wildcards).disk()

    def minutes(self, wildcards: Any, attempt: int, threads: int) -> int:
        return self.demand(wildcards).minutes(threads, self.node, attempt, self.around())


class Requests:
    """The requests of all rules of a run.

    Parameters
    ----------
    lookup : Lookup
    around : function
        As :class:`Request` has it.
    """

    def __init__(self, lookup: Lookup, around: Callable[[], Around] = lambda: NOTHING):
        self._lookup, self._around = lookup, around
        self._settings = lookup.jobs.plan.settings
        self._begun = Demands(lookup.jobs)

    @property
    def combine_mb(self) -> float:
        """MB that a job may combine frames in.

        A resource and no parameter: products are the same for any, and are not made again.
        """
        return 1000 * self._settings.mem_gb

    # -- masters ---------------------------------------------------------------------------------

    @property
    def master(self) -> Request:
        path = self._lookup.path
        return self._request(lambda wildcards: self._now.master(path(wildcards.master)))

    @property
    def adoption(self) -> Request:
        path = self._lookup.path
        return self._request(lambda wildcards: self._begun.adoption(path(wildcards.master)))

    @property
    def integration(self) -> Request:
        master = self._integration.master
        return self._request(lambda wildcards: self._begun.integration(master(wildcards.image)))

    # -- pixels to repair ------------------------------------------------------------------------

    @property
    def hot_list(self) -> Request:
        dark = self._lookup.dark_of_list
        return self._request(lambda wildcards: self._now.hot_list(str(dark(wildcards))))

    @property
    def mask(self) -> Request:
        flat = self._lookup.flat_of_mask
        return self._request(lambda wildcards: self._begun.mask(flat(wildcards)))

    # -- lights ----------------------------------------------------------------------------------

    def calibration(self, batch: LightBatch) -> Request:
        return self._request(lambda wildcards: self._begun.calibration(batch))

    def solving(self, batch: LightBatch) -> Request:
        return self._request(lambda wildcards: self._begun.solving(batch))

    def shares(self) -> dict[str, Share]:
        """Return the share of each rule for masters and lights, by its name."""
        steps = {
            "calibrate": ("calibrated", self._begun.calibration),
            "solve": ("solved", self._begun.solving),
        }
        lights = {
            f"{step}_{batch.name}": Share(stage, len(batch.lights) or 1, demand(batch).seconds)
            for step, (stage, demand) in steps.items()
            for batch in self._lookup.jobs.batches
        }
        return {rule: Share(MASTERS, 1, self._seconds_of_master) for rule in _MASTER_RULES} | lights

    @cached_property
    def _seconds_of_master(self) -> float:
        """Seconds foreseen for a master, on average over those of the plan."""
        native = self._settings.masters.engine == "native"
        demand = self._begun.master if native else self._begun.adoption
        each = [demand(master.path).seconds for master in self._lookup.jobs.plan.to_make]
        return sum(each) / max(1, len(each))

    # -- trials of flats -------------------------------------------------------------------------

    @property
    def flat_preview(self) -> Request:
        flat = self._lookup.flat_of_preview
        return self._request(lambda wildcards: self._begun.flat_preview(str(flat(wildcards))))

    @property
    def light_preview(self) -> Request:
        path = self._lookup.path
        return self._request(lambda wildcards: self._begun.light_preview(path(wildcards.trial)))

    @property
    def ranking(self) -> Request:
        path = self._lookup.path
        return self._request(lambda wildcards: self._begun.ranking(path(wildcards.trial)))

    # -- models of the dark ----------------------------------------------------------------------

    @property
    def dark_model(self) -> Request:
        path, current = self._lookup.path, self._lookup.current
        return self._request(lambda one: current().dark_models.demand(path(one.model)))

    @property
    def modelled_dark(self) -> Request:
        path, models = self._lookup.path, self._lookup.jobs.dark_models
        return self._request(lambda wildcards: models.demand_of_dark(path(wildcards.modelled)))

    # -- what they are made from -----------------------------------------------------------------

    def of(self, demand: Callable[[Any], Demand]) -> Request:
        """Return the request of a rule whose jobs somebody else reckons."""
        return self._request(demand)

    def _request(self, demand: Callable[[Any], Demand]) -> Request:
        return Request(demand, self._settings.node, self._around)

    @property
    def _now(self) -> Demands:
        """The demands of the plan that holds now."""
        jobs = self._lookup.current()
        return self._begun if jobs is self._lookup.jobs else Demands(jobs)

    @cached_property
    def _integration(self) -> Integration:
        return Integration(self._lookup.jobs)
