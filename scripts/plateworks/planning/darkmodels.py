"""Models of the dark: for which setups the darks make one, and which lights lie within it.

A plan reads no pixel, so it knows where a model may be asked and not whether it is true.  That is
found when it is fitted, and what comes of it stands in the file of the model; so a light that is to
get a modelled dark is told as well what it gets otherwise.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from plateworks.darklaw import (
    LEAST_EXPOSURES,
    USUAL_DOUBLING,
    Place,
    line_through,
    noise_in_frames,
    reference_of,
    seconds_at,
    several,
    within,
)
from plateworks.inventory.tokens import exposure_token, temperature_token
from plateworks.mastercost import UNTOLD_FRAMES
from plateworks.matching.candidates import Candidate, Modelled, Need, need_of_bias
from plateworks.matching.choices import dark_for_light
from plateworks.matching.comparison import compare, distance
from plateworks.matching.darkrules import same_exposure
from plateworks.matching.match import Match, Refusal
from plateworks.matching.matcher import Matcher
from plateworks.matching.vouching import is_trusted
from plateworks.planning.paths import Naming, distinct
from plateworks.settings.matching import Matching


@dataclass(frozen=True, eq=False)
class DarkModel:
    """A model that darks of one setup make.

    Attributes
    ----------
    path : str
        Its file.
    darks : tuple of Candidate
        Of one place each, in the order of these.
    bias : Candidate or None
        By which a single dark would be scaled.
    matching : Matching
    """

    path: str
    darks: tuple[Candidate, ...]
    bias: Candidate | None
    matching: Matching

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(map(_place, self.darks))

    @property
    def inside(self) -> list[bool]:
        """Of each dark, whether it lies within the hull of the others."""
        others = ([*self.places[:n], *self.places[n + 1 :]] for n in range(len(self.places)))
        return [
            self._within(rest, place) is not None
            for rest, place in zip(others, self.places, strict=True)
        ]

    @property
    def hull(self) -> str:
        """Its hull in words."""
        exposures = sorted(place.exposure for place in self.places)
        degrees = sorted(place.temperature for place in self.places)
        warm = (
            f"{degrees[0]:g} to {degrees[-1]:g}" if degrees[0] < degrees[-1] else f"{degrees[0]:g}"
        )
        return f"{exposures[0]:g} to {exposures[-1]:g} s, {warm} degC"

    def answers(self, need: Need) -> Place | Refusal | None:
        """Say where the model is asked for the dark of a light.

        None where nobody asks: the light is of another setup, or has a dark of its own.
        """
        if need.bias_off or need.exposure is None or need.temperature is None:
            return None
        if isinstance(compare(need, self.darks[0], self.matching), Refusal):
            return None
        asked = Place(need.exposure, need.temperature)
        if any(_is_one(asked, place, self.matching) for place in self.places):
            return None
        found = self._within(self.places, asked)
        if found is None:
            here = f"{asked.exposure:g} s, {asked.temperature:g} degC"
            return Refusal(self.path, "hull of the model", here, self.hull, "raw: add darks")
        return found

    def dark_at(self, place: Place, path: str) -> Candidate:
        """Return the dark of a place as a candidate, in the file `path`."""
        first = self.darks[0]
        nights = {dark.night for dark in self.darks}
        dates = [dark.mjd for dark in self.darks if dark.mjd is not None]
        frames = [dark.frames or UNTOLD_FRAMES for dark in self.darks]
        seconds = [self._seconds(one) for one in self.places]
        line = line_through(seconds, [1.0 / count for count in frames])
        worth = noise_in_frames(line.at(self._seconds(place)), frames)
        of_bias = () if self.bias is None else (self.bias,)
        return Candidate(
            path=path,
            kind="dark",
            setup=first.setup,
            temperature=place.temperature,
            exposure=place.exposure,
            filter=None,
            telescope=first.telescope,
            focal_length=None,
            rotator=None,
            mjd=fmean(dates) if dates else None,
            bias_inside=first.bias_inside,
            made=True,
            night=nights.pop() if len(nights) == 1 else None,
            frames=max(1, round(worth)),
            modelled=Modelled(
                model=self.path,
                made_of=(*self.darks, *of_bias),
                nearest=min(self.darks, key=lambda dark: _farther(dark, place)).path,
                text=f"modelled from {len(self.darks)} darks of {self.hull}",
            ),
        )

    def _seconds(self, place: Place) -> float:
        return seconds_at(place, reference_of(self.places), USUAL_DOUBLING)

    def _within(self, places: tuple[Place, ...] | list[Place], asked: Place) -> Place | None:
        matching = self.matching
        degrees, part = matching.temperature_tolerance_degC, matching.exposure_tolerance
        return within(places, asked, degrees, part)


class DarkModels:
    """The models of a plan, and the darks that lights are to get of them.

    Parameters
    ----------
    matcher : Matcher
        Knows all masters.
    naming : Naming
    needs : iterable of Need
        Of the lights.
    """

    def __init__(self, matcher: Matcher, naming: Naming, needs: Iterable[Need]):
        self._models = models_of(matcher, naming)
        darks: dict[tuple[DarkModel, Place], Candidate] = {}
        taken: set[str] = set()
        asked = {
            (model, found)
            for need in {need.timeless: need for need in needs}.values()
            for model in self._models
            if isinstance(found := model.answers(need), Place)
        }
        for model, place in sorted(asked, key=lambda one: (one[0].path, one[1])):
            stem = os.path.splitext(model.path)[0]
            tokens = exposure_token(place.exposure), temperature_token(place.temperature)
            path = distinct(f"{stem}_{'_'.join(tokens)}.fits", taken, repr(place))
            darks[model, place] = model.dark_at(place, path)
        self._darks = darks
        self._matcher = matcher.with_more(darks.values())

    def dark_for(self, need: Need) -> Match | None:
        """Return the modelled dark of a light, where that goes before all others."""
        best = dark_for_light(need, self._matcher) if self._darks else None
        return best if best is not None and best.master.modelled is not None else None

    def refusals(self, need: Need) -> Iterator[Refusal]:
        """Yield the models of its setup that a light lies beyond."""
        found = (model.answers(need) for model in self._models)
        return (one for one in found if isinstance(one, Refusal))

    def __iter__(self) -> Iterator[DarkModel]:
        """Yield every model."""
        return iter(self._models)


def models_of(matcher: Matcher, naming: Naming) -> list[DarkModel]:
    """Return the models that the master darks of a plan make.

    Darks of one setup make one where they are of three exposures at one temperature.  Of several
    that differ in nothing but the night, that of the most frames takes part, of these the newest.
    """
    alike: dict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    for dark in (one for one in matcher.masters if is_trusted(one, matcher.options)):
        if dark.kind == "dark" and dark.exposure and dark.temperature is not None:
            alike[dark.setup, dark.telescope, dark.bias_inside is not False].append(dark)
    models, taken, matching = [], set[str](), matcher.options
    for some in sorted(alike.values(), key=lambda darks: min(dark.path for dark in darks)):
        darks = tuple(sorted(_one_of_a_place(some, matching), key=_place))
        if _are_enough(darks, matching):
            bias = None
            if darks[0].bias_inside is not False:
                bias = matcher.best(need_of_bias(darks[0]), "bias")
            path = distinct(naming.dark_model(darks[0].setup.name), taken, darks[0].path)
            models.append(DarkModel(path, darks, None if bias is None else bias.master, matching))
    return models


def _one_of_a_place(darks: Iterable[Candidate], matching: Matching) -> list[Candidate]:
    kept: list[Candidate] = []
    for dark in sorted(darks, key=lambda one: (-(one.frames or 0), -(one.mjd or 0.0), one.path)):
        if not any(_is_one(_place(dark), _place(other), matching) for other in kept):
            kept.append(dark)
    return kept


def _are_enough(darks: Iterable[Candidate], matching: Matching) -> bool:
    places, degrees = [_place(dark) for dark in darks], matching.temperature_tolerance_degC
    return any(
        several(
            (p.exposure for p in places if distance(p.temperature, one.temperature) <= degrees),
            0.0,
            max(matching.exposure_tolerance, 1e-6),
        )
        >= LEAST_EXPOSURES
        for one in places
    )


def _place(dark: Candidate) -> Place:
    assert dark.exposure is not None and dark.temperature is not None
    return Place(dark.exposure, dark.temperature)


def _is_one(one: Place, other: Place, matching: Matching) -> bool:
    """Whether two places are the same, as far as choosing a dark goes."""
    warm = distance(one.temperature, other.temperature) <= matching.temperature_tolerance_degC
    return warm and same_exposure(one.exposure, other.exposure, matching.exposure_tolerance)


def _farther(dark: Candidate, place: Place) -> tuple[float, bool, float, str]:
    """Return how unlike a dark is to a place: a longer one lists what harms a shorter light too."""
    there = _place(dark)
    longer = there.exposure - place.exposure
    return abs(there.temperature - place.temperature), longer < 0, abs(longer), dark.path
