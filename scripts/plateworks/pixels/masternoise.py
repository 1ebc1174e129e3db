"""The noise of a master frame, from how the values of its frames scatter at each pixel.

What is asked for is the noise of an ordinary pixel: how much its value would differ between this
master and another of as many new frames of the same kind.  It is found in two steps.

* The scatter of single frames, by the variance of the values of each pixel.  Its mean over the
  pixels is right for integers too, whose median deviation comes in steps of the converter; hot
  pixels, and those that a cosmic ray struck, are left out.
* What the method of combination makes of it.  Only for a mean that is its root over the root of N.
  Medians, trimmed and clipped means lose some of it, and where the noise is less than a step of the
  converter it is the fractions of the steps that say how much.  So frames of this scatter, these
  steps and this pattern are drawn and combined, twice, and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from plateworks.pixels.arrays import Bools, Doubles, Floats, Reals
from plateworks.pixels.photontransfer import Measured
from plateworks.pixels.rounding import FINE, unrounded
from plateworks.pixels.statistics import median, robust_sigma

#: Values of a sample that are looked at, of all frames together.
_LOOKED_AT = 1 << 20
#: Values and pixels that are drawn at most; more where a few of them make up the noise.
_DRAWN, _PIXELS, _MORE = 1 << 20, 1 << 14, 4
#: An ordinary pixel scatters more than the limit once in 100,000 times.
_RARE = 4.265
#: Variance, in squares of the converter's step, that an ordinary pixel may have in any case: that
#: of one that lies between two steps.
_BETWEEN_STEPS = 0.25
#: Less variance, in squares of the converter's step, does not tell the noise.
_SEEN = 0.01
#: Extremes of a pattern are drawn in to so many times its width.
_CLIP = 4.0

#: Combines an (N, H, W) stack of values into (H, W).
CombineValues = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Scatter:
    """How the values of a set scatter.

    Attributes
    ----------
    variance : float
        Of the values of an ordinary pixel about their mean, for one frame, the mean over all
        frames.  What a whole frame lies above the others takes no part.  Zero only if no ordinary
        pixel differs from frame to frame.
    of_frames : (N,) float64 array
        The same for each frame.
    offsets : (N,) float64 array
        What each frame lies above the mean of all.
    halves : float
        The noise of the mean of all, as two halves of the set tell it that took every second frame;
        what whole frames lie above others takes part.
    pixels : int
        How many were looked at.
    steps : (N,) float64 array
        Of the converter, in the unit of the values; 0 where they are no integers.
    levels : (N,) float64 array
        Mean of the pixels as they were read, in steps.
    pattern : float
        How the pixels differ among each other, in steps.  Where the scatter is so large that steps
        make no difference, this is 0, and `levels` are from the mean of all frames.
    """

    variance: float
    of_frames: Doubles
    offsets: Doubles
    halves: float
    pixels: int
    steps: Doubles
    levels: Doubles
    pattern: float

    @property
    def of_mean(self) -> float:
        """Return the noise of the mean of all frames."""
        return float((self.variance / len(self.of_frames)) ** 0.5)

    @property
    def coarse(self) -> bool:
        """Whether the values come in steps that are too coarse to show the noise."""
        return self.variance <= _SEEN * float(np.mean(self.steps)) ** 2


def scatter_of(
    samples: Sequence[Reals],
    raw: Sequence[Reals] | None = None,
    lights: Sequence[float] | None = None,
) -> Scatter | None:
    """Measure how the values of a set scatter.

    Parameters
    ----------
    samples : sequence of N (R, W) arrays
        The same pixels of each frame, as they are combined; N is at least 2.
    raw : sequence of N (R, W) arrays, optional
        As they were read, where `samples` are not that.
    lights : sequence of N float, optional
        What the raw values were divided by.

    Returns
    -------
    Scatter or None
        None where no pixel has a value in all frames.
    """
    count = len(samples)
    every = max(1, count * samples[0].size // _LOOKED_AT) | 1
    values = np.stack([rows.ravel()[::every] for rows in samples])
    read = values if raw is None else np.stack([rows.ravel()[::every] for rows in raw])
    step = _step_of(read)
    whole = np.isfinite(values).all(axis=0)
    values, read = values[:, whole].astype(np.float64), read[:, whole]
    if not values.size:
        return None
    differences = values - values.mean(axis=0)
    unit = step / (1.0 if lights is None else float(np.mean(lights)))
    good, variance = _ordinary(differences, _BETWEEN_STEPS * unit**2)
    differences = differences[:, good]
    offsets = differences.mean(axis=1)
    of_frames = np.square(differences - offsets[:, None]).mean(axis=1)
    if count > 2:
        # The mean from which a frame differs holds a part of it.
        of_frames = np.maximum((of_frames - variance / count) / (1 - 2 / count), 0.05 * variance)
    else:
        of_frames = np.full(2, variance)
    steps = np.full(count, step) / (1.0 if lights is None else np.asarray(lights))
    levels, pattern = offsets / (steps if step else 1.0), 0.0
    if unit and variance <= count * FINE * unit**2:  # else no master comes in steps
        levels, pattern = _places(read[:, good], step, variance / unit**2)
    halves = _by_halves(values[:, good])
    pixels = int(np.count_nonzero(good))
    return Scatter(variance, of_frames, offsets, halves, pixels, steps, levels, pattern)


def noise_of_master(scatter: Scatter, combine: CombineValues | None, level: float) -> float:
    """Return the noise of an ordinary pixel of a master, in the unit of the samples.

    Parameters
    ----------
    scatter : Scatter
    combine : function or None
        What combines the values; None for a mean without weights.
    level : float
        Of the values that are combined.
    """
    if combine is None or not scatter.variance > 0:
        return scatter.of_mean
    count, stepped = len(scatter.of_frames), bool(scatter.steps.all())
    few = scatter.variance < FINE * float(np.mean(scatter.steps)) ** 2
    more = _MORE if few else 1
    side = int(min(_PIXELS * more, max(1024, _DRAWN * more // count)) ** 0.5)
    draw = np.random.default_rng(20250815)
    steps = scatter.steps if stepped else np.ones(count)
    sigma, shift, pattern = _unrounded(scatter) if stepped else (scatter.variance**0.5, 0.0, 0.0)
    sigmas = np.sqrt(scatter.of_frames / scatter.variance) * sigma / steps
    # A flat of more light has more of the pattern, and smaller steps beside its level.
    truth = pattern * float(np.mean(steps)) * draw.standard_normal((side, side))
    zero = float(np.mean(scatter.levels - level / steps))  # what is no light, in steps
    masters, means = [], []
    for _ in range(2):
        stack = np.empty((count, side, side), np.float32)
        for index, step in enumerate(steps):
            values = draw.standard_normal((side, side))
            values *= sigmas[index]
            values += truth / step
            if stepped:
                values += scatter.levels[index] + shift
                stack[index] = (np.rint(values) - zero) * step
            else:
                stack[index] = level + scatter.offsets[index] + values
        means.append(stack.mean(axis=0, dtype=np.float64))
        masters.append(combine(stack).astype(np.float64))
    of_master, of_mean = (float(np.std(a - b)) for a, b in (masters, means))
    return scatter.of_mean * of_master / of_mean if of_mean > 0 else scatter.of_mean


def noise_of_frame(scatter: Scatter) -> Measured | None:
    """Return the noise of an ordinary pixel of one frame, before its values were rounded.

    It is in the unit of the samples.  None where the values are too coarse to show it.
    """
    if scatter.coarse:
        return None
    step = float(np.mean(scatter.steps))
    known = scatter.pixels * (len(scatter.of_frames) - 1)
    above = replace(scatter, variance=scatter.variance * (1 + (2 / known) ** 0.5))
    sigma, more = (_unrounded(one)[0] if step else one.variance**0.5 for one in (scatter, above))
    return Measured(sigma, more - sigma)


def _ordinary(differences: Doubles, allowed: float) -> tuple[Bools, float]:
    """Find the pixels that scatter no more than chance lets them, and their mean variance.

    `allowed` is a variance that any may have.
    """
    degrees = len(differences) - 1
    most = most_by_chance(degrees)
    good = np.ones(differences.shape[1], bool)
    for turn in range(12):
        offsets = differences[:, good].mean(axis=1)
        each = np.square(differences - offsets[:, None]).sum(axis=0) / degrees
        # At first without the worst, of which a few make up everything.
        rank = int(0.99 * (each.size - 1))
        counted = each[good] if turn else np.partition(each, rank)[: rank + 1]
        variance = float(counted.mean())
        before, good = good, each <= most * (variance + allowed)
        if turn and np.array_equal(before, good):
            break
    return good, variance


def _places(read: Reals, step: float, variance: float) -> tuple[Doubles, float]:
    """Return the level of each frame, and how its pixels differ, in steps."""
    levels, drawn_in = [], []
    for one in read:
        places = one.astype(np.float64) / step
        middle = median(places)
        limit = _CLIP * max(robust_sigma(places, middle), 0.5)
        places = np.clip(places - middle, -limit, limit)
        levels.append(middle + float(places.mean()))
        drawn_in.append(places)
    spread = float(np.var(np.mean(drawn_in, axis=0)))
    return np.asarray(levels), max(spread - variance / len(read), 0.0) ** 0.5


def most_by_chance(degrees: int) -> float:
    """Return the variance that one in 100,000 exceeds by chance, beside the true one.

    By Wilson and Hilferty (1931).
    """
    part = 2 / (9 * degrees)
    return (1 - part + _RARE * part**0.5) ** 3


def _step_of(values: Reals) -> float:
    """Return the greatest power of two that all values differ by multiples of; 0 for fractions."""
    if values.dtype.kind not in "iu":
        whole = values[np.isfinite(values)]
        if not whole.size or np.abs(whole).max() > 1 << 24 or (whole != np.rint(whole)).any():
            return 0.0
        values = whole.astype(np.int64)
    above = values - values.min()
    bits = int(np.bitwise_or.reduce(above, axis=None))
    return float(bits & -bits or 1)


def _by_halves(values: Doubles) -> float:
    """Return the noise of the mean of N frames by the means of every second of them."""
    odd, even = values[1::2], values[::2]
    difference = even.mean(axis=0) - odd.mean(axis=0)
    of_one = float(np.mean(difference**2)) / (1 / len(odd) + 1 / len(even))
    return float((of_one / len(values)) ** 0.5)


def _unrounded(scatter: Scatter) -> tuple[float, float, float]:
    """Return the scatter before values were rounded, in their unit; shift and pattern in steps.

    `shift` is what rounding took from the levels.
    """
    step, place = float(np.mean(scatter.steps)), float(scatter.levels.mean())
    width = float(np.hypot(scatter.pattern, scatter.levels.std()))
    found = unrounded(scatter.variance / step**2, place, width)
    share = found.width / width if width > 0 else 0.0
    return step * found.sigma, found.place - place, scatter.pattern * share
