"""Whether a law of the dark is worth more than single darks: each dark, predicted by the others.

The others know nothing of the dark that is left out, so what they are off by is what a light of
that exposure and temperature would suffer.  Beside it stands the best that any single dark would
have done there, scaled or not, with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.darklaw import Place, several
from plateworks.pixels.arrays import Doubles
from plateworks.pixels.darkfit import Law, doubling_of, law_of, terms_of, weighted

#: The law serves where its mean is off by no more, ADU, and hot pixels by no more of their noise.
MOST_MEAN, MOST_HOT = 0.1, 2.0
#: Fewer hot pixels do not tell.
FEWEST_HOT = 30
#: By so much a law may do worse than the best single dark at one place: that is known by hindsight.
_LITTLE = 1.05
#: The part of values within one standard deviation.
_ONE_SIGMA = 68.27


class Samples(NamedTuple):
    """What of N darks, and of a bias, is looked at.

    Attributes
    ----------
    levels : (N,) float64 array
        Means of all pixels that a dark can predict, ADU.
    hot : (N, M) float64 array
        Hot pixels, ADU.
    bias : (float, (M,) float64 array) or None
        The same of the master bias by which darks are scaled.
    """

    levels: Doubles
    hot: Doubles
    bias: tuple[float, Doubles] | None = None

    @property
    def above(self) -> Doubles:
        """What the hot pixels have more than the level of their dark, (N, M) float64."""
        return np.asarray(self.hot - self.levels[:, None])

    def without(self, index: int) -> Samples:
        """Return the same without one dark."""
        levels, hot = (np.delete(values, index, axis=0) for values in (self.levels, self.hot))
        return Samples(levels, hot, self.bias)


class Off(NamedTuple):
    """What a prediction of a dark is off by.

    Attributes
    ----------
    mean : float
        Of all pixels, ADU.
    hot : float
        Of hot pixels, ADU: so much, or less, are 68 % of them; NaN where there are few.
    """

    mean: float
    hot: float


class Held(NamedTuple):
    """One dark that was left out.

    Attributes
    ----------
    place : Place
    inside : bool
        Whether it lies within the hull of the others, where the law may be asked.
    law, single : Off
        By the law of the others, and by the best single one of them.
    in_noises : float
        What hot pixels are off by, by the law, over the noise of each in the dark and in its
        prediction together: 1 where all is well.
    """

    place: Place
    inside: bool
    law: Off
    single: Off
    in_noises: float

    def faults(self) -> list[str]:
        """Say where the law fails, as clauses."""
        where, words = f"{self.place.exposure:g} s, {self.place.temperature:g} degC", []
        if not abs(self.law.mean) <= MOST_MEAN:
            words.append(f"the mean is off by {self.law.mean:+.2f} ADU at {where}")
        if self.in_noises > MOST_HOT:
            words.append(f"hot pixels are off by {self.in_noises:.1f} x their noise at {where}")
        if self.law.hot > _LITTLE * self.single.hot:
            pair = f"{self.single.hot:.3g} ADU off in hot pixels, not {self.law.hot:.3g}"
            words.append(f"a single dark does better ({pair}) at {where}")
        return words


def held_out(law: Law, samples: Samples, inside: Sequence[bool], degrees: float) -> list[Held]:
    """Predict each dark by the others.

    Parameters
    ----------
    law : Law
        Of all.
    samples : Samples
    inside : sequence of bool
        Of each, whether it lies within the hull of the others.
    degrees : float
        Temperatures that differ by more are two.
    """
    return [
        _held(law, samples, n, inside=within, degrees=degrees)
        for n, within in enumerate(inside)
        if several((p.exposure for p in _but(law.places, n)), 0.0, 0.01) > 1
    ]


def _held(law: Law, samples: Samples, n: int, *, inside: bool, degrees: float) -> Held:
    places, noise, others = _but(law.places, n), law.noise.without(n), samples.without(n)
    doubling = law.doubling
    if several((p.temperature for p in places), degrees) > 1:
        doubling = doubling_of(others.above, places, noise)
    without = law_of(places, noise, doubling)
    if law.line.terms > without.line.terms:
        without = without.with_glow() or without
    expected = without.at(law.places[n])
    weights = without.line.at(expected.seconds, expected.exposure)
    off = samples.hot[n] - weighted(list(others.hot), weights)
    _, rates, glows = (np.maximum(one, 0.0) for one in terms_of(list(others.above), without.line))
    charge = rates * expected.seconds + glows * expected.exposure
    own = law.noise.variances[n] + law.noise.growths[n] * charge
    grown = expected.growth * rates + expected.growth_of_glow * glows
    sigma = np.sqrt(own + expected.variance + grown)
    level = float(samples.levels[n] - weighted(list(others.levels), weights))
    return Held(
        place=law.places[n],
        inside=inside,
        law=Off(level, _sixty_eight(off)),
        single=min(_singles(law.places, samples, n), key=lambda one: np.nan_to_num(one.hot)),
        in_noises=_sixty_eight(off / sigma),
    )


def _singles(places: Sequence[Place], samples: Samples, n: int) -> Iterable[Off]:
    """Yield what each other dark is off by, as it is, and scaled by the exposures."""
    for m, other in enumerate(places):
        if m == n:
            continue
        yield _off(samples, n, samples.levels[m], samples.hot[m])
        if samples.bias is not None:
            (level, hot), k = samples.bias, places[n].exposure / other.exposure
            of_level, of_hot = samples.levels[m] - level, samples.hot[m] - hot
            yield _off(samples, n, level + k * of_level, hot + k * of_hot)


def _off(samples: Samples, n: int, level: float, hot: Doubles) -> Off:
    return Off(float(samples.levels[n] - level), _sixty_eight(samples.hot[n] - hot))


def _sixty_eight(values: Doubles) -> float:
    """Return what 68 % of values, without their signs, do not exceed; NaN of few."""
    if values.size < FEWEST_HOT:
        return float("nan")
    return float(np.percentile(np.abs(values), _ONE_SIGMA))


def _but(places: Sequence[Place], n: int) -> tuple[Place, ...]:
    return (*places[:n], *places[n + 1 :])


def verdict(held: Iterable[Held]) -> str:
    """Say why a law does not serve, as clauses; empty if it does.

    It has to be better than single darks on the whole, and nowhere worse.
    """
    tested = [one for one in held if one.inside]
    if not tested:
        return "none of its darks lies within the hull of the others, to test it by"
    if any(np.isnan(one.law.hot) for one in tested):
        return f"fewer than {FEWEST_HOT} hot pixels do not show that it is better than single darks"
    faults = [fault for one in tested for fault in one.faults()]
    law, single = (
        sum(off.hot**2 for off in each)
        for each in zip(*((one.law, one.single) for one in tested), strict=True)
    )
    if not faults and not law < single:
        faults.append("single darks do as well where it was tested")
    return "; ".join(faults)
