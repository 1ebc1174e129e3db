"""Masters that PixInsight integrates: where its images lie, and what it is told to make."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plateworks.jobs.jobs import Jobs
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.trials import known

#: In this order, masters that others need come first.
_ORDER = ("bias", "dark", "darkflat", "flat")


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

    @property
    def scripts(self) -> str:
        """The folder of scripts and of PixInsight's logs."""
        return script_folder(self.jobs.plan.settings)

    def pattern(self) -> str:
        """Return a regular expression for the names of PixInsight's images."""
        return "|".join(map(re.escape, self._planned)) or "(?!)"

    def job(self, name: str) -> dict[str, Any]:
        """Describe what PixInsight is told to make: the job of the master, with its own images."""
        planned = known(self._planned, name, "image of PixInsight")
        job = self.jobs.master(planned.path)
        stem = os.path.basename(name)
        return {
            "name": stem,
            "kind": job["kind"],
            "rejection": job["rejection"],
            "constant": job["constant"],
            "frames": [self._entry(entry, job["kind"]) for entry in job["frames"]],
            "integrated": self._images[planned.path],
            "calibrated": f"{self._folder}/{os.path.dirname(name)}/calibrated/{stem}",
        }

    def adoption(self, master: str) -> dict[str, Any]:
        """Describe the job that makes a master of PixInsight's image: no list repairs its flats."""
        job = self.jobs.master(master)
        frames = [{k: v for k, v in e.items() if k != "cosmetic"} for e in job["frames"]]
        return {**job, "frames": frames}

    def master(self, name: str) -> str:
        """Return the path of the master that is made of an image of PixInsight."""
        return known(self._planned, name, "image of PixInsight").path

    def image(self, master: str) -> str:
        """Return the path of PixInsight's image of a master."""
        return known(self._images, master, "master")

    def all(self) -> list[dict[str, Any]]:
        """Describe all masters, those that others need first."""
        kinds = {name: master.source.key.kind for name, master in self._planned.items()}
        names = sorted(self._planned, key=lambda name: (_ORDER.index(kinds[name]), name))
        return [self.job(name) for name in names]

    def raw_files(self) -> list[str]:
        """Return the frames of all masters."""
        return [entry["raw"] for job in self.all() for entry in job["frames"]]

    def _entry(self, entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
        if kind != "flat":  # bias is taken out of darks when they become masters
            return {"raw": entry["raw"]}
        masters = {part: entry[part] for part in ("bias", "dark") if part in entry}
        told = {part: self._images.get(path, path) for part, path in masters.items()}
        inside = entry.get("bias_inside", True) or entry.get("dark") in self._images
        return {"raw": entry["raw"], **told, "bias_inside": inside}


class ScriptOnly(Jobs):
    """The jobs of a run that only writes PixInsight's script: nothing follows before it has run."""

    @property
    def script(self) -> str:
        return f"{script_folder(self.plan.settings)}/calibrate_masters.js"

    @property
    def batches(self) -> list:
        return []

    def master_files(self) -> list[str]:
        return [self.script]

    def cosmetic_files(self) -> list[str]:
        return []

    def calibrated_files(self) -> list[str]:
        return []

    def solved_files(self) -> list[str]:
        return []


def script_folder(settings: Mapping) -> str:
    """Return the folder of scripts and PixInsight's logs: the one asked for, else the usual one."""
    return settings["pixinsight"]["script_dir"] or f"{settings['results']}/logs"


def jobs_of(plan: Any) -> Jobs:
    """Return the jobs of a plan, by its engine for masters."""
    settings = plan.settings
    by_pixinsight = settings["masters"]["engine"] == "pixinsight"
    only = by_pixinsight and settings["pixinsight"]["script_only"]
    return ScriptOnly(plan) if only else Jobs(plan)
