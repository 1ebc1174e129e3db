"""What each job is told: plain values, ready for the parameters of a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plateworks.metadata.frame import Frame
from plateworks.planning.candidates import Master
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.match import Match
from plateworks.planning.names import disambiguated, frame_name
from plateworks.planning.plan import Plan
from plateworks.planning.trials import Trials, known

#: Parts of a job's description that name files it reads.
_FILES = ("raw", "dark", "bias", "flat", "cosmetic", "badpix", "scores")


@dataclass(frozen=True)
class Batch:
    """Lights that one job takes; without lights, any one light that a path names by wildcards."""

    name: str
    lights: tuple[PlannedLight, ...] = ()

    @property
    def stem(self) -> str:
        """Where its log lies within its folder."""
        return self.name if self.lights else "{session}/{frame}"


@dataclass(frozen=True)
class Jobs:
    """The jobs of a plan, looked up by what stands in the products' paths."""

    plan: Plan

    @property
    def results(self) -> str:
        return self.plan.settings["results"]

    # -- masters ---------------------------------------------------------------------------------

    @cached_property
    def _masters(self) -> dict[tuple[str, str], PlannedMaster]:
        return {(master.setup, master.name): master for master in self.plan.usable}

    def masters_to_make(self, *kinds: str) -> str:
        """Return a regular expression for ``setup/name`` of the masters of some kinds.

        Frozen masters are left out: no rule makes them again.
        """
        names = (f"{m.setup}/{m.name}" for m in self.plan.to_make if m.source.key.kind in kinds)
        return "|".join(map(re.escape, names)) or "(?!)"

    def master(self, setup: str, name: str) -> dict[str, Any]:
        """Describe the job that combines one master."""
        planned = known(self._masters, (setup, name), "master")
        settings = self.plan.settings
        kind = planned.source.key.kind
        steps = [self._step(match) for match in planned.matches]
        if len(steps) != len(planned.source.frames):
            steps = (steps or [{}]) * len(planned.source.frames)
        return {
            "kind": kind,
            "frames": [
                {"raw": frame.path, **self._said(frame), **step}
                for frame, step in zip(planned.source.frames, steps, strict=True)
            ],
            "method": settings["masters"]["method"][kind],
            "rejection": settings["masters"]["rejection"],
            "rejection_map": settings["masters"]["rejection_map"],
            "flat_weights": settings["masters"]["flat_weights"],
            "target": settings["masters"]["flat_target"],
            "repair": settings["cosmetic"]["method"],
            "min_frames": settings["masters"]["min_frames"],
            "mem_gb": settings["mem_gb"],
        }

    # -- cosmetic --------------------------------------------------------------------------------

    @cached_property
    def _darks(self) -> dict[tuple[str, str], str]:
        """Every master dark that may need a cosmetic list, by the list's setup and name."""
        ours = [m for m in self.plan.usable if m.source.key.kind in ("dark", "darkflat")]
        darks = {(m.setup, cosmetic_name(m.name)): m.path for m in ours}
        found = (m for m in self.plan.found if m.kind in ("dark", "darkflat"))
        found = (m for m in found if m.path not in self.plan.lists)
        return darks | {(m.setup.name, cosmetic_name(_found_name(m))): m.path for m in found}

    @cached_property
    def _lists(self) -> dict[str, str]:
        """Cosmetic list of every master dark: one that was found with it, else one to make."""
        made = {
            dark: f"{self.results}/cosmetic/{setup}/{name}.lst"
            for (setup, name), dark in self._darks.items()
        }
        return made | dict(self.plan.lists)

    def dark_of_list(self, setup: str, name: str) -> str:
        """Return the master dark that a cosmetic list is made from."""
        return known(self._darks, (setup, name), "cosmetic list")

    @cached_property
    def _flats(self) -> dict[str, str]:
        """Bad-pixel mask of every master flat that this run makes."""
        made = (m for m in self.plan.usable if m.source.key.kind == "flat")
        return {m.path: f"{self.results}/cosmetic/{m.setup}/badpix_{m.name}.fits" for m in made}

    # -- lights ----------------------------------------------------------------------------------

    @cached_property
    def batches(self) -> list[Batch]:
        """The jobs that lights are divided into; with one frame a job, one rule serves them all."""
        if self.plan.settings["frames_per_job"] == 1:
            return [Batch("frame")] if self.plan.to_calibrate else []
        return [Batch(name, tuple(lights)) for name, lights in self.plan.batches.items()]

    def products(self, batch: Batch, stage: str) -> list[str]:
        """Return the products of a batch in the folder `stage`: calibrated or solved."""
        if not batch.lights:
            return [f"{self.results}/{stage}/{{session}}/{{frame}}.fits"]
        return [self._product(light, stage) for light in batch.lights]

    def lights(self, batch: Batch, wildcards: Any) -> tuple[PlannedLight, ...]:
        """Return the lights of a batch, or the one that `wildcards` name."""
        if batch.lights:
            return batch.lights
        return (known(self._lights, (wildcards.session, wildcards.frame), "light"),)

    def calibration(self, lights: Iterable[PlannedLight]) -> list[dict[str, Any]]:
        """Describe the calibration of some lights, one entry each."""
        return [self._calibration(light) for light in lights]

    def _calibration(self, light: PlannedLight) -> dict[str, Any]:
        step = self._step(light.dark)
        if light.cosmetic:
            step["cosmetic"] = light.cosmetic
        levels = {}
        if light.dark is not None:
            levels["dark"] = [light.dark.level, light.dark.reason]
        if light.flats:
            step["scores"] = self.trials.scores(light)
            step["flats"] = [self._flat(match) for match in light.flats]
        elif light.flat is not None:
            step |= self._flat(light.flat)
            levels["flat"] = step.pop("level")
        return {
            "raw": light.frame.path,
            **self._said(light.frame),
            "output": self.calibrated(light),
            "bayer": light.frame.bayer,
            "levels": levels,
            **step,
        }

    def _flat(self, match: Match) -> dict[str, Any]:
        """Say which flat divides, which mask goes with it, and how well it matches."""
        path = match.master.path
        part = {"flat": path, "level": [match.level, match.reason]}
        if self.plan.settings["cosmetic"]["from_flats"] and path in self._flats:
            part["badpix"] = self._flats[path]
        return part

    def _said(self, frame: Frame) -> dict[str, Any]:
        """Return what path rules say of a frame, which its header does not."""
        said = self.plan.said.get(frame.path)
        return {"said": dict(said)} if said else {}

    def _step(self, match: Match | None) -> dict[str, Any]:
        """Say which bias and dark are subtracted, and which list goes with them."""
        if match is None:
            return {}
        master = match.master
        if master.kind == "bias":
            return {"bias": master.path}
        step = {"dark": master.path, "k": match.k, "bias_inside": master.bias_inside is not False}
        if match.optimise:
            step["optimise"] = self.plan.settings["matching"]["dark_scale_bounds"]
        if match.bias is not None:
            step["bias"] = match.bias.path
        if master.path in self._lists:
            step["cosmetic"] = self._lists[master.path]
        return step

    def calibrated(self, light: PlannedLight) -> str:
        return self._product(light, "calibrated")

    def solved(self, light: PlannedLight) -> str:
        return self._product(light, "solved")

    def _product(self, light: PlannedLight, stage: str) -> str:
        return f"{self.results}/{stage}/{light.session}/{light.name}.fits"

    @cached_property
    def _lights(self) -> dict[tuple[str, str], PlannedLight]:
        return {(light.session, light.name): light for light in self.plan.to_calibrate}

    def frames_of_rules(self) -> dict[str, tuple[str, int]]:
        """Return what a job of each rule for lights makes: the stage, and how many frames."""
        steps = (("calibrate", "calibrated"), ("solve", "solved"))
        return {
            f"{step}_{batch.name}": (stage, len(batch.lights) or 1)
            for step, stage in steps
            for batch in self.batches
        }

    # -- trials of flats -------------------------------------------------------------------------

    @cached_property
    def trials(self) -> Trials:
        """The trials in which the best flats are found."""
        return Trials(self.plan.to_calibrate, f"{self.results}/flats")

    def trial_lights(self, setup: str, trial: str) -> list[dict[str, Any]]:
        """Describe the lights of a trial, without any flat."""
        steps = self.calibration(self.trials.lights(setup, trial))
        return [{k: v for k, v in s.items() if k not in ("flats", "scores")} for s in steps]

    # -- targets ---------------------------------------------------------------------------------

    def master_files(self) -> list[str]:
        return [master.path for master in self.plan.usable]

    def cosmetic_files(self) -> list[str]:
        masks = self._flats.values() if self.plan.settings["cosmetic"]["from_flats"] else ()
        made = {master.path for master in self.plan.usable}
        used = {light.dark.master.path for light in self.plan.to_calibrate if light.dark}
        lists = [path for dark, path in self._lists.items() if dark in made | used]
        return [path for path in lists if path.startswith(self.results)] + list(masks)

    def calibrated_files(self) -> list[str]:
        return [self.calibrated(light) for light in self.plan.to_calibrate]

    def solved_files(self) -> list[str]:
        return [self.solved(light) for light in self.plan.to_calibrate]


def files_of(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return every file that some job descriptions name, each once, in order."""
    files: dict[str, None] = {}
    for entry in entries:
        for part in (entry, *entry.get("flats", ())):
            files |= dict.fromkeys(part[name] for name in _FILES if name in part)
    return list(files)


def cosmetic_name(dark: str) -> str:
    """Return the name of the cosmetic list of a dark: ``dark_120s_m10c`` gives ``cosme_120s_m10c``.

    A flat-dark keeps its kind in the name, ``cosme_darkflat_2s``, apart from a dark as long as it.
    """
    return "cosme_" + dark.removeprefix("dark_")


def _found_name(master: Master) -> str:
    return disambiguated(frame_name(master.path), master.path)
