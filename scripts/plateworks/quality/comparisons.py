"""How far each light of a camera's night is off, and from where that is too far.

Light, width and sky are compared as natural logarithms, so that a difference is a ratio.  A limit
lies as many deviations away as make a good frame's chance to lie beyond small, where the scatter is
the night's own and what the errors of the measures explain; and a difference that no observer would
mind is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.quality import courses
from plateworks.quality.dew import Loss, dew
from plateworks.quality.history import Usual
from plateworks.quality.robust import median, pooled, upper_level

if TYPE_CHECKING:
    from pandas import DataFrame

#: Differences below these are not worth a look: ln of light, of what dew takes of it, of width
#: beside the night and beside the frames around, of noise; ellipticity; short sides of the frame.
WORTH_LIGHT, WORTH_DEW, WORTH_WIDTH, WORTH_JUMP, WORTH_NOISE = 0.105, 0.105, 0.4, 0.3, 0.2
WORTH_STRETCH, WORTH_SHIFT = 0.06, 0.2
#: Scatter that is expected before the night has shown its own, in the same units.
USUAL_LIGHT, USUAL_ZERO, USUAL_WIDTH, USUAL_STRETCH, USUAL_SHIFT = 0.01, 0.03, 0.08, 0.02, 0.03
#: How far the width of one star may be off, as ln; the median of fewer leaves no wrong one out,
#: unless so many are known to be stars of the field, or none of it is seen.
ONE_STAR, FEW_STARS = 0.25, 3
#: Nothing is said of the stars of a field that are not found where fewer are expected.  That fewer
#: than three of five are seen happens once in thousands, where one in thirty is missed.
EXPECTED = 5
#: A clear sky is no more restless than this, nor the seeing from frame to frame.
MOST_LIGHT, MOST_WIDTH = 0.03, 0.1
#: Seeing may slowly become so much worse than in the sharpest quarter of a night, as ln: what is
#: twice as wide wants a look, however it came.
MOST_DRIFT = float(np.log(2))
#: Fields with fewer lights share the level of their object, and that with fewer the camera's.
MANY = 8
#: ln per airmass by which extinction differs between nights and filters.
UNSURE = 0.04
#: Magnitudes as ln of flux.
AS_LN = np.log(10) / 2.5
#: Seeing is worse by airmass to this power.
SEEING = 0.6
#: How fast twilight brightens the sky, as ln in a quarter of an hour; the Moon takes longer.
DAWN = 0.7
#: The sky of few frames of a field is so much brighter, as ln, that they lose half a magnitude.
GLARE, FEW = 1.4, 0.1


class Comparison(NamedTuple):
    """How far each frame is off, and its limit: (N,) float64 arrays; NaN where not known."""

    off: np.ndarray
    limit: np.ndarray

    @property
    def beyond(self) -> np.ndarray:
        return np.asarray(self.off > self.limit)

    def worse(self, other: Comparison) -> Comparison:
        """Return of each frame the comparison that lies farther beyond its limit."""
        ours = np.nan_to_num(self.off - self.limit, nan=-np.inf)
        theirs = np.nan_to_num(other.off - other.limit, nan=-np.inf)
        return Comparison(
            np.where(theirs > ours, other.off, self.off),
            np.where(theirs > ours, other.limit, self.limit),
        )


def lost(night: DataFrame) -> np.ndarray:
    """Return which lights show none of the stars of their field where some must show: (N,) bool."""
    flux, expected = _numbers(night, "star_flux", "stars_expected")
    return np.asarray(~np.isfinite(flux) & (expected >= EXPECTED))


def light(night: DataFrame, usual: Usual) -> Comparison:
    """Compare what comes through of the stars' light with the best of each field.

    Where zero points are known, with the best of the filter in this night and in earlier ones too.
    """
    found = _starlight(night)
    for other in _by_zero_points(night, usual):
        found = found.worse(other)
    return found


def dewed(night: DataFrame) -> Comparison:
    """Compare what dew takes, by the course of all fields of the night, with what is worth a look.

    Nothing, where the airmass is not known.
    """
    air, mjd, known = _numbers(night, "airmass", "mjd", "zero_point")
    zero = np.full(len(night), np.nan)
    fields, filters = (
        np.unique(night[name], return_inverse=True)[1] for name in ("field", "filter")
    )
    losses = [Loss(np.where(np.isfinite(air), _starlight(night).off, np.nan), fields)]
    for some in _of(night, "filter"):
        there, _ = courses.without_air(known[some] * AS_LN, air[some], np.zeros(len(some)))
        zero[some] = np.where(np.isfinite(air[some]), there, np.nan)
    losses.append(Loss(-zero, filters))
    return Comparison(dew(mjd, losses, _width_at_zenith(night)), np.full(len(night), WORTH_DEW))


def _starlight(night: DataFrame) -> Comparison:
    """Compare the light of the stars of each field with its best lights."""
    fields = night["field"].to_numpy()
    air, mjd = _numbers(night, "airmass", "mjd")
    flux, error = _numbers(night, "star_flux", "star_flux_error")
    flux = np.log(flux)
    lost, best = np.full(len(night), np.nan), [np.empty(0)]
    for some in _of(night, "filter"):
        there, _ = courses.without_air(flux[some], air[some], fields[some])
        for field in np.unique(fields[some]):
            here = fields[some] == field
            mine = there[here]
            if not np.isfinite(air[some][here]).all():
                mine = courses.without_course(mine, mjd[some][here], upper_level)
            known = np.nan_to_num(median(error[some][here]))
            lost[some[here]] = upper_level(mine, known) - mine
            best.append(courses.best_half(mine))
    # The better half of what is normal scatters by 0.6 of the whole.
    sigma, away = pooled(np.concatenate(best) / 0.6, USUAL_LIGHT)
    limit = np.maximum(away * np.hypot(min(sigma, MOST_LIGHT), error), WORTH_LIGHT)
    return Comparison(lost, limit)


def _by_zero_points(night: DataFrame, usual: Usual) -> list[Comparison]:
    """Compare zero points with the best of the night, and of earlier ones, in each filter."""
    zero, error, air = _numbers(night, "zero_point", "zero_point_error", "airmass")
    zero, error = zero * AS_LN, error * AS_LN
    fields = night["field"].to_numpy()
    tonight = Comparison(np.full(len(night), np.nan), np.full(len(night), np.nan))
    before = Comparison(np.full(len(night), np.nan), np.full(len(night), np.nan))
    for some in _of(night, "filter"):
        there, _ = courses.without_air(zero[some], air[some], np.zeros(len(some)))
        # How much the air takes is known only so well.
        unsure = np.hypot(error[some], UNSURE * np.nan_to_num(air[some] - 1, nan=1.0))
        # Catalogues differ from field to field: many lights of one show how one of them is off.
        many = len(np.unique(fields[some][np.isfinite(there)]))
        sigma, away = pooled(courses.best_half(there) / 0.6, USUAL_ZERO, independent=many)
        tonight.off[some] = upper_level(there) - there
        tonight.limit[some] = np.maximum(away * np.hypot(sigma, unsure), WORTH_LIGHT)
        if known := usual.zero_point.get(night["filter"].iloc[some[0]]):
            before.off[some] = known.level - there
            before.limit[some] = np.maximum(
                known.away * np.hypot(known.scatter, unsure), WORTH_LIGHT
            )
    return [tonight, before]


def width(night: DataFrame, usual: Usual) -> Comparison:
    """Compare the stars' width with the filter's in this night, its course, and earlier nights."""
    air, mjd = _numbers(night, "airmass", "mjd")
    full, error = _width_at_zenith(night), ONE_STAR / np.sqrt(_typical(night))
    beside, sharp, near = np.full((3, len(night)), np.nan)
    earlier = Comparison(np.full(len(night), np.nan), np.full(len(night), np.nan))
    for some in _of(night, "filter"):
        beside[some] = full[some] - median(full[some])
        sharp[some] = full[some] + upper_level(-full[some])
        near[some] = courses.beside_neighbours(full[some], mjd[some])
        if not np.isfinite(air[some]).all():
            beside[some] = courses.without_course(full[some], mjd[some], median)
            sharp[some] = np.nan
        if before := usual.width.get(night["filter"].iloc[some[0]]):
            earlier.off[some] = full[some] - before.level
            scatter = np.hypot(before.scatter, error[some])
            earlier.limit[some] = np.maximum(before.away * scatter, WORTH_WIDTH)
    # Seeing comes and goes in hours: of a night it shows few values, however many lights.
    hours = courses.spells(mjd[beside <= median(beside)])
    sigma, away = pooled(courses.lower_half(beside), USUAL_WIDTH, independent=hours)
    whole = Comparison(beside, np.maximum(away * np.hypot(sigma, error), WORTH_WIDTH))
    drift = Comparison(sharp, np.maximum(away * error, MOST_DRIFT))
    sigma, away = pooled(courses.lower_half(near), USUAL_WIDTH)
    scatter = np.hypot(min(sigma, MOST_WIDTH), error)
    jump = Comparison(near, np.maximum(away * scatter, WORTH_JUMP))
    return whole.worse(jump).worse(drift).worse(earlier)


def _width_at_zenith(night: DataFrame) -> np.ndarray:
    """Return ln of the stars' width, corrected for the airmass where that is known: (N,)."""
    full, air, matched = _numbers(night, "fwhm_px", "airmass", "stars_matched")
    told = (_typical(night) >= FEW_STARS) | (matched >= FEW_STARS) | lost(night)
    full = np.where(told, full, np.nan)
    return np.asarray(np.log(full) - SEEING * np.log(np.nan_to_num(air, nan=1.0)))


def _typical(night: DataFrame) -> np.ndarray:
    """Return of how many stars the width is the median: the brighter half, where they are few."""
    (sources,) = _numbers(night, "sources")
    return np.fmax(np.ceil(sources / 2), 1)


def stretch(night: DataFrame) -> Comparison:
    """Compare the ellipticity that all stars have in common, as a vector, with the field's.

    Filters do not change it: fields of few lights share that of their object.
    """
    size, angle, error = _numbers(night, "stretch", "stretch_deg", "stretch_error")
    twice = 2 * np.radians(angle)
    vector = np.column_stack([size * np.cos(twice), size * np.sin(twice)])
    levels = np.tile([median(column) for column in vector.T], (len(night), 1))
    few = np.ones(len(night), bool)
    for column in ("object", "field"):
        for some in _of(night, column):
            if len(some) >= MANY:
                levels[some] = [median(values) for values in vector[some].T]
                few[some] = False
    vector -= levels
    sigma = np.empty(len(night))
    for some, usual in ((few, 1.5 * USUAL_STRETCH), (~few, USUAL_STRETCH)):
        # Of two directions one lies beyond more often.
        scatter, away = pooled(vector[some].ravel(), usual)
        sigma[some] = 1.2 * away * np.hypot(scatter, np.nan_to_num(error[some]))
    return Comparison(np.hypot(*vector.T), np.maximum(sigma, WORTH_STRETCH))


def shift(night: DataFrame) -> Comparison:
    """Compare where lights point with the middle of their field, in short sides of the frame."""
    (off,) = _numbers(night, "off_field")
    sigma, away = pooled(off / np.sqrt(2), USUAL_SHIFT)
    return Comparison(off, np.full(len(night), max(away * sigma, WORTH_SHIFT)))


def sky(night: DataFrame) -> Comparison:
    """Compare the brightness of the sky with the darkest of the filter: twilight, or rare glare.

    The limit is infinite where nothing is wrong: moonlight, which comes and goes in hours, is seen
    as little as what does no harm to the noise.
    """
    level, noise, exposure, mjd = _numbers(night, "sky", "sky_noise", "exposure_s", "mjd")
    with np.errstate(all="ignore"):
        bright, noise = np.log(level / exposure), np.log(noise / np.sqrt(exposure))
    off, beside = np.full((2, len(night)), np.nan)
    limit = np.full(len(night), np.inf)
    rising, harmed = np.zeros(len(night), bool), np.zeros(len(night), bool)
    for some in _of(night, "filter"):
        off[some] = bright[some] - dark_level(bright[some])
        beside[some] = courses.without_course(off[some], mjd[some], median)
        rising[some] = courses.rises(bright[some], mjd[some]) > DAWN
        harmed[some] = noise[some] - dark_level(noise[some]) > WORTH_NOISE
    twilight = courses.spread_on(rising, off, mjd) & harmed
    limit[twilight] = np.minimum(DAWN, off[twilight] / 2)
    for some in _of(night, "field"):
        usual = median(off[some])
        # The Moon makes a whole hour bright; before and after a lamp it is dark.
        glaring = (off[some] > usual + GLARE) & ~(beside[some] <= GLARE)
        if glaring.mean() <= FEW:
            limit[some[glaring]] = np.minimum(limit[some[glaring]], usual + GLARE)
    return Comparison(off, limit)


def dark_level(values: np.ndarray) -> float:
    """Return the level of the darkest tenth."""
    known = values[np.isfinite(values)]
    return float(np.percentile(known, 10)) if len(known) else float("nan")


def _numbers(night: DataFrame, *columns: str) -> list[np.ndarray]:
    return [night[name].to_numpy(float) for name in columns]


def _of(night: DataFrame, column: str) -> list[np.ndarray]:
    """Return the places of the lights of each value of a column, in order."""
    groups = night.groupby(column, sort=False, dropna=False)
    return [np.asarray(places) for places in groups.indices.values()]
