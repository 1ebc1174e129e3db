"""Which lights shared a job: they do so again, however many lights a job is given now.

Snakemake knows of every product the files and the parameters of its whole job, and makes it again
where the job is another.  So a note, written when a run begins, keeps lights in the jobs in which
they were made, by a watch or under another ``frames_per_job``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from plateworks.inventory.pathrules import below
from plateworks.planning.batches import ALONE
from plateworks.planning.lights import PlannedLight
from plateworks.sealed import read_sealed, write_sealed


class SharedJobs:
    """The note of which lights share a job.

    Parameters
    ----------
    results : str
        The folder of results.
    """

    def __init__(self, results: str):
        self._results = results
        self._path = Path(results, ".plateworks", "batches.json")

    def read(self) -> dict[str, str]:
        """Return the batch of each light that is noted, by the path of its calibrated frame."""
        return read_sealed(self._path, self._understood) or {}

    def _understood(self, noted: Mapping[str, Iterable[str]]) -> dict[str, str]:
        return {
            f"{self._results}/{name}": batch for batch, names in noted.items() for name in names
        }

    def holding(self) -> dict[str, str]:
        """Return those of batches of which a product is there; the others are divided anew."""
        noted = self.read()
        hold = {batch for path, batch in noted.items() if os.path.exists(path)}
        return {path: batch for path, batch in noted.items() if batch in hold}

    def write(
        self,
        batches: Mapping[str, Iterable[PlannedLight]],
        others: Mapping[str, str],
        *,
        selected: bool = False,
    ) -> None:
        """Note the batches of a run.

        A light that a batch of the run lacks is gone from all there are, and is forgotten.  Of
        batches that the run has not, as where it looks into another folder, nobody knows that.

        Parameters
        ----------
        batches : mapping
            The lights of each batch.
        others : mapping
            What holds of lights that the run may not have.
        selected : bool
            Whether the run has but some of the lights there are, so that none is gone.
        """
        whole = set() if selected else {*batches} - {ALONE}
        batch_of = {path: batch for path, batch in others.items() if batch not in whole}
        for batch, lights in batches.items():
            batch_of |= {light.calibrated: batch for light in lights}
        if batch_of == self.read():
            return
        noted: dict[str, list[str]] = {}
        for path, batch in sorted(batch_of.items()):
            noted.setdefault(batch, []).append(below(path, [self._results]))
        write_sealed(self._path, noted)
