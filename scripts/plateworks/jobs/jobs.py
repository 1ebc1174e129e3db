"""What each job is told: plain values, ready for the parameters of a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plateworks.matching.match import Match
from plateworks.matching.overrides import NO_LIST
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.planning.trials import Trials, known

#: Parts of a job's description that name files it reads.
_FILES = ("raw", "dark", "bias", "flat", "cosmetic", "badpix", "scores")


@dataclass(frozen=True)
class LightBatch:
    """Lights that one job takes; without lights, any one light that a path names by wildcards."""

    name: str
    lights: tuple[PlannedLight, ...] = ()

    def stem(self, stage: str) -> str:
        """Where its log of a stage lies within the folder for it."""
        return self.name if self.lights else f"{{{stage}}}"


@dataclass(frozen=True)
class Jobs:
    """The jobs of a plan, looked up by what stands in the products' paths."""

    plan: Plan

    @property
    def results(self) -> str:
        return self.plan.settings["results"]

    # -- masters ---------------------------------------------------------------------------------

    @cached_property
    def _masters(self) -> dict[str, PlannedMaster]:
        return {master.path: master for master in self.plan.usable}

    def masters_to_make(self, *kinds: str) -> str:
        """Return a regular expression for masters of some kinds, below the results folder.

        It fits masters of other plans too, such as those of frames that this run is to capture.
        Frozen masters are left out: no rule makes them again.
        """
        frozen = "|".join(re.escape(self._relative(m.path)) for m in self.plan.usable if m.kept)
        others = rf"(?!(?:{frozen})$)" if frozen else ""
        return f"{others}(?:{'|'.join(map(self.plan.naming.master_pattern, kinds))})"

    def frames_of_master(self, path: str) -> tuple[Frame, ...]:
        """Return the frames that one master combines."""
        return known(self._masters, path, "master").source.frames

    def master(self, path: str) -> dict[str, Any]:
        """Describe the job that combines one master."""
        planned = known(self._masters, path, "master")
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
            "statistic": settings["masters"]["flat_statistic"],
            "constant": planned.source.constant,
            "repair": settings["cosmetic"]["method"],
            "min_frames": settings["masters"]["min_frames"],
            **self._packing(path),
        }

    # -- cosmetic --------------------------------------------------------------------------------

    @cached_property
    def _darks(self) -> dict[str, str]:
        """Every master dark that may need a cosmetic list, by the path of that list."""
        return lists_to_make(self.plan)

    @cached_property
    def _lists(self) -> dict[str, str]:
        """Cosmetic list of every master dark: one that was found with it, else one to make."""
        return {dark: path for path, dark in self._darks.items()} | dict(self.plan.lists)

    def dark_of_list(self, path: str) -> str:
        """Return the master dark that a cosmetic list is made from."""
        return known(self._darks, path, "cosmetic list")

    @cached_property
    def _flats(self) -> dict[str, str]:
        """Bad-pixel mask of every master flat that this run makes."""
        return {flat: mask for mask, flat in masks_to_make(self.plan).items()}

    def flat_of_mask(self, path: str) -> str:
        """Return the master flat that a bad-pixel mask goes with."""
        masks = {mask: flat for flat, mask in self._flats.items()}
        return known(masks, path, "bad-pixel mask")

    # -- lights ----------------------------------------------------------------------------------

    @cached_property
    def batches(self) -> list[LightBatch]:
        """The jobs that lights are divided into; with one frame a job, one rule serves them all."""
        if self.plan.settings["frames_per_job"] == 1:
            return [LightBatch("frame")] if self.plan.to_calibrate else []
        return [LightBatch(name, tuple(lights)) for name, lights in self.plan.batches.items()]

    def products(self, batch: LightBatch, stage: str) -> list[str]:
        """Return the products of a batch in a stage: calibrated or solved."""
        if not batch.lights:
            return [f"{self.results}/{{{stage}}}"]
        return [getattr(light, stage) for light in batch.lights]

    def lights(self, batch: LightBatch, wildcards: Any) -> tuple[PlannedLight, ...]:
        """Return the lights of a batch, or the one that `wildcards` name."""
        if batch.lights:
            return batch.lights
        [(stage, path)] = wildcards.items()
        return (known(self._lights[stage], f"{self.results}/{path}", "light"),)

    def calibration(self, lights: Iterable[PlannedLight]) -> list[dict[str, Any]]:
        """Describe the calibration of some lights, one entry each."""
        return [self._calibration(light) for light in lights]

    def _calibration(self, light: PlannedLight) -> dict[str, Any]:
        step = self._step(light.dark)
        if light.cosmetic:
            step["cosmetic"] = light.cosmetic
        if light.cosmetic == NO_LIST:
            del step["cosmetic"]
        if light.mult is not None:
            step["mult"] = float(light.mult)
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
            "output": light.calibrated,
            "bayer": light.frame.bayer,
            "levels": levels,
            **step,
            **self._packing(light.calibrated),
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

    def _packing(self, path: str) -> dict[str, str]:
        """Say how a product is packed; nothing of one that is not, whose job stays as it is."""
        compression = self.plan.settings["xisf_compression"]
        packed = compression is not None and path.endswith(".xisf")
        return {"xisf_compression": compression} if packed else {}

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

    @cached_property
    def _lights(self) -> dict[str, dict[str, PlannedLight]]:
        lights = self.plan.to_calibrate
        return {stage: {getattr(x, stage): x for x in lights} for stage in ("calibrated", "solved")}

    def _relative(self, path: str) -> str:
        return path[len(self.results) + 1 :]

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
        return Trials(self.plan.to_calibrate, self.plan.naming, f"{self.results}/previews")

    def trial_lights(self, trial: str) -> list[dict[str, Any]]:
        """Describe the lights of a trial, without any flat."""
        steps = self.calibration(self.trials.lights(trial))
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
        return [light.calibrated for light in self.plan.to_calibrate]

    def solved_files(self) -> list[str]:
        return [light.solved for light in self.plan.to_calibrate]


def files_of(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return every file that some job descriptions name, each once, in order."""
    files: dict[str, None] = {}
    for entry in entries:
        for part in (entry, *entry.get("flats", ())):
            files |= dict.fromkeys(part[name] for name in _FILES if name in part)
    return list(files)
