"""Masters that PixInsight integrates: where its images lie, and what it is told to make."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from plateworks.errors import ConfigError
from plateworks.jobs.found import Files
from plateworks.jobs.jobs import Jobs, LightBatch
from plateworks.metadata.kinds import KINDS, MasterKind
from plateworks.orders.frames import FrameOrder
from plateworks.orders.integration import IntegratedFrame, IntegrationOrder, WinsorizedLimits
from plateworks.orders.masters import MasterOrder
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.trials import known
from plateworks.settings.settings import Settings

#: In this order, masters that others need come first.
_ORDER = list(KINDS)


@dataclass(frozen=True)
class Integration:
    """The jobs of PixInsight in a run.

    PixInsight's own image of a master lies beside the master that is made of it, since PixInsight
    counts from 0 to 1 and calibrates flats with its own images alone.
    """

    jobs: Jobs

    @cached_property
    def _images(self) -> dict[str, str]:
        """Path of a master -> that of PixInsight's image."""
        return {m.path: f"{self._folder}/{self._name(m)}.xisf" for m in self.jobs.plan.usable}

    @cached_property
    def _planned(self) -> dict[str, PlannedMaster]:
        return {self._name(master): master for master in self.jobs.plan.usable}

    @property
    def _folder(self) -> str:
        return f"{self.jobs.results}/pixinsight"

    def _name(self, master: PlannedMaster) -> str:
        relative = os.path.relpath(master.path, self.jobs.results)
        return os.path.splitext(relative)[0]

    @cached_property
    def files(self) -> Files:
        """Tells what is made, PixInsight's images among it, from what is found."""
        return self.jobs.files.with_made(self._images.values())

    @property
    def scripts(self) -> str:
        """The folder of scripts and of PixInsight's logs."""
        return script_folder(self.jobs.plan.settings)

    def pattern(self) -> str:
        """Return a regular expression for the names of PixInsight's images."""
        return "|".join(map(re.escape, self._planned)) or "(?!)"

    def order(self, name: str) -> IntegrationOrder:
        """Return what PixInsight is told to make: the master, of its own images."""
        planned = known(self._planned, name, "image of PixInsight")
        if planned.source.key.setup.planes is not None:
            raise ConfigError(
                f"masters.engine is pixinsight, and the frames of {planned.path} are of three "
                "planes, which PixInsight is not told to integrate here.  Set masters.engine: "
                "native, or leave them out (exclude)."
            )
        master, stem = self.jobs.master(planned.path), os.path.basename(name)
        limits = master.rejection
        return IntegrationOrder(
            name=stem,
            kind=master.kind,
            frames=tuple(self._frame(frame, master.kind) for frame in master.frames),
            rejection=WinsorizedLimits(low=limits.low, high=limits.high, cutoff=limits.cutoff),
            integrated=self._images[planned.path],
            calibrated=f"{self._folder}/{os.path.dirname(name)}/calibrated/{stem}",
        )

    def adoption(self, master: str) -> MasterOrder:
        """Return the order of a master made of PixInsight's image.

        No list repairs its flats, and no factor on a dark is fitted here.
        """
        order = self.jobs.master(master)
        return replace(order, frames=tuple(map(_by_pixinsight, order.frames)))

    def master(self, name: str) -> str:
        """Return the path of the master that is made of an image of PixInsight."""
        return known(self._planned, name, "image of PixInsight").path

    def image(self, master: str) -> str:
        """Return the path of PixInsight's image of a master."""
        return known(self._images, master, "master")

    def all(self) -> list[IntegrationOrder]:
        """Return the orders of all masters, those that others need first."""
        kinds = {name: master.source.key.kind for name, master in self._planned.items()}
        names = sorted(self._planned, key=lambda name: (_ORDER.index(kinds[name]), name))
        return [self.order(name) for name in names]

    def raw_files(self) -> list[str]:
        """Return the frames of all masters."""
        return [frame.raw for order in self.all() for frame in order.frames]

    def _frame(self, frame: FrameOrder, kind: MasterKind) -> IntegratedFrame:
        if frame.assembly is not None:
            raise ConfigError(
                f"masters.engine is pixinsight, and {frame.raw} is to be put together of what its "
                "amplifiers read, which PixInsight is not told to do here.  Set masters.engine: "
                "native, or calibrate.overscan: off."
            )
        if kind != "flat":  # bias is taken out of darks when they become masters
            return IntegratedFrame(raw=frame.raw)
        taken = frame.subtraction
        if taken.bias_placement or (taken.dark and taken.dark.placement):
            raise ConfigError(
                f"masters.engine is pixinsight, and {frame.raw} needs a master whose rows are "
                "turned, or that is cropped, which PixInsight is not told to do here.  Set "
                "masters.engine: plateworks, or leave these flats out (exclude)."
            )
        if taken.bias is None and taken.dark is not None and taken.dark.bias is not None:
            raise ConfigError(
                f"masters.engine is pixinsight, and {frame.raw} is free of bias while its dark "
                f"{taken.dark.path} is not: PixInsight takes one bias from both.  Set "
                "masters.engine: native, or leave these flats out (exclude)."
            )
        bias = None if taken.bias is None else self._images.get(taken.bias, taken.bias)
        if taken.dark is None:
            return IntegratedFrame(raw=frame.raw, bias=bias)
        dark = taken.dark.path
        return IntegratedFrame(
            raw=frame.raw,
            bias=bias,
            dark=self._images.get(dark, dark),
            bias_inside=taken.dark.bias_inside or dark in self._images,
        )


def _by_pixinsight(frame: FrameOrder) -> FrameOrder:
    taken = frame.subtraction
    if taken.dark is not None:
        taken = replace(taken, dark=replace(taken.dark, fit_bounds=None))
    return replace(frame, cosmetic=None, subtraction=taken)


class ScriptOnly(Jobs):
    """The jobs of a run that only writes PixInsight's script: nothing follows before it has run."""

    @property
    def script(self) -> str:
        return f"{script_folder(self.plan.settings)}/calibrate_masters.js"

    @property
    def batches(self) -> list[LightBatch]:
        return []

    def master_files(self) -> list[str]:
        return [self.script]

    def cosmetic_files(self) -> list[str]:
        return []

    def calibrated_files(self) -> list[str]:
        return []

    def solved_files(self) -> list[str]:
        return []


def script_folder(settings: Settings) -> str:
    """Return the folder of scripts and PixInsight's logs: the one asked for, else the usual one."""
    return settings.pixinsight.script_dir or f"{settings.results}/logs"


def jobs_of(plan: Any) -> Jobs:
    """Return the jobs of a plan, by its engine for masters."""
    settings = plan.settings
    by_pixinsight = settings.masters.engine == "pixinsight"
    only = by_pixinsight and settings.pixinsight.script_only
    return ScriptOnly(plan) if only else Jobs(plan)
