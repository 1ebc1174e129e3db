"""What the rules ask for by the wildcards of a job: its files, and what it is told."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from plateworks.digests import digest_of
from plateworks.jobs.found import Files
from plateworks.jobs.jobs import Jobs, LightBatch
from plateworks.jobs.later import Later
from plateworks.jobs.pixinsight import Integration
from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.orders.frames import files_of
from plateworks.orders.lights import CalibrationOrder, LightOrder
from plateworks.records import plain


def _told(files: Files, order: dict[str, Any], paths: Iterable[str]) -> UserDict[str, Any]:
    """Return an order with the digest of it that stands in the header of its product."""
    return UserDict(order | {"told": files.told(order, paths)})


class Lookup:
    """The jobs of a run, looked up by wildcards: input functions and parameters of rules.

    Each method takes the wildcards of a job as Snakemake gives them: an object with an attribute
    for each part of a path, below the results folder, that the rule leaves open.  The files of a
    job are its inputs as far as other rules make them.  Orders name the others wherever they lie,
    and come in a type that Snakemake does not look into.  What it compares is a digest of the order
    in which what these files hold stands for their paths (:mod:`plateworks.jobs.found`).

    Parameters
    ----------
    jobs : Jobs
        Those of the plan that the run began with.
    current : function, optional
        Returns the jobs that hold now (:class:`plateworks.jobs.replanning.CurrentJobs`), where
        the run may capture frames.  Masters and what is made of darks are looked up there.

    Raises
    ------
    PlateworksError
        By each method, if the plan has no such product.
    """

    def __init__(self, jobs: Jobs, current: Callable[[], Jobs] | None = None):
        self.jobs = jobs
        self.current = current or (lambda: jobs)
        self._lights: dict[tuple[str, str], str] = {}  # what each is told, asked for several times
        self._beside: dict[str, str] = {}  # the same, of those that others are solved from

    def path(self, below: str) -> str:
        """Return the path of a product, by what a wildcard holds of it."""
        return f"{self.jobs.results}/{below}"

    # -- masters ---------------------------------------------------------------------------------

    def master(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of one master."""
        jobs = self.current()
        order = jobs.master(self.path(wildcards.master))
        return _told(jobs.files, plain(order), files_of(order.frames))

    def files_of_master(self, wildcards: Any) -> list[str]:
        jobs = self.current()
        return jobs.files.made(files_of(jobs.master(self.path(wildcards.master)).frames))

    def told_of_master(self, wildcards: Any) -> str:
        return str(self.master(wildcards)["told"])

    # -- pixels to repair ------------------------------------------------------------------------

    def dark_of_list(self, wildcards: Any) -> Path:
        """Return the master dark of a cosmetic list."""
        return Path(self._dark_of_list(wildcards))

    def _dark_of_list(self, wildcards: Any) -> str:
        return self.current().dark_of_list(self.path(wildcards.cosmetic))

    def files_of_list(self, wildcards: Any) -> list[str]:
        return self.current().files.made([self._dark_of_list(wildcards)])

    def told_of_list(self, wildcards: Any) -> str:
        dark = self._dark_of_list(wildcards)
        return self.current().files.told([dark, self.hot_list().data], [dark])

    def flat_of_mask(self, wildcards: Any) -> str:
        """Return the master flat of a bad-pixel mask."""
        return self.jobs.flat_of_mask(self.path(wildcards.badpix))

    def hot_list(self) -> UserDict[str, Any]:
        """Return the order of every cosmetic list."""
        return UserDict(plain(self.jobs.orders.cosmetic_list()))

    def mask(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of a bad-pixel mask."""
        order = self.jobs.mask(self.flat_of_mask(wildcards))
        return _told(self.jobs.files, plain(order), files_of(order.frames))

    def files_of_mask(self, wildcards: Any) -> list[str]:
        return self.jobs.files.made(self._of_mask(wildcards))

    def told_of_mask(self, wildcards: Any) -> str:
        return str(self.mask(wildcards)["told"])

    def _of_mask(self, wildcards: Any) -> list[str]:
        return files_of(self.jobs.mask(self.flat_of_mask(wildcards)).frames)

    # -- lights ----------------------------------------------------------------------------------

    def calibration(self, batch: LightBatch, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the lights of a batch, or of the one that `wildcards` name."""
        return Later(lambda: self._written(batch, wildcards))

    def _written(self, batch: LightBatch, wildcards: Any) -> dict[str, Any]:
        order = self._calibration(batch, wildcards)
        data = plain(order)
        settings = digest_of(settings=data["settings"])
        for light, told in zip(order.lights, data["lights"], strict=True):
            told["told"] = self._told_of_light(light, told, settings)
        return data

    def files_of_calibration(self, batch: LightBatch, wildcards: Any) -> list[str]:
        return self.jobs.files.made(files_of(self._calibration(batch, wildcards).lights))

    def told_of_calibration(self, batch: LightBatch, wildcards: Any) -> list[str]:
        return [str(light["told"]) for light in self._written(batch, wildcards)["lights"]]

    def told_of_calibrated(self, batch: LightBatch) -> str:
        """Return what is told of the one light of a batch where it is calibrated."""
        return self.told_of_calibration(batch, None)[0]

    def _told_of_light(self, light: LightOrder, data: dict[str, Any], settings: str) -> str:
        key = light.output, settings
        if key not in self._lights:
            order = {name: value for name, value in data.items() if name != "output"}
            told = self.jobs.files.told({"light": order, "settings": settings}, light.files())
            self._lights[key] = told
        return self._lights[key]

    def _calibration(self, batch: LightBatch, wildcards: Any) -> CalibrationOrder:
        return self.jobs.calibration(self.jobs.lights(batch, wildcards))

    def solving(self, batch: LightBatch, wildcards: Any) -> dict[str, Any]:
        """Return the order by which the lights of a batch are solved, or the one that is named."""
        return plain(self.jobs.orders.solving(self.jobs.lights(batch, wildcards)))

    def told_of_solved(self) -> str:
        """Return what is told of every frame where it is solved."""
        return self.jobs.orders.solving(self.jobs.plan.to_calibrate).told

    def of_solved(self, tell: Callable[[list[str]], str], batch: LightBatch, wildcards: Any) -> str:
        """Return what is told of the solved frames of a batch, or of the one that is named."""
        return tell([light.solved for light in self.jobs.lights(batch, wildcards)])

    def calibrated(self, batch: LightBatch, wildcards: Any) -> list[str]:
        """Return the calibrated frames of a batch, or the one of the solved frame that is named."""
        return [light.calibrated for light in self.jobs.lights(batch, wildcards)]

    def beside(self, batch: LightBatch, wildcards: Any) -> list[str]:
        """Return the calibrated frames that those of a batch, or the one named, are solved from."""
        lights = self.jobs.lights(batch, wildcards)
        return [light.calibrated for light in self.jobs.fields.beside(lights)]

    def told_beside(self, batch: LightBatch, wildcards: Any) -> list[str]:
        """Return what is told of these frames where they are calibrated."""
        found = []
        for light in self.jobs.fields.beside(self.jobs.lights(batch, wildcards)):
            if light.calibrated not in self._beside:
                data = plain(order := self.jobs.calibration([light]))
                settings = digest_of(settings=data["settings"])
                told = self._told_of_light(order.lights[0], data["lights"][0], settings)
                self._beside[light.calibrated] = told
            found.append(self._beside[light.calibrated])
        return found

    # -- models of the dark ----------------------------------------------------------------------

    def dark_model(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of a model of the dark."""
        order = self._dark_model(wildcards)
        return _told(self.current().files, plain(order), order.files())

    def files_of_dark_model(self, wildcards: Any) -> list[str]:
        return self.current().files.made(self._dark_model(wildcards).files())

    def told_of_dark_model(self, wildcards: Any) -> str:
        return str(self.dark_model(wildcards)["told"])

    def _dark_model(self, wildcards: Any) -> DarkModelOrder:
        return self.current().dark_models.model(self.path(wildcards.model))

    def modelled_dark(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of a dark of a model."""
        order = self.jobs.dark_models.dark(self.path(wildcards.modelled))
        return _told(self.jobs.files, plain(order), [order.model])

    def model_of_dark(self, wildcards: Any) -> list[str]:
        """Return the model of a dark, where another rule makes it."""
        return self.jobs.files.made(
            [self.jobs.dark_models.dark(self.path(wildcards.modelled)).model]
        )

    def told_of_modelled_dark(self, wildcards: Any) -> str:
        return str(self.modelled_dark(wildcards)["told"])

    # -- trials of flats -------------------------------------------------------------------------

    def flat_of_preview(self, wildcards: Any) -> Path:
        """Return the master flat of a preview."""
        return Path(self._flat_of_preview(wildcards))

    def _flat_of_preview(self, wildcards: Any) -> str:
        return self.jobs.trials.flat_of_preview(self.path(f"{wildcards.preview}.fits"))

    def files_of_preview(self, wildcards: Any) -> list[str]:
        return self.jobs.files.made([self._flat_of_preview(wildcards)])

    def told_of_preview(self, wildcards: Any) -> str:
        flat = self._flat_of_preview(wildcards)
        return self.jobs.files.told(flat, [flat])

    def trial(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the lights of a trial."""
        return UserDict(plain(self.jobs.trial(self.path(wildcards.trial))))

    def files_of_trial(self, wildcards: Any) -> list[str]:
        return self.jobs.files.made(self._of_trial(wildcards))

    def told_of_trial(self, wildcards: Any) -> str:
        return self.jobs.files.told(self.trial(wildcards).data, self._of_trial(wildcards))

    def _of_trial(self, wildcards: Any) -> list[str]:
        return files_of(self.jobs.trial(self.path(wildcards.trial)).frames)

    def flats_of_trial(self, wildcards: Any) -> dict[str, str]:
        """Return the candidates of a trial, each with its preview."""
        return self.jobs.trials.flats(self.path(wildcards.trial))

    def previews_of_trial(self, wildcards: Any) -> list[str]:
        return list(self.flats_of_trial(wildcards).values())


class IntegrationLookup:
    """The jobs of PixInsight, looked up by wildcards, as :class:`Lookup` does."""

    def __init__(self, integration: Integration):
        self._integration = integration

    def program(self) -> dict[str, Any]:
        """Return how PixInsight is started."""
        return plain(self._integration.jobs.orders.program())

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return what PixInsight is told to make."""
        return UserDict(plain(self._integration.order(wildcards.image)))

    def files(self, wildcards: Any) -> list[str]:
        return self._integration.files.made(self._of_image(wildcards))

    def told(self, wildcards: Any) -> str:
        return self._integration.files.told(self.order(wildcards).data, self._of_image(wildcards))

    def _of_image(self, wildcards: Any) -> list[str]:
        return files_of(self._integration.order(wildcards.image).frames)

    def all_orders(self) -> list[dict[str, Any]]:
        """Return what PixInsight is told to make, for the one script that makes all masters."""
        return [plain(order) for order in self._integration.all()]

    def all_told(self, wildcards: Any) -> str:
        """Return a digest of what the frames of all masters hold, for that script."""
        raw = self._integration.raw_files()
        return self._integration.files.told(raw, raw)

    def image_of_master(self, wildcards: Any) -> str:
        """Return the image of PixInsight that becomes a master."""
        return self._integration.image(self._path(wildcards.master))

    def adoption(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of a master that is made of an image of PixInsight."""
        order = self._integration.adoption(self._path(wildcards.master))
        return _told(self._integration.files, plain(order), files_of(order.frames))

    def files_of_adoption(self, wildcards: Any) -> list[str]:
        return self._integration.files.made(self._of_adoption(wildcards))

    def told_of_adoption(self, wildcards: Any) -> str:
        return str(self.adoption(wildcards)["told"])

    def _of_adoption(self, wildcards: Any) -> list[str]:
        return files_of(self._integration.adoption(self._path(wildcards.master)).frames)

    def _path(self, below: str) -> str:
        return f"{self._integration.jobs.results}/{below}"
