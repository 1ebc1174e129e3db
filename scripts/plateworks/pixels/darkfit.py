"""Fitting a dark to exposures and temperatures: how fast it doubles, and what it fails to predict.

All pixels are fitted with the same weights, those of an ordinary one (:mod:`plateworks.darklaw`).
A hot pixel, whose noise is that of its charge, would have slightly better ones of its own, and its
error would no longer be a number times its rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from plateworks.darklaw import (
    USUAL_DOUBLING,
    USUAL_ERROR,
    Line,
    Place,
    line_through,
    line_with_glow,
    reference_of,
    seconds_at,
    slack,
)
from plateworks.pixels.arrays import Doubles, Floats, Reals
from plateworks.pixels.masternoise import most_by_chance
from plateworks.pixels.statistics import MEDIAN_ERROR, robust_sigma, weighted_median

Value = TypeVar("Value", float, Reals)

#: Doublings that are tried, degrees C: by equal steps of one over it.
_LEAST, _MOST, _TRIED = 3.0, 16.0, 97
#: A hot pixel tells the doubling by itself to this part of it, or has no say; so many are needed.
_TELLS, _FEWEST = 0.15, 30
#: More certain than this part is no pixel: each has a law of its own.
_OWN_LAW = 0.02


class Noise(NamedTuple):
    """How well N master darks are known.

    Attributes
    ----------
    variances : (N,) float64 array
        Of an ordinary pixel, ADU².
    growths : (N,) float64 array
        ADU² for each ADU of charge that a pixel has more than ordinary ones.
    """

    variances: Doubles
    growths: Doubles

    def without(self, index: int) -> Noise:
        """Return the same without one of them."""
        return Noise(np.delete(self.variances, index), np.delete(self.growths, index))


class Doubling(NamedTuple):
    """In how many degrees C the dark current doubles.

    Attributes
    ----------
    value, error : float
    pixels : int
        How many hot pixels told it; 0: it is the usual one.
    """

    value: float = USUAL_DOUBLING
    error: float = USUAL_ERROR
    pixels: int = 0


class Terms(NamedTuple, Generic[Value]):
    """The terms of a law, of one pixel or of many.

    Attributes
    ----------
    pattern, rate, glow : float or array
        ADU; ADU a second at the reference; ADU a second at any temperature.
    """

    pattern: Value
    rate: Value
    glow: Value


class Law(NamedTuple):
    """A law for all pixels: the weights of N darks, and the doubling by which they were found.

    Attributes
    ----------
    places : tuple of N Place
    noise : Noise
    reference : float
        Degrees C at which rates are told.
    doubling : Doubling
        Of no matter where all darks have one temperature.
    line : Line
    """

    places: tuple[Place, ...]
    noise: Noise
    reference: float
    doubling: Doubling
    line: Line

    @property
    def seconds(self) -> list[float]:
        """The exposures of the darks at the reference."""
        return [seconds_at(one, self.reference, self.doubling.value) for one in self.places]

    @property
    def exposures(self) -> list[float]:
        return [one.exposure for one in self.places]

    @property
    def freedom(self) -> int:
        """By how many darks there are more than terms."""
        return len(self.places) - self.line.terms

    def with_glow(self) -> Law | None:
        """Return the same with a glow that does not cool; None where its darks cannot tell any."""
        line = line_with_glow(self.seconds, self.exposures, self.noise.variances.tolist())
        return None if line is None else self._replace(line=line)

    def charges(self, terms: Terms[Any], n: int) -> Doubles:
        """Return what gathers in the dark of number `n`, ADU."""
        return np.asarray(terms.rate * self.seconds[n] + terms.glow * self.exposures[n])

    def at(self, asked: Place) -> Expected:
        """Say how a dark is made for a place, and how well it is known."""
        x = seconds_at(asked, self.reference, self.doubling.value)
        squares = np.square(self.line.at(x, asked.exposure))
        variances, growths = self.noise
        return Expected(
            seconds=x,
            exposure=asked.exposure,
            variance=float(np.sum(squares * variances)),
            growth=float(np.sum(squares * growths * self.seconds)),
            growth_of_glow=float(np.sum(squares * growths * self.exposures)),
            slack=slack(self.line, self.places, asked, self.reference, self.doubling[:2]),
        )


class Expected(NamedTuple):
    """A dark by the law: PATTERN + RATE · `seconds` + GLOW · `exposure`, and how well it is known.

    Attributes
    ----------
    seconds, exposure : float
        At the reference, and as it is.
    variance : float
        Of an ordinary pixel, ADU².
    growth, growth_of_glow : float
        ADU² for each ADU a second that a pixel has more, of rate and of glow.
    slack : float
        Seconds: times the rate of a pixel, what a doubling that is wrong by its error does, ADU.
    """

    seconds: float
    exposure: float
    variance: float
    growth: float
    growth_of_glow: float
    slack: float

    def dark(self, terms: Terms[Reals]) -> Reals:
        """Return the dark of pixels of some terms, ADU, of their type."""
        dark = terms.pattern + terms.rate * np.float32(self.seconds)
        return np.asarray(dark + terms.glow * np.float32(self.exposure))

    def deviations(self, terms: Terms[Any], ordinary: Terms[float]) -> Doubles:
        """Return the standard deviation of pixels of some terms, ADU."""
        more = np.maximum(terms.rate - np.float64(ordinary.rate), 0.0)
        glow = np.maximum(terms.glow - np.float64(ordinary.glow), 0.0)
        own = np.square(self.slack * terms.rate, dtype=np.float64)
        grown = self.growth * more + self.growth_of_glow * glow
        return np.asarray(np.sqrt(self.variance + grown + own))


def law_of(places: Sequence[Place], noise: Noise, doubling: Doubling) -> Law:
    """Return the law of darks of some places, given the doubling."""
    reference = reference_of(places)
    seconds = [seconds_at(one, reference, doubling.value) for one in places]
    line = line_through(seconds, noise.variances.tolist())
    return Law(tuple(places), noise, reference, doubling, line)


def weighted(darks: Sequence[Reals], weights: Sequence[float]) -> Doubles:
    """Return the sum of darks, each times its weight, of their shape."""
    total = np.zeros(np.shape(darks[0]))
    for dark, weight in zip(darks, weights, strict=True):
        total += weight * dark
    return total


def terms_of(darks: Sequence[Reals], line: Line) -> Terms[Reals]:
    """Return the terms of some pixels of all darks, of their shape."""
    return Terms(*(weighted(darks, weights) for weights in line))


def doubling_of(hot: Doubles, places: Sequence[Place], noise: Noise) -> Doubling:
    """Measure the doubling by hot pixels, each of which tells it; the median of them counts.

    Parameters
    ----------
    hot : (N, M) float64 array
        Of N darks, what each of M hot pixels has more than ordinary ones, ADU.
    places : sequence of N Place
        Of two temperatures at least.
    noise : Noise
    """
    tried = np.linspace(1 / _MOST, 1 / _LEAST, _TRIED)
    reference = reference_of(places)
    usual = law_of(places, noise, Doubling())
    rates = weighted(list(hot), usual.line.rate)
    charge = np.maximum(rates, 0.0) * np.array(usual.seconds)[:, None]
    certain = 1 / (noise.variances[:, None] + noise.growths[:, None] * charge)
    misfits = np.array([
        _misfits(hot, certain, [seconds_at(one, reference, 1 / rate) for one in places])
        for rate in tried
    ])  # fmt: skip
    best = np.clip(misfits.argmin(axis=0), 1, _TRIED - 2)
    before, least, after = (np.take_along_axis(misfits, (best + n)[None], 0)[0] for n in (-1, 0, 1))
    step, curvature = tried[1] - tried[0], before - 2 * least + after
    with np.errstate(divide="ignore", invalid="ignore"):
        found = tried[best] + step * (before - after) / (2 * curvature)
        error = step * np.sqrt(2 / curvature)
    tells = (curvature > 0) & (error < _TELLS * found) & (found > tried[0]) & (found < tried[-1])
    count = int(np.count_nonzero(tells))
    if count < _FEWEST:
        return Doubling()
    found, error = found[tells], error[tells]
    weights = 1 / (error**2 + (_OWN_LAW * found) ** 2)
    middle = float(weighted_median(found, weights))
    scatter = robust_sigma(found, middle) / count**0.5
    uncertain = MEDIAN_ERROR * max(float(weights.sum()) ** -0.5, scatter)
    return Doubling(1 / middle, uncertain / middle**2, count)


def _misfits(hot: Doubles, certain: Doubles, seconds: Sequence[float]) -> Doubles:
    """Return chi-square of the best line through each pixel, (M,) float64."""
    x = np.array(seconds)[:, None]
    total = certain.sum(axis=0)
    x = x - (certain * x).sum(axis=0) / total
    y = hot - (certain * hot).sum(axis=0) / total
    cross = (certain * x * y).sum(axis=0)
    return np.asarray((certain * y**2).sum(axis=0) - cross**2 / (certain * x**2).sum(axis=0))


class Fitted(NamedTuple):
    """Some pixels by the law.

    Attributes
    ----------
    pattern, rate, glow : float32 arrays
        Its terms.
    misfit : float32 array
        By how many times their noise the darks scatter about it, the root of the mean square; NaN
        where one of them has no value.
    """

    pattern: Floats
    rate: Floats
    glow: Floats
    misfit: Floats

    @property
    def terms(self) -> Terms[Reals]:
        return Terms(self.pattern, self.rate, self.glow)


def fit(darks: Sequence[Reals], law: Law, ordinary: Terms[float]) -> Fitted:
    """Fit some pixels of all darks.

    Parameters
    ----------
    darks : sequence of N arrays of one shape
        ADU.
    law : Law
    ordinary : Terms
        Those of an ordinary pixel.
    """
    terms = terms_of(darks, law.line)
    above = zip(terms, ordinary, strict=True)
    more = Terms(*(np.maximum(its - usual, 0.0) for its, usual in above))
    squares = np.zeros(np.shape(darks[0]))
    for n, (dark, variance, growth) in enumerate(zip(darks, *law.noise, strict=True)):
        off = dark - terms.pattern - law.charges(terms, n)
        squares += np.square(off) / (variance + growth * law.charges(more, n))
    misfit = np.sqrt(squares / law.freedom)
    return Fitted(*(plane.astype(np.float32) for plane in (*terms, misfit)))


def most_misfit(law: Law) -> float:
    """Return the misfit that one pixel in 100,000 exceeds by chance where the law holds."""
    return float(most_by_chance(law.freedom) ** 0.5)
