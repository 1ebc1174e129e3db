"""Trials of flats: which lights are tried together, with which flats, and in which files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from plateworks.errors import PlateworksError
from plateworks.inventory.filters import filter_token
from plateworks.inventory.tokens import disambiguated, frame_name
from plateworks.planning.lights import PlannedLight
from plateworks.planning.paths import Naming

_Thing = TypeVar("_Thing")


class Trials:
    """The trials of a plan; one for the lights of a setup, session and filter.

    A trial is known by its folder.

    Parameters
    ----------
    lights : iterable of PlannedLight
        Those with two or more candidate flats take part.
    naming : Naming
    previews : str
        Where the previews of flats lie.
    """

    def __init__(self, lights: Iterable[PlannedLight], naming: Naming, previews: str):
        self._naming, self._folder = naming, previews
        self._lights: dict[str, list[PlannedLight]] = {}
        self._trials: dict[tuple[str, ...], str] = {}
        for light in lights:
            if light.flats:
                self._lights.setdefault(self._trial_of(light), []).append(light)

    def __iter__(self) -> Iterator[str]:
        """Yield every trial."""
        return iter(self._lights)

    def scores(self, light: PlannedLight) -> str:
        """Return the file with the scores of a light's candidates."""
        return f"{self._trial_of(light)}/scores.csv"

    def lights(self, trial: str) -> list[PlannedLight]:
        """Return the lights of a trial."""
        return known(self._lights, trial, "trial of flats")

    def flats(self, trial: str) -> dict[str, str]:
        """Return the candidates of a trial, each with the file of its preview.

        They are in the order of preference without a trial, that of the first light first.
        """
        lights = self.lights(trial)
        setup = lights[0].source.key.setup.name
        paths = dict.fromkeys(match.master.path for light in lights for match in light.flats)
        return {path: self._preview(setup, path) for path in paths}

    def previews(self) -> list[str]:
        """Return the images of all trials, of their lights and of flats."""
        lights = (f"{folder}/{self._naming.trial_light}" for folder in self._lights)
        return [*lights, *self._previewed]

    def flat_of_preview(self, preview: str) -> str:
        """Return the master flat that a preview is made from."""
        return known(self._previewed, preview, "preview of a flat")

    @cached_property
    def _previewed(self) -> dict[str, str]:
        trials = map(self.flats, self._lights)
        return {preview: flat for flats in trials for flat, preview in flats.items()}

    def _preview(self, setup: str, flat: str) -> str:
        # Flats of a library may share a file name: the digest of the path tells them apart.
        return f"{self._folder}/{setup}/preview_{disambiguated(frame_name(flat), flat)}.fits"

    def _trial_of(self, light: PlannedLight) -> str:
        """Return the folder of the trial a light belongs to; no two trials share one."""
        key = light.source.key
        ways = (key.setup.row_order, key.setup.flip, key.setup.bayer)  # no matter to its name
        stored = " ".join(filter(None, ways))
        one = (key.setup.name, stored, key.own_session, filter_token(key.filter))
        if one not in self._trials:
            folder = self._naming.trial(light.source)
            taken = {other.casefold() for other in self._trials.values()}
            if folder.casefold() in taken:
                folder = disambiguated(folder, "/".join(one))
            self._trials[one] = folder
        return self._trials[one]


def known(things: Mapping[str, _Thing], key: str, what: str) -> _Thing:
    """Look a product up by its path.

    Raises
    ------
    PlateworksError
        If the plan has no such product.
    """
    if key not in things:
        raise PlateworksError(f"The plan has no {what} {key}; snakemake plan lists all.")
    return things[key]
