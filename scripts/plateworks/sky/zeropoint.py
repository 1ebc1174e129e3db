"""The zero point of an image, from stars whose magnitudes are known.

The magnitude of a star is ``zero point - 2.5 log10(flux) + colour term * colour``.  The fit is
weighted by the errors of both magnitudes and by what stars scatter beyond them, which it finds by
itself: the same for all, and by how many times the noise is greater than it was thought, as among
crowded stars.  By turns it leaves out what lies too far off.  So do, in other ways, Honeycutt
(1992, PASP 104, 435) and STDPipe (Karpov 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plateworks.pixels.statistics import MAD_TO_SIGMA

#: Fewer stars make no zero point.
LEAST_STARS = 3
#: So many stars tell a colour term; with as many as the second it serves, if it is known so
#: well, in magnitudes a magnitude.
TERM_STARS, COLOUR_STARS, COLOUR_WITHIN = 5, 8, 0.05
#: Stars farther off than so many times their error and scatter are left out; of N, more by N-th
#: parts, since few stars tell neither well.
CLIP, OF_FEW = 3.0, 5.0
ROUNDS = 20
#: By how many times the noise may be greater than it was thought.
TIMES = (1.0, 2.0, 4.0, 8.0)
#: Scatter is found to so many magnitudes; no variance is less than so many of their squares.
SMALL, TINY = 1e-4, 1e-10
#: Of more stars, the slope through pairs is taken of as many, evenly picked.
PAIRED = 200


class ZeroPoint(NamedTuple):
    """A zero point, by how many stars it is known, and how much they scatter.

    Attributes
    ----------
    value, error : float
        Magnitude of a source of one unit of flux.
    scatter : float
        Standard deviation of the stars used, in magnitudes.
    stars : int
    colour_term, colour_error : float or None
        None where the stars do not tell any.
    colour_spread : float or None
        Of the stars that tell the term: what their colours are off their mean by, the root of the
        sum of squares.  As many magnitudes as they scatter by, over it, are the error of the term.
    colour : float or None
        Of the star that the value is for: 0 where the colour term is known well enough, else the
        mean of the stars, for which no term is needed; None: their colours are not known.
    """

    value: float
    error: float
    scatter: float
    stars: int
    colour_term: float | None = None
    colour_error: float | None = None
    colour_spread: float | None = None
    colour: float | None = None


class _Term(NamedTuple):
    """A colour term, its error, and the spread of colours that tells it."""

    value: float | None
    error: float | None
    spread: float | None


_NO_TERM = _Term(None, None, None)


class _Fit(NamedTuple):
    """Coefficients, their covariance; of all stars residuals, weights, and which were used."""

    values: np.ndarray
    covariance: np.ndarray
    residuals: np.ndarray
    weight: np.ndarray
    used: np.ndarray

    @property
    def slope(self) -> tuple[float, float]:
        """The second coefficient, and its standard error."""
        return float(self.values[1]), float(np.sqrt(self.covariance[1, 1]))


class _Stars(NamedTuple):
    """Differences, their errors of both kinds, and the terms that they depend on: N rows each."""

    difference: np.ndarray
    told: np.ndarray
    noise: np.ndarray
    design: np.ndarray

    def where(self, keep: np.ndarray) -> _Stars:
        return _Stars(*(values[keep] for values in self))

    @property
    def freedom(self) -> int:
        return len(self.difference) - self.design.shape[1]

    def variance(self, times: float, extra: float) -> np.ndarray:
        """Of each, if the noise is so many times greater and all scatter by `extra` besides."""
        return self.told**2 + (times * self.noise) ** 2 + extra**2 + TINY


def fit_zero_point(
    difference: np.ndarray, told: np.ndarray, noise: np.ndarray, colour: np.ndarray
) -> ZeroPoint | str:
    """Fit a zero point.

    Parameters
    ----------
    difference : (N,) float64 array
        Catalogued magnitude of each star plus ``2.5 log10(flux)``.
    told, noise : (N,) float64 arrays
        Errors in magnitudes: that of the catalogue, and that of the light.
    colour : (N,) float64 array
        NaN where it is not known.

    Returns
    -------
    ZeroPoint or str
        A clause that says why there is none.
    """
    if len(difference) < LEAST_STARS:
        stars = "1 star" if len(difference) == 1 else f"{len(difference)} stars"
        return f"{stars} of known magnitude can be measured, and {LEAST_STARS} are needed"
    known = np.isfinite(colour)
    term = _NO_TERM
    if known.sum() >= TERM_STARS:
        design = np.column_stack([np.ones(known.sum()), colour[known]])
        fit = _robust(_Stars(difference[known], told[known], noise[known], design))
        if fit is not None and (count := fit.used.sum()) >= TERM_STARS:
            spread = float(np.std(colour[known][fit.used]) * np.sqrt(count))
            term = _Term(*fit.slope, spread)
            if count >= COLOUR_STARS and fit.slope[1] <= COLOUR_WITHIN:
                return _told(fit, term, 0.0)
    plain = _robust(_Stars(difference, told, noise, np.ones((len(difference), 1))))
    if plain is None or plain.used.sum() < LEAST_STARS:
        return "the stars of known magnitude do not agree on one"
    both = plain.used & known
    mean = float(np.average(colour[both], weights=plain.weight[both])) if both.any() else None
    return _told(plain, term, mean)


def _told(fit: _Fit, term: _Term, colour: float | None) -> ZeroPoint:
    used = fit.residuals[fit.used]
    freedom = len(used) - len(fit.values)
    scatter = float(np.sqrt(np.sum(used**2) / freedom))
    error = float(np.sqrt(fit.covariance[0, 0]))
    return ZeroPoint(float(fit.values[0]), error, scatter, len(used), *term, colour)


def _robust(stars: _Stars) -> _Fit | None:
    """Fit and clip by turns, from a start that half the stars may spoil."""
    residuals, clip = stars.difference, CLIP * (1 + OF_FEW / len(stars.difference))
    for term in stars.design.T[1:]:
        residuals = residuals - term * _median_slope(term, residuals)
    residuals = residuals - np.median(residuals)
    spread = MAD_TO_SIGMA * np.median(np.abs(residuals))
    used = np.abs(residuals) <= clip * np.sqrt(stars.variance(1.0, spread))
    for _ in range(ROUNDS):
        some = stars.where(used)
        if some.freedom < 1 or np.linalg.matrix_rank(some.design) < some.design.shape[1]:
            return None  # too few, or all of one colour
        times, extra = _scatter(some)
        values, covariance, _ = _weighted(some, times, extra)
        if extra:  # a scatter that few stars tell is itself not well known: Student's distribution
            covariance *= some.freedom / max(some.freedom - 2, 0.5)
        residuals = stars.difference - stars.design @ values
        now = np.abs(residuals) <= clip * np.sqrt(stars.variance(times, extra))
        if np.array_equal(now, used):
            break
        used = now
    return _Fit(values, covariance, residuals, 1 / stars.variance(times, extra), used)


def _median_slope(x: np.ndarray, y: np.ndarray) -> float:
    """The median of the slopes through all pairs (Theil 1950, Sen 1968)."""
    pick = np.unique(np.linspace(0, len(x) - 1, min(len(x), PAIRED)).astype(int))
    one, other = np.triu_indices(len(pick), 1)
    step = x[pick][other] - x[pick][one]
    rise = y[pick][other] - y[pick][one]
    apart = step != 0
    return float(np.median(rise[apart] / step[apart])) if apart.any() else 0.0


def _weighted(
    stars: _Stars, times: float, extra: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted least squares: coefficients, covariance, and squares of residuals over variance."""
    weight = 1 / stars.variance(times, extra)
    covariance = np.linalg.pinv(stars.design.T @ (weight[:, None] * stars.design))
    values = covariance @ (stars.design.T @ (weight * stars.difference))
    return values, covariance, weight * (stars.difference - stars.design @ values) ** 2


def _scatter(stars: _Stars) -> tuple[float, float]:
    """How many times the noise is greater, and how much all scatter besides: the likeliest."""
    found = []
    for times in TIMES:
        extra = _extra(stars, times)
        squares = _weighted(stars, times, extra)[2]
        unlikely = float(np.sum(squares + np.log(stars.variance(times, extra))))
        found.append((unlikely, times, extra))
    return min(found)[1:]


def _extra(stars: _Stars, times: float) -> float:
    """The scatter of all beyond their errors by which chi squared is as great as it should be."""

    def too_little(extra: float) -> bool:
        return float(_weighted(stars, times, extra)[2].sum()) > stars.freedom

    low, high = 0.0, float(np.ptp(stars.difference)) + SMALL
    if not too_little(low):
        return low
    while high - low > SMALL:
        middle = (low + high) / 2
        low, high = (middle, high) if too_little(middle) else (low, middle)
    return high
