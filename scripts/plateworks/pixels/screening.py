"""Screening the frames of a set before they are combined: each against the others.

A frame that was taken with the lid off, of another temperature, of a lamp that failed, or without
light, is found by what it differs in from the rest: its level, its noise, its large-scale
structure, its banding, its hot pixels, and the share of it that is saturated.  A sparse sample
is enough for all of these, and costs a hundredth of reading the frame.

The limits began as those of seiza (found there by bisection on frames of known faults); what is
fixed and what is relative to the set, and the search for a gap between levels, are ours.  Clean
simulated sets are the test: at most one frame in a hundred may be called poor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plateworks.pixels.framemeasure import (
    FrameMeasure,
    Rows,
    level_of,
    measure,
    middle_of,
    noise_of_pairs,
    own_noise,
)
from plateworks.pixels.levelgaps import find_other_levels

#: Levels apart by more of a single frame's noise are of two kinds, if no frame lies between.
_LEVEL_GAP = {"bias": 3.0, "dark": 1.0, "darkflat": 1.0}
#: Share of a frame that may be saturated.
_SATURATED = {"bias": 0.05, "dark": 0.05, "darkflat": 0.05, "flat": 0.005}
#: Noise beside the middle of the set.
_NOISE_RATIO = 1.3
#: Noise of a flat beside those that make the best master: flats of a twilight, or of two levels,
#: differ by their light.  The stricter one where the master would be so many times as noisy.
_FLAT_NOISE, _STRICT_FLAT_NOISE, _SPOILT = 4.0, 2.0, 2.0
#: Blocks of the grid are off by more: in a flat by a share of its level, elsewhere of the noise of
#: a pixel; and by so many times what chance would do.
_STRUCTURE = {"bias": 1.0, "dark": 1.0, "darkflat": 1.0, "flat": 0.05}
_CERTAIN = 6.0
#: Scatter of the means of rows or columns beyond what the noise makes, of the noise of a pixel.
_BANDING = 0.5
#: Share of values far from the set, and beside the middle of the set.
_OUTLIERS, _OUTLIER_RATIO = 0.02, 3.0
#: A value that so many times more pixels have than the next below it is where the converter ends.
_PILED_UP = 4.0
#: So few flats may be enough where the others are noisier.
_FEW = 3
#: Hot pixels beside the middle of the set, and how significant the excess must be.
_HOT_RATIO, _HOT_SIGMA = 3.0, 10.0
#: Light in a flat, in units of the noise of a pixel.
_LEAST_LIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Screened:
    """The frames of a set, measured, and why they make no master if they make none.

    Attributes
    ----------
    frames : tuple of FrameMeasure
        In the order of the samples.
    refusal : str
        A clause; empty if the frames that are not poor, should there be any, may be combined.
    """

    frames: tuple[FrameMeasure, ...]
    refusal: str = ""


def screen(
    samples: Sequence[Rows],
    kind: str,
    *,
    full_scale: Sequence[float | None] | None = None,
    lights: Sequence[float] | None = None,
    raw: Sequence[Rows] | None = None,
) -> Screened:
    """Judge the frames of a set.

    Parameters
    ----------
    samples : sequence of N (R, W) arrays
        The pixels :func:`plateworks.pixels.framemeasure.sample_of` of each; of flats calibrated,
        repaired and divided by their level, so that they are about 1.
    kind : str
        bias, dark, darkflat or flat.
    full_scale : sequence of N (float or None), optional
        The level from which a pixel of each raw frame is saturated, ADU.
    lights : sequence of N float
        Of flats: the level of their light, ADU.
    raw : sequence of N (R, W) arrays, optional
        The same pixels as they were read, where `samples` are not that.

    Returns
    -------
    Screened
    """
    read = samples if raw is None else raw
    limits = full_scale or [None] * len(samples)
    saturated = [_saturated_share(rows, at, kind) for rows, at in zip(read, limits, strict=True)]
    levels = [level_of(rows) for rows in samples] if lights is None else [float(x) for x in lights]
    faults: list[list[str]] = [[] for _ in samples]
    for found, share in zip(faults, saturated, strict=True):
        if share > _SATURATED[kind]:
            found.append(f"{share:.1%} of its pixels are saturated")
    _find_copies(read, faults)
    noise = noise_of_pairs([rows for rows, bad in zip(samples, faults, strict=True) if not bad])
    refusal = ""
    if kind == "flat":
        _find_dark_flats(levels, samples, faults)
    else:
        refusal = find_other_levels(levels, noise, _LEVEL_GAP[kind], faults)
    good = [rows for rows, bad in zip(samples, faults, strict=True) if not bad]
    if not good:
        frames = _unmeasured(levels, saturated, faults)
        return Screened(frames, refusal)
    reference = middle_of(good)
    pattern = own_noise(reference)
    guess = noise if kind != "flat" and noise > 0 else None
    measured = [
        measure(rows, reference, level, share, pattern=pattern, guess=guess)
        for rows, level, share in zip(samples, levels, saturated, strict=True)
    ]
    if len(good) > 2:
        _compare(measured, kind, faults)
    frames = tuple(replace(m, faults=tuple(bad)) for m, bad in zip(measured, faults, strict=True))
    return Screened(frames, refusal)


# -- what is wrong by itself --------------------------------------------------------------------


def _saturated_share(rows: Rows, full_scale: float | None, kind: str) -> float:
    """Return the share of saturated pixels: of a flat at least of those that its top value has.

    A converter of 12 or 14 bits ends below the type that its values are stored in.
    """
    known = 0.0
    if full_scale is not None:
        known = float(np.count_nonzero(rows >= full_scale)) / max(rows.size, 1)
    if kind != "flat" or rows.dtype.kind not in "iu" or not rows.size:
        return known
    top = rows.max()
    piled = np.count_nonzero(rows == top)
    below = rows[rows < top]
    if below.size and piled <= _PILED_UP * np.count_nonzero(rows == below.max()):
        return known
    return max(known, piled / rows.size)


def _find_copies(read: Sequence[Rows], faults: list[list[str]]) -> None:
    """Name frames with the pixels of one before them, value for value.

    No camera gives two such, unless its numbers are too coarse to show any noise.
    """
    seen: dict[tuple[float, float], list[int]] = {}
    for index, rows in enumerate(read):
        middle = rows[len(rows) // 2]
        mark = float(middle[0]), float(np.nansum(middle, dtype=np.float64))
        twin = next((i for i in seen.get(mark, ()) if _same(read[i], rows)), None)
        if twin is not None and own_noise(rows) > 0:
            faults[index].append(
                f"its pixels are those of frame {twin + 1} of the set, to the last"
            )
        seen.setdefault(mark, []).append(index)


def _same(one: Rows, other: Rows) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _find_dark_flats(
    lights: Sequence[float], samples: Sequence[Rows], faults: list[list[str]]
) -> None:
    """Name flats without light: what they are divided by would be their noise."""
    for light, rows, bad in zip(lights, samples, faults, strict=True):
        if bad:
            continue
        noise = own_noise(rows)
        if not light > 0 or not np.isfinite(noise) or noise * _LEAST_LIGHT > 1.0:
            bad.append(f"it holds too little light ({light:.3g} ADU)")


# -- what is measured about the others ----------------------------------------------------------


def _compare(measured: Sequence[FrameMeasure], kind: str, faults: list[list[str]]) -> None:
    """Name the frames that differ from the middle of those not yet named."""
    good = [m for m, bad in zip(measured, faults, strict=True) if not bad]
    noises = [m.noise for m in good]
    noise, ratio = float(np.median(noises)), _NOISE_RATIO
    if kind == "flat":
        noise, ratio = _best_noise(noises)
    outliers = float(np.median([m.outliers for m in good]))
    hot = float(np.median([m.hot for m in good]))
    for one, bad in zip(measured, faults, strict=True):
        if bad:
            continue
        if one.noise > ratio * noise > 0:
            bad.append(f"its noise is {one.noise / noise:.2f} times that of the others")
        unit = 1.0 if kind == "flat" else noise
        if one.structure > max(_STRUCTURE[kind] * unit, _CERTAIN * one.block_error) > 0:
            what = (
                f"{one.structure:.1%} of its level"
                if kind == "flat"
                else (f"{one.structure / noise:.1f} times the noise of a pixel")
            )
            bad.append(f"its light or glow is spread otherwise, by {what} in several places")
        if kind != "flat" and one.banding > _BANDING:
            bad.append(f"it is banded, by {one.banding:.2f} times the noise of a pixel")
        excess = one.hot - hot
        if (
            kind != "flat"
            and one.hot > _HOT_RATIO * hot
            and excess > _HOT_SIGMA * max(hot, 1.0) ** 0.5
        ):
            bad.append(f"it has {one.hot} hot pixels in the sample, the others {hot:.0f}")
        if one.outliers > max(_OUTLIERS, _OUTLIER_RATIO * outliers):
            bad.append(f"{one.outliers:.1%} of its pixels lie far from the others of the set")


def _best_noise(noises: Sequence[float]) -> tuple[float, float]:
    """Return the noise of those flats that together make the quietest mean, and the limit for all.

    Most of a series may be too dim: a flat is worth what it takes from the noise of the master.
    """
    squares = np.sort(np.square(noises))
    sums, counts = np.cumsum(squares), np.arange(1, squares.size + 1)
    least = min(_FEW, squares.size) - 1
    variances = sums / counts**2
    best = least + int(np.argmin(variances[least:]))
    spoilt = variances[-1] > _SPOILT**2 * variances[best]
    noise = float(sums[best] / counts[best]) ** 0.5
    return noise, _STRICT_FLAT_NOISE if spoilt else _FLAT_NOISE


def _unmeasured(
    levels: Sequence[float], saturated: Sequence[float], faults: Sequence[Sequence[str]]
) -> tuple[FrameMeasure, ...]:
    nan = float("nan")
    return tuple(
        FrameMeasure(level, nan, nan, nan, nan, 0, nan, share, tuple(bad))
        for level, share, bad in zip(levels, saturated, faults, strict=True)
    )
