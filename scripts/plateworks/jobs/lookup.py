"""What the rules ask for by the wildcards of a job: its files, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plateworks.jobs.jobs import Jobs, LightBatch, files_of
from plateworks.jobs.pixinsight import Integration


class Lookup:
    """The jobs of a run, looked up by wildcards: input functions and parameters of rules.

    Each method takes the wildcards of a job as Snakemake gives them: an object with an attribute
    for each part of a path, below the results folder, that the rule leaves open.

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

    def path(self, below: str) -> str:
        """Return the path of a product, by what a wildcard holds of it."""
        return f"{self.jobs.results}/{below}"

    # -- masters ---------------------------------------------------------------------------------

    def master_job(self, wildcards: Any) -> dict[str, Any]:
        """Describe how one master is combined."""
        return self.current().master(self.path(wildcards.master))

    def files_of_master(self, wildcards: Any) -> list[str]:
        return files_of(self.master_job(wildcards)["frames"])

    # -- pixels to repair ------------------------------------------------------------------------

    def dark_of_list(self, wildcards: Any) -> str:
        """Return the master dark of a cosmetic list."""
        return self.current().dark_of_list(self.path(wildcards.cosmetic))

    def flat_of_mask(self, wildcards: Any) -> str:
        """Return the master flat of a bad-pixel mask."""
        return self.jobs.flat_of_mask(self.path(wildcards.badpix))

    def mask_job(self, wildcards: Any) -> dict[str, Any]:
        """Describe how the master flat of a bad-pixel mask is combined."""
        return self.jobs.master(self.flat_of_mask(wildcards))

    def files_of_mask(self, wildcards: Any) -> list[str]:
        return files_of(self.mask_job(wildcards)["frames"])

    # -- lights ----------------------------------------------------------------------------------

    def calibration_job(self, batch: LightBatch, wildcards: Any) -> list[dict[str, Any]]:
        """Describe how the lights of a batch are calibrated, or the one that `wildcards` name."""
        return self.jobs.calibration(self.jobs.lights(batch, wildcards))

    def files_of_calibration(self, batch: LightBatch, wildcards: Any) -> list[str]:
        return files_of(self.calibration_job(batch, wildcards))

    def calibrated(self, batch: LightBatch, wildcards: Any) -> list[str]:
        """Return the calibrated frames of a batch, or the one of the solved frame that is named."""
        return [light.calibrated for light in self.jobs.lights(batch, wildcards)]

    # -- trials of flats -------------------------------------------------------------------------

    def flat_of_preview(self, wildcards: Any) -> str:
        """Return the master flat of a preview."""
        return self.jobs.trials.flat_of_preview(self.path(f"{wildcards.preview}.fits"))

    def trial_job(self, wildcards: Any) -> list[dict[str, Any]]:
        """Describe how the lights of a trial are calibrated, without any flat."""
        return self.jobs.trial_lights(self.path(wildcards.trial))

    def files_of_trial(self, wildcards: Any) -> list[str]:
        return files_of(self.trial_job(wildcards))

    def flats_of_trial(self, wildcards: Any) -> dict[str, str]:
        """Return the candidates of a trial, each with its preview."""
        return self.jobs.trials.flats(self.path(wildcards.trial))

    def previews_of_trial(self, wildcards: Any) -> list[str]:
        return list(self.flats_of_trial(wildcards).values())


class IntegrationLookup:
    """The jobs of PixInsight, looked up by wildcards, as :class:`Lookup` does."""

    def __init__(self, integration: Integration):
        self._integration = integration

    def job(self, wildcards: Any) -> dict[str, Any]:
        """Describe what PixInsight is told to make."""
        return self._integration.job(wildcards.image)

    def files(self, wildcards: Any) -> list[str]:
        return files_of(self.job(wildcards)["frames"])

    def all_files(self, wildcards: Any) -> list[str]:
        """Return the frames of all masters, for the one script that makes them all."""
        return self._integration.raw_files()

    def image_of_master(self, wildcards: Any) -> str:
        """Return the image of PixInsight that becomes a master."""
        return self._integration.image(self._path(wildcards.master))

    def adoption_job(self, wildcards: Any) -> dict[str, Any]:
        """Describe how an image of PixInsight becomes a master."""
        return self._integration.adoption(self._path(wildcards.master))

    def files_of_adoption(self, wildcards: Any) -> list[str]:
        return files_of(self.adoption_job(wildcards)["frames"])

    def _path(self, below: str) -> str:
        return f"{self._integration.jobs.results}/{below}"
