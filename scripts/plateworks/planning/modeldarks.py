"""The models of the dark of a plan, and the darks that its lights are to get of them.

A plan reads no pixel, so it knows where a model may be asked and not whether it is true.  That is
found when it is fitted, and what comes of it stands in the file of the model; so a light that is to
get a modelled dark is told as well what it gets otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from plateworks.darklaw import Place
from plateworks.inventory.tokens import exposure_token, temperature_token
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.choices import dark_for_light
from plateworks.matching.match import Match, Refusal
from plateworks.matching.matcher import Matcher
from plateworks.planning.darkmodels import DarkModel, models_found, models_of
from plateworks.planning.paths import Naming, distinct


class DarkModels:
    """The models of a plan, and the darks that lights are to get of them.

    Parameters
    ----------
    matcher : Matcher
        Knows all masters.
    naming : Naming
    needs : iterable of Need
        Of the lights.
    found : iterable of (Candidate, str)
        Models that exist already, each as a dark of its setup, and what it tells of its darks.
    """

    def __init__(
        self,
        matcher: Matcher,
        naming: Naming,
        needs: Iterable[Need],
        found: Iterable[tuple[Candidate, str]] = (),
    ):
        #: Models that exist already, and what they tell of their darks.
        self.there = tuple(found)
        known = [*models_found(self.there, matcher)]
        self._models = [*known, *models_of(matcher, naming, known)]
        darks: dict[tuple[DarkModel, Place], Candidate] = {}
        taken: set[str] = set()
        asked = {
            (model, place)
            for need in {need.timeless: need for need in needs}.values()
            for model in self._models
            if isinstance(place := model.answers(need), Place)
        }
        for model, place in sorted(asked, key=lambda one: (one[0].path, one[1])):
            path = model.path if model.darks else naming.dark_model(model.like.setup.name)
            tokens = exposure_token(place.exposure), temperature_token(place.temperature)
            path = f"{os.path.splitext(path)[0]}_{'_'.join(tokens)}.fits"
            path = distinct(path, taken, f"{model.path} {place!r}")
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
