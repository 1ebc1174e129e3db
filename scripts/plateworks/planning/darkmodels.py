"""Models of the dark: for which setups the darks make one, and where one may be asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import fmean

from plateworks.darklaw import (
    LEAST_EXPOSURES,
    USUAL_DOUBLING,
    Place,
    darks_told,
    line_through,
    noise_in_frames,
    reference_of,
    seconds_at,
    several,
    within,
)
from plateworks.inventory.sets import Setup
from plateworks.mastercost import UNTOLD_FRAMES
from plateworks.matching.candidates import Candidate, Modelled, Need, need_of_bias
from plateworks.matching.comparison import compare, distance
from plateworks.matching.darkrules import same_exposure
from plateworks.matching.match import Refusal
from plateworks.matching.matcher import Matcher
from plateworks.matching.vouching import is_trusted
from plateworks.planning.paths import Naming, distinct
from plateworks.settings.matching import Matching

#: What darks share that make one model: the setup, the telescope, and whether they hold their bias.
_Setup = tuple[Setup, str | None, bool]


@dataclass(frozen=True, eq=False)
class DarkModel:
    """A model that darks of one setup make, or made in another run.

    Attributes
    ----------
    like : Candidate
        A dark of its file and setup, of no exposure: lights are compared with it.
    places : tuple of N Place
        Where its darks were taken, in this order.
    frames : tuple of N int
        How many are combined in each.
    beside : tuple of Candidate
        Darks of its setup, with whose lists of hot pixels its own darks go.
    matching : Matching
    darks : tuple of Candidate
        Those of `places` that it is to be fitted to; none where it is there already.
    bias : Candidate or None
        By which a single dark would be scaled.
    """

    like: Candidate
    places: tuple[Place, ...]
    frames: tuple[int, ...]
    beside: tuple[Candidate, ...]
    matching: Matching
    darks: tuple[Candidate, ...] = ()
    bias: Candidate | None = None

    @property
    def path(self) -> str:
        """Its file."""
        return self.like.path

    @property
    def made_of(self) -> tuple[Candidate, ...]:
        """What it is to be made of: its darks, and the bias that they are compared by."""
        return self.darks if self.bias is None else (*self.darks, self.bias)

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
        if isinstance(compare(need, self.like, self.matching), Refusal):
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
        line = line_through([*map(self._seconds, self.places)], [1.0 / n for n in self.frames])
        weights = line.at(self._seconds(place), place.exposure)
        worth = noise_in_frames(weights, self.frames)
        nearest = min(self.beside, key=lambda dark: _farther(dark, place), default=None)
        return replace(
            self.like,
            path=path,
            temperature=place.temperature,
            exposure=place.exposure,
            frames=max(1, round(worth)),
            modelled=Modelled(
                model=self.path,
                made_of=self.made_of,
                nearest=path if nearest is None else nearest.path,
                text=f"modelled from {len(self.places)} darks of {self.hull}",
            ),
        )

    def _seconds(self, place: Place) -> float:
        return seconds_at(place, reference_of(self.places), USUAL_DOUBLING)

    def _within(self, places: tuple[Place, ...] | list[Place], asked: Place) -> Place | None:
        matching = self.matching
        degrees, part = matching.temperature_tolerance_degC, matching.exposure_tolerance
        return within(places, asked, degrees, part)


def models_of(matcher: Matcher, naming: Naming, there: Iterable[DarkModel] = ()) -> list[DarkModel]:
    """Return the models that the master darks of a plan make.

    Darks of one setup make one where they are of three exposures at one temperature.  Of several
    that differ in nothing but the night, that of the most frames takes part, of these the newest.
    Darks that exist already make none that is there as well.
    """
    models, taken, matching = [], set[str](), matcher.options
    alike = _darks_by_setup(matcher)
    for setup, some in sorted(alike.items(), key=lambda one: min(d.path for d in one[1])):
        darks = tuple(sorted(_one_of_a_place(some, matching), key=_place))
        if not _are_enough(darks, matching):
            continue
        of_model = tuple(map(_place, darks)), tuple(d.frames or UNTOLD_FRAMES for d in darks)
        same = (x for x in there if _setup(x.like) == setup and (x.places, x.frames) == of_model)
        if not any(dark.made for dark in darks) and any(same):
            continue
        bias = None
        if darks[0].bias_inside is not False:
            bias = matcher.best(need_of_bias(darks[0]), "bias")
        path = distinct(naming.dark_model(darks[0].setup.name), taken, darks[0].path)
        nights = {dark.night for dark in darks}
        dates = [dark.mjd for dark in darks if dark.mjd is not None]
        like = replace(
            darks[0],
            path=path,
            exposure=None,
            temperature=None,
            filter=None,
            focal_length=None,
            rotator=None,
            mjd=fmean(dates) if dates else None,
            made=True,
            night=nights.pop() if len(nights) == 1 else None,
            word=None,
        )
        chosen = None if bias is None else bias.master
        models.append(DarkModel(like, *of_model, darks, matching, darks, chosen))
    return models


def models_found(found: Iterable[tuple[Candidate, str]], matcher: Matcher) -> Iterator[DarkModel]:
    """Yield the models that exist already; one whose darks cannot be understood is none."""
    alike = _darks_by_setup(matcher)
    for like, told in found:
        if darks := sorted(darks_told(told)):
            places, frames = zip(*darks, strict=True)
            counts = tuple(count or UNTOLD_FRAMES for count in frames)
            like = replace(like, exposure=None, temperature=None, made=True)
            beside = tuple(alike.get(_setup(like), ()))
            yield DarkModel(like, places, counts, beside, matcher.options)


def _darks_by_setup(matcher: Matcher) -> dict[_Setup, list[Candidate]]:
    """Return the master darks whose exposure and temperature are known, by what they share."""
    alike: dict[_Setup, list[Candidate]] = defaultdict(list)
    for dark in (one for one in matcher.masters if is_trusted(one, matcher.options)):
        known = dark.exposure and dark.temperature is not None
        if dark.kind == "dark" and known and dark.setup.planes is None:  # a plane has no law
            alike[_setup(dark)].append(dark)
    return alike


def _setup(dark: Candidate) -> _Setup:
    return dark.setup, dark.telescope, dark.bias_inside is not False


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
