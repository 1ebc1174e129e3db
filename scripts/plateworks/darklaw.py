"""The law of a dark: a pattern, and a rate that grows with the exposure and with the temperature.

    DARK = PATTERN + RATE · seconds · 2 ** ((temperature - reference) / doubling) + GLOW · seconds

GLOW is the light of parts of the chip that do not cool with it, where darks show any.

A plan asks where such a law holds and how much noise it brings, before a pixel is read; the job
that fits it asks the same.  For all pixels alike, the dark of the law is a weighted sum of master
darks whose weights add up to 1.  So its noise, and what a wrong doubling does, are sums too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

#: Fewer exposures do not show whether dark current grows with them.
LEAST_EXPOSURES = 3
#: Of a sensor whose hot pixels do not tell it: in silicon 5 to 8 hereabouts.
USUAL_DOUBLING, USUAL_ERROR = 6.0, 1.5


class Place(NamedTuple):
    """Where a dark was taken, or is asked for: seconds, and degrees C."""

    exposure: float
    temperature: float


#: Of the spread of exposures, so much has to be no straight line in those at the reference: from
#: less, nobody can say what is a glow and what is dark current.
_TOLD_APART = 0.05
#: How the header of a model tells one of its darks.
_TOLD = re.compile(r"(\S+) s (\S+) degC x (\d+)")


def told_of_darks(places: Iterable[Place], frames: Iterable[int]) -> str:
    """Tell where darks were taken, and of how many frames each is (0: not known)."""
    return ", ".join(
        f"{place.exposure!r} s {place.temperature!r} degC x {count}"
        for place, count in zip(places, frames, strict=True)
    )


def darks_told(text: str) -> list[tuple[Place, int]]:
    """Return what :func:`told_of_darks` told; nothing of another text."""
    found = [_TOLD.fullmatch(one) for one in text.split(", ")]
    try:
        darks = [(Place(float(m[1]), float(m[2])), int(m[3])) for m in found if m is not None]
    except ValueError:
        return []
    sound = len(darks) == len(found) and len({place.exposure for place, _ in darks}) > 1
    sound = sound and all(math.isfinite(value) for place, _ in darks for value in place)
    return darks if sound else []


class Line(NamedTuple):
    """The weights of N darks in the law through them.

    Attributes
    ----------
    pattern, rate, glow : tuple of N floats
        They make the pattern, ADU, the rate, ADU a second at the temperature of reference, and the
        glow, ADU a second: all 0 where the law has none.
    """

    pattern: tuple[float, ...]
    rate: tuple[float, ...]
    glow: tuple[float, ...]

    @property
    def terms(self) -> int:
        """How many of the three the law has."""
        return 2 + any(self.glow)

    def at(self, seconds: float, exposure: float) -> tuple[float, ...]:
        """Return the weights that make a dark of an exposure, and of so many at the reference."""
        return tuple(p + r * seconds + g * exposure for p, r, g in zip(*self, strict=True))


def seconds_at(place: Place, reference: float, doubling: float) -> float:
    """Return the exposure that gathers as much at the temperature of reference."""
    return place.exposure * math.pow(2.0, (place.temperature - reference) / doubling)


def line_through(seconds: Sequence[float], variances: Sequence[float]) -> Line:
    """Return the weights of the least squares through darks.

    Parameters
    ----------
    seconds : sequence of N floats
        At the reference; two at least differ.
    variances : sequence of N floats
        Of an ordinary pixel of each dark, in any unit.
    """
    certain = [1.0 / one for one in variances]
    total = sum(certain)
    middle = sum(w * x for w, x in zip(certain, seconds, strict=True)) / total
    spread = sum(w * (x - middle) ** 2 for w, x in zip(certain, seconds, strict=True))
    rate = [w * (x - middle) / spread for w, x in zip(certain, seconds, strict=True)]
    pattern = [w / total - r * middle for w, r in zip(certain, rate, strict=True)]
    return Line(tuple(pattern), tuple(rate), (0.0,) * len(rate))


def line_with_glow(
    seconds: Sequence[float], exposures: Sequence[float], variances: Sequence[float]
) -> Line | None:
    """Return the same with a glow that goes by the exposure alone.

    Parameters
    ----------
    seconds, exposures : sequences of N floats
        At the reference, and as they are.
    variances : sequence of N floats

    Returns
    -------
    Line or None
        None where the darks do not tell it from dark current: those of one temperature, or of two
        that lie close together.
    """
    line, certain = line_through(seconds, variances), [1.0 / one for one in variances]
    # What of the exposures is no straight line in the seconds tells the glow.
    start, slope = (
        sum(w * t for w, t in zip(weights, exposures, strict=True))
        for weights in (line.pattern, line.rate)
    )
    apart = [t - start - slope * x for t, x in zip(exposures, seconds, strict=True)]
    tells = sum(w * one**2 for w, one in zip(certain, apart, strict=True))
    level = sum(w * t for w, t in zip(certain, exposures, strict=True)) / sum(certain)
    spread = sum(w * (t - level) ** 2 for w, t in zip(certain, exposures, strict=True))
    if len(certain) < 4 or tells < _TOLD_APART * spread:
        return None
    glow = [w * one / tells for w, one in zip(certain, apart, strict=True)]
    return Line(
        tuple(p - start * g for p, g in zip(line.pattern, glow, strict=True)),
        tuple(r - slope * g for r, g in zip(line.rate, glow, strict=True)),
        tuple(glow),
    )


def reference_of(places: Iterable[Place]) -> float:
    """Return the temperature that rates are told at: the middle one, the colder of two."""
    there = sorted(place.temperature for place in places)
    return there[(len(there) - 1) // 2]


def several(values: Iterable[float], apart: float, part: float = 0.0) -> int:
    """Return how many values there are that differ by more than `apart`, or `part` of the greater.

    Those that are nearer to the one before are the same.
    """
    count, last = 0, -math.inf
    for value in sorted(values):
        if value - last > max(apart, part * abs(value)):
            count, last = count + 1, value
    return count


def exposures_at(places: Sequence[Place], temperature: float) -> tuple[float, float] | None:
    """Return the shortest and the longest exposure within the hull of darks at a temperature.

    None where all darks are warmer, or all are colder.
    """
    if not min(p.temperature for p in places) <= temperature <= max(p.temperature for p in places):
        return None
    crossed = [place.exposure for place in places if place.temperature == temperature]
    for one, other in combinations(places, 2):
        cold, warm = sorted((one, other), key=lambda place: place.temperature)
        if cold.temperature < temperature < warm.temperature:
            part = (temperature - cold.temperature) / (warm.temperature - cold.temperature)
            crossed.append(cold.exposure + part * (warm.exposure - cold.exposure))
    return min(crossed), max(crossed)


def within(places: Sequence[Place], asked: Place, degrees: float, part: float) -> Place | None:
    """Return where a law is taken for what is asked for, None beyond its hull.

    Parameters
    ----------
    places : sequence of Place
        Of the darks.
    asked : Place
    degrees : float
        By so much a dark may be colder or warmer than all of them, and is taken at their edge.
    part : float
        By such a part of it an exposure may lie beyond theirs.
    """
    there = [place.temperature for place in places]
    nearest = min(max(asked.temperature, min(there)), max(there))
    if abs(nearest - asked.temperature) > degrees + 1e-9:
        return None
    hull = exposures_at(places, nearest)
    tolerance = max(part, 1e-6) * asked.exposure
    if hull is None or not hull[0] - tolerance <= asked.exposure <= hull[1] + tolerance:
        return None
    return Place(asked.exposure, nearest)


def noise_in_frames(weights: Iterable[float], frames: Iterable[float]) -> float:
    """Return how many frames make a master with as little noise as the dark of some weights."""
    return 1.0 / sum(w * w / n for w, n in zip(weights, frames, strict=True))


def slack(
    line: Line, places: Sequence[Place], asked: Place, reference: float, law: Sequence[float]
) -> float:
    """Return the seconds by which a dark is wrong where the doubling is wrong by its error.

    Times the rate of a pixel, it is the error of that.

    Parameters
    ----------
    line : Line
    places : sequence of Place
        Of its darks.
    asked : Place
    reference : float
        Degrees C.
    law : (float, float)
        The doubling by which `line` was made, and its error, degrees C.
    """
    doubling, error = law
    weights = line.at(seconds_at(asked, reference, doubling), asked.exposure)
    wrong = doubling + error
    summed = sum(
        w * seconds_at(place, reference, wrong) for w, place in zip(weights, places, strict=True)
    )
    return abs(seconds_at(asked, reference, wrong) - summed)
