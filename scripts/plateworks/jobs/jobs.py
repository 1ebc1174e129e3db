"""The jobs of a plan: which there are, by the paths of their products, and what each is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plateworks.inventory.pathrules import below
from plateworks.jobs.darkmodels import DarkModelOrders
from plateworks.jobs.fields import Fields
from plateworks.jobs.found import Files
from plateworks.jobs.orders import Orders
from plateworks.metadata.frame import Frame
from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.masters import MasterOrder
from plateworks.orders.repairs import MaskOrder
from plateworks.orders.trials import TrialOrder
from plateworks.planning.batches import ALONE
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.planning.trials import Trials, known


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
        return self.plan.settings.results

    @cached_property
    def orders(self) -> Orders:
        """What writes the orders of this plan."""
        masks = self._flats if self.plan.settings.cosmetic.from_flats else {}
        return Orders(self.plan, self._lists, masks, self.trials, self.fields)

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

    def master(self, path: str) -> MasterOrder:
        """Return the order of one master."""
        return self.orders.master(known(self._masters, path, "master"))

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

    def mask(self, flat: str) -> MaskOrder:
        """Return the order of the bad-pixel mask of a master flat."""
        return self.orders.mask(known(self._masters, flat, "master"))

    # -- lights ----------------------------------------------------------------------------------

    @cached_property
    def batches(self) -> list[LightBatch]:
        """The jobs that lights are divided into; one rule serves all that have their own."""
        return [
            LightBatch(name, () if name == ALONE else tuple(lights))
            for name, lights in self.plan.batches.items()
        ]

    def alone(self, stage: str) -> list[str]:
        """Return the products of lights that have a job of their own."""
        return [getattr(light, stage) for light in self.plan.batches.get(ALONE, ())]

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

    def calibration(self, lights: Iterable[PlannedLight]) -> CalibrationOrder:
        """Return the order of some lights."""
        return self.orders.calibration(lights)

    @cached_property
    def dark_models(self) -> DarkModelOrders:
        """The models of the dark, and the darks of any that lights need."""
        return DarkModelOrders(self.plan)

    @cached_property
    def fields(self) -> Fields:
        """Which lights are solved from which."""
        return Fields(self.plan.to_calibrate, self.plan.settings.solve)

    @cached_property
    def batch_of(self) -> dict[str, LightBatch]:
        """The job of each light, by the path of its calibrated frame."""
        return {light.calibrated: one for one in self.batches for light in one.lights}

    @cached_property
    def _lights(self) -> dict[str, dict[str, PlannedLight]]:
        lights = self.plan.to_calibrate
        return {stage: {getattr(x, stage): x for x in lights} for stage in ("calibrated", "solved")}

    def _relative(self, path: str) -> str:
        return below(path, [self.results])

    # -- trials of flats -------------------------------------------------------------------------

    @cached_property
    def trials(self) -> Trials:
        """The trials in which the best flats are found."""
        return Trials(self.plan.to_calibrate, self.plan.naming, f"{self.results}/previews")

    def trial(self, path: str) -> TrialOrder:
        """Return the order of the lights of a trial, by the path of its folder."""
        return self.orders.trial(self.trials.lights(path))

    def trial_previews(self) -> list[str]:
        """Return the previews of the lights of all trials."""
        name = self.plan.naming.trial_light
        return [f"{trial}/{name}" for trial in self.trials]

    # -- files -----------------------------------------------------------------------------------

    @cached_property
    def files(self) -> Files:
        """Tells what the rules make from what is found."""
        plan, masters = self.plan, self._masters  # frozen ones too: they were made once
        scores = [self.trials.scores(light) for light in plan.to_calibrate if light.flats]
        made = {*masters, *self._darks, *self._flats.values(), *scores}
        made |= {*self.dark_models.models, *self.dark_models.darks, *plan.gains.to_make}
        frames = (frame.path for one in plan.sets for frame in one.frames)
        found = {*frames, *(master.path for master in plan.found), *plan.lists.values()}
        return Files(made, found - made, plan.contents, self.results)

    # -- targets ---------------------------------------------------------------------------------

    def master_files(self) -> list[str]:
        return [master.path for master in self.plan.usable]

    def model_files(self) -> list[str]:
        """Return the models of the dark."""
        return self.dark_models.models

    def gain_files(self) -> list[str]:
        """Return the gains that are measured of amplifiers."""
        return self.plan.gains.to_make

    @cached_property
    def _camera_masters(self) -> list[PlannedMaster]:
        return [one for one in self.plan.usable if one.source.key.kind in ("bias", "flat")]

    def camera_files(self) -> list[str]:
        """Return the masters that tell how the cameras are."""
        return [master.path for master in self._camera_masters]

    def camera_origins(self) -> list[list[str]]:
        """Return of each the setup and the night of its frames."""
        masters = self._camera_masters
        return [[master.setup, master.source.key.session or ""] for master in masters]

    def camera_profiles(self) -> list[list[str | float | None]]:
        """Return of each the camera's profile: name, electrons per ADU, read noise, full well."""
        tell = self.plan.profiles.camera_of
        told = (tell(master.source.frames[0]) for master in self._camera_masters)
        return [
            [None] * 4
            if one is None
            else [one.name, one.figures.egain, one.figures.read_noise, one.full_well]
            for one in told
        ]

    def cosmetic_files(self) -> list[str]:
        masks = self._flats.values() if self.plan.settings.cosmetic.from_flats else ()
        made = {master.path for master in self.plan.usable}
        matches = (one for light in self.plan.to_calibrate for one in (light.dark, light.modelled))
        used = {match.master.listed_by for match in matches if match is not None}
        used |= {*self.plan.given.single.values()}
        return [path for path, dark in self._darks.items() if dark in made | used] + list(masks)

    def made_of_lights(self) -> list[str]:
        """Return all that raw lights are read for."""
        return [*self.calibrated_files(), *self.trial_previews()]

    def calibrated_files(self) -> list[str]:
        return [light.calibrated for light in self.plan.to_calibrate]

    def solved_files(self) -> list[str]:
        return [light.solved for light in self.plan.to_calibrate]

    def page_of(self, session: str) -> str:
        """Return the page of a night."""
        return f"{self.results}/report/{session}.html"

    def night_pages(self) -> list[str]:
        """Return the pages of all nights, where their lights are solved."""
        if "solved" not in self.plan.settings.stages:
            return []
        return [self.page_of(one) for one in self._nights]

    def camera_pages(self) -> list[str]:
        """Return the pages of all setups of cameras that have masters."""
        setups = sorted({one.setup.name for one in self.plan.matcher.masters if not one.constant})
        return [self.page_of_camera(one) for one in setups]

    def page_of_camera(self, setup: str) -> str:
        """Return the page of a setup of a camera."""
        return f"{self.results}/report/cameras/{setup}.html"

    def handed_over(self) -> dict[str, list[str]]:
        """Return the tables of what other programs get, by program: one for each night."""
        return {
            program: [f"{self.results}/export/{program}/{night}.csv" for night in self._nights]
            for program in self.plan.settings.export
        }

    def debayered(self) -> list[str]:
        """Return the tables of lights in three colours, one for each night; none unless asked."""
        nights = self._nights if self.plan.settings.debayer else []
        return [f"{self.results}/debayered/{night}.csv" for night in nights]

    @property
    def _nights(self) -> list[str]:
        """The nights whose lights are calibrated."""
        return sorted({light.session for light in self.plan.to_calibrate})
