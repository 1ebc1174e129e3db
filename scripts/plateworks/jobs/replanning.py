"""The plan that holds now: the one a run began with, until that run has captured frames itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from plateworks.jobs.jobs import Jobs


class CurrentJobs:
    """The jobs of a run, planned anew once its capture is complete.

    Parameters
    ----------
    begun : Jobs
        The jobs of the plan that the run began with.
    captured : path
        The table that a capture writes last.
    plan_again : function
        Scans and plans; called once for each time that the table is written.
    """

    def __init__(self, begun: Jobs, captured: str, plan_again: Callable[[], Jobs]):
        self._begun, self._captured = begun, captured
        self._stamp = self._look()
        self._planned = lru_cache(maxsize=1)(lambda stamp: plan_again())

    def __call__(self) -> Jobs:
        """Return the jobs that hold now."""
        stamp = self._look()
        return self._begun if stamp == self._stamp else self._planned(stamp)

    def _look(self) -> int | None:
        try:
            return os.stat(self._captured).st_mtime_ns
        except FileNotFoundError:
            return None
