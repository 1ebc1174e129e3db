"""Trials of flats: which lights are tried together, with which flats, and in which files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from plateworks.errors import PlateworksError
from plateworks.planning.filters import filter_token
from plateworks.planning.lights import PlannedLight
from plateworks.planning.names import disambiguated, frame_name


class Trials:
    """The trials of a plan; one for the lights of a setup, session and filter.

    Parameters
    ----------
    lights : iterable of PlannedLight
        Those with two or more candidate flats take part.
    folder : str
        Where previews and scores lie.
    """

    def __init__(self, lights: Iterable[PlannedLight], folder: str):
        self._folder = folder
        self._lights: dict[tuple[str, str], list[PlannedLight]] = {}
        for light in lights:
            if light.flats:
                self._lights.setdefault(_trial_of(light), []).append(light)

    def scores(self, light: PlannedLight) -> str:
        """Return the file with the scores of a light's candidates."""
        return f"{self._folder}/{'/'.join(_trial_of(light))}/scores.csv"

    def lights(self, setup: str, trial: str) -> list[PlannedLight]:
        """Return the lights of a trial."""
        return known(self._lights, (setup, trial), "trial of flats")

    def flats(self, setup: str, trial: str) -> dict[str, str]:
        """Return the candidates of a trial, each with the file of its preview.

        They are in the order of preference without a trial, that of the first light first.
        """
        lights = self.lights(setup, trial)
        paths = dict.fromkeys(match.master.path for light in lights for match in light.flats)
        return {path: self._preview(setup, path) for path in paths}

    def flat_of_preview(self, setup: str, name: str) -> str:
        """Return the master flat that a preview is made from."""
        return known(self._previewed, f"{self._folder}/{setup}/{name}.fits", "preview of a flat")

    @cached_property
    def _previewed(self) -> dict[str, str]:
        trials = (self.flats(*trial) for trial in self._lights)
        return {preview: flat for flats in trials for flat, preview in flats.items()}

    def _preview(self, setup: str, flat: str) -> str:
        # Flats of a library may share a file name: the digest of the path tells them apart.
        return f"{self._folder}/{setup}/preview_{disambiguated(frame_name(flat), flat)}.fits"


def known(things: Mapping, key: tuple[str, str] | str, what: str) -> Any:
    """Look a product up by its path, or by the two parts of it.

    Raises
    ------
    PlateworksError
        If the plan has no such product.
    """
    if key not in things:
        name = key if isinstance(key, str) else "/".join(key)
        raise PlateworksError(f"The plan has no {what} {name}; snakemake plan lists all.")
    return things[key]


def _trial_of(light: PlannedLight) -> tuple[str, str]:
    """Return setup and name of the trial a light belongs to."""
    key = light.source.key
    return key.setup.name, f"{key.session}_{filter_token(key.filter)}"
