"""The pages of cameras: what the plan tells each, and which are on the list of all pages."""

from __future__ import annotations

import os
from collections import UserDict
from collections.abc import Iterator
from glob import escape, glob
from pathlib import Path
from typing import Any

from plateworks.inventory.sets import Setup
from plateworks.jobs.defects import DefectTables
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.nights import Nights
from plateworks.jobs.trends import TrendTables
from plateworks.orders.camerapages import CameraOrder
from plateworks.records import plain


class CameraPages:
    """What is told to the pages of cameras, looked up by the name of a setup.

    Parameters
    ----------
    jobs : Jobs
    nights : Nights
    trends : TrendTables
    defects : DefectTables
    """

    def __init__(self, jobs: Jobs, nights: Nights, trends: TrendTables, defects: DefectTables):
        self._jobs, self._nights, self._trends, self._defects = jobs, nights, trends, defects

    def pages(self) -> list[str]:
        """Return the pages of all setups."""
        return [self._jobs.page_of_camera(setup) for setup in self._trends.setups]

    def numbers(self, wanted: bool) -> list[str]:
        """Return the numbers of setups that have a page already; where `wanted`, of all."""
        there = glob(os.path.join(escape(self._folder), "*.json"))
        known = {Path(path).stem for path in there}
        known |= set(self._trends.setups) if wanted else set()
        return [f"{self._folder}/{setup}.json" for setup in sorted(known)]

    def defects(self, wildcards: Any) -> list[str]:
        """Return the table of defects of the setup that `wildcards` name, if it has one."""
        table = self._defects.table_of(wildcards.setup)
        return [] if table is None else [table]

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the page of the setup that `wildcards` name."""
        setup = self._trends.setup_of(wildcards.setup)
        order = CameraOrder(
            setup=wildcards.setup,
            camera=next(self._names(setup), setup.camera) or "",
            width=setup.width,
            height=setup.height,
            masters=self._trends.masters_of(wildcards.setup),
            nights=tuple(Path(path).stem for path in self._nights.numbers()),
            days_ahead=self._jobs.plan.settings.expiry.days_ahead,
        )
        return UserDict(plain(order))

    def _names(self, setup: Setup) -> Iterator[str | None]:
        """Yield how headers write the camera; a setup has it as it is compared."""
        return (one.frames[0].camera for one in self._jobs.plan.sets if one.key.setup == setup)

    @property
    def _folder(self) -> str:
        return f"{self._jobs.results}/report/cameras"
