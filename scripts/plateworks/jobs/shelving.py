"""Before its first job and after its last, a run looks after the shelf.

Snakemake removes all products of a job before it begins it, though one may be missing, or only one
made of something else now.  Those that are right go to the shelf before, and the job takes them
from there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from plateworks.errors import PlateworksError
from plateworks.jobs.records import is_in_doubt
from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.solving import SolveOrder
from plateworks.records import record_of
from plateworks.shelf import Shelf

if TYPE_CHECKING:
    from plateworks.products.shelved import Makings


class Job(Protocol):
    """A job of Snakemake, as far as it is asked for."""

    @property
    def input(self) -> Any:
        """Its inputs, by name where it names them."""

    @property
    def output(self) -> Sequence[str]:
        """Its products."""

    @property
    def resources(self) -> Any:
        """What it asks for, and what else is no reason to run it again."""

    @property
    def params(self) -> Any:
        """What it is told; asking for it takes time."""


class Shelving:
    """The shelf of a run.

    Parameters
    ----------
    results : str
        The folder of results.
    """

    def __init__(self, results: str):
        self.folder = f"{results}/.plateworks/shelf"
        self._shelf = Shelf(self.folder)

    def drop(self, products: Iterable[str]) -> None:
        """Take from the shelf what is to be made anew in any case."""
        self._shelf.drop(products)

    def before_calibrating(self, job: Job, forced: Collection[str]) -> None:
        """Put calibrated frames on the shelf that their job would make as they are.

        Parameters
        ----------
        job : Job
        forced : collection of str
            What is to be made anew in any case, and what is in doubt.
        """
        from plateworks.products.flattrial import choose_flat
        from plateworks.products.shelved import is_of

        if there := self._to_keep(job, forced):
            order = record_of(CalibrationOrder, job.params.order, "The order of these lights")
            with suppress(PlateworksError, OSError):  # of a trial that is still to be made
                lights = [choose_flat(one) for one in order.lights if one.output in there]
                self._keep(self._makings.of(light for light in lights if is_of(light)))

    def before_solving(self, job: Job, forced: Collection[str]) -> None:
        """Put solved frames on the shelf as they are.

        Whether they are right is seen in their job: neighbours may still be to be calibrated.
        """
        from plateworks.sky.fieldwork import Fieldwork

        if there := self._to_keep(job, forced):
            order = record_of(SolveOrder, job.params.order, "The order of these frames")
            order = order.located(job.resources.index_dirs, job.resources.catalogue)
            work = Fieldwork(order, job.params.searched)
            self._keep(work.made(sorted(there)))

    def clear(self, planned: Iterable[str]) -> None:
        """Clear the shelf, but for planned products of jobs that are not done."""
        if self._shelf:
            undone = (one for one in planned if not os.path.exists(one) or is_in_doubt(one))
            self._shelf.clear(set(undone))

    @cached_property
    def _makings(self) -> Makings:
        from plateworks.products.shelved import Makings

        return Makings()

    def _to_keep(self, job: Job, forced: Collection[str]) -> set[str]:
        # What an interrupted job finished it has put on the shelf itself; what else is there may be
        # damaged, after a power cut.
        sure = [path for path in job.output if os.path.exists(path) and not is_in_doubt(path)]
        self._shelf.drop(path for path in sure if path in forced)
        return {path for path in sure if path not in forced}

    def _keep(self, made_of: Mapping[str, str]) -> None:
        for path, digest in made_of.items():
            self._shelf.keep(path, digest, believed=True)
