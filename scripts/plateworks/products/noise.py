"""The noise that a master states, held against what its frames and its pixels show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.pixels.arrays import Reals
from plateworks.pixels.framemeasure import own_noise
from plateworks.pixels.masternoise import (
    CombineValues,
    Scatter,
    noise_of_frame,
    noise_of_master,
    scatter_of,
)
from plateworks.products.measured import MeasuredCamera
from plateworks.products.screened import sampled

#: Stated and measured noise may differ by this factor, beyond what chance does to few pixels: the
#: limit of seiza between frames that may be doubtful and frames that are poor.
_APART, _CHANCE = 1.3, 4.0
#: Scatter of values that are rounded to whole numbers.
_ROUNDED = 12**-0.5
#: Frames that a caveat names.
_MOST = 5


@dataclass(frozen=True)
class SetNoise:
    """How the frames of a set scatter.

    Attributes
    ----------
    names : tuple of str
        Of their files.
    scatter : Scatter or None
        None where there is one frame alone, or where none of the pixels has a value in all.
    """

    names: tuple[str, ...]
    scatter: Scatter | None

    @property
    def step(self) -> float:
        """Step of the converter, in the unit of the samples; 0 of numbers that are no integers."""
        return 0.0 if self.scatter is None else float(np.mean(self.scatter.steps))

    @property
    def of_frame(self) -> float | None:
        """Noise of an ordinary pixel of one frame; None where there is but one frame."""
        if self.scatter is None:
            return None
        return max(float(self.scatter.variance) ** 0.5, self.step * _ROUNDED)


def noise_of_set(
    paths: Sequence[str],
    samples: Sequence[Reals],
    raw: Sequence[Reals] | None = None,
    lights: Sequence[float] | None = None,
) -> SetNoise:
    """Measure the frames of a set before they are combined.

    Parameters
    ----------
    paths : sequence of N str
    samples, raw, lights
        As for :func:`plateworks.pixels.masternoise.scatter_of`.

    Raises
    ------
    PlateworksError
        If all frames have the same pixels, though these differ among each other by noise.
    """
    names = tuple(Path(path).name for path in paths)
    if len(samples) < 2:
        return SetNoise(names, None)
    scatter = scatter_of(samples, raw, lights)
    read = samples if raw is None else raw
    if scatter is None:
        return SetNoise(names, None)
    alike = scatter.variance == 0 and all(_same(read[0], one) for one in read[1:])
    if alike and own_noise(read[0]) > 0:
        raise PlateworksError(
            f"The noise of these {len(names)} frames is exactly zero: each has the pixels of all "
            f"others, to the last ({', '.join(names)}).  No camera takes two such exposures; they "
            "are copies, or a simulator's.  Leave all but one out (config key exclude), or take "
            "them anew."
        )
    return SetNoise(names, scatter)


def stated(
    found: SetNoise,
    master: Reals,
    combine: CombineValues | None,
    *,
    unit: float = 1.0,
    others: float = 0.0,
) -> tuple[float | None, list[str]]:
    """Return the noise that a master states, and what is doubtful about it.

    Parameters
    ----------
    found : SetNoise
    master : (H, W) float array
    combine : function or None
        What combines frames; None for a mean without weights.
    unit : float
        One of the samples that were measured, in ADU of the master.
    others : float
        What subtracted masters add, ADU.

    Returns
    -------
    float or None
        Of an ordinary pixel, ADU, of four digits: further ones depend on the processor.  None where
        it is not known.
    list of str
        Clauses.
    """
    if found.scatter is None:
        return None, []
    scatter, seen = found.scatter, sampled(master)
    if scatter.coarse:
        noise = found.step * _ROUNDED * unit
        caveats = [
            "most pixels of its frames are equal, since the camera counts too coarsely to show its "
            "noise, or has none: what is stated is that of rounding"
        ]
    else:
        noise = noise_of_master(scatter, combine, float(np.nanmedian(seen)) / unit) * unit
        doubt = _doubt(found, scatter, noise, own_noise(seen), unit)
        caveats = [doubt] if doubt else []
    noise = float(np.hypot(noise, others))
    return float(f"{noise:.4g}") or None, caveats


def twins(paths: Sequence[str], digests: Sequence[str]) -> list[str]:
    """Return what is odd about frames with the same pixels, as clauses.

    Parameters
    ----------
    paths, digests : sequences of N str
        Of the frames that were combined; the digests are of their pixels.
    """
    first: dict[str, str] = {}
    same = [
        f"{Path(path).name} those of {Path(first[digest]).name}"
        for path, digest in zip(paths, digests, strict=True)
        if first.setdefault(digest, path) != path
    ]
    if not same:
        return []
    more = f" and {len(same) - _MOST} more" if len(same) > _MOST else ""
    return [
        f"{len(same)} of its {len(paths)} frames have the pixels of another, to the last "
        f"({', '.join(same[:_MOST])}{more}): it is one image given twice, or the camera counts too "
        "coarsely to show any noise"
    ]


def _same(one: Reals, other: Reals) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _doubt(found: SetNoise, scatter: Scatter, noise: float, around: float, unit: float) -> str:
    """Return why the stated noise is doubtful, as a clause; empty if it is not."""
    most = _APART * (1 + _CHANCE / (2 * scatter.pixels) ** 0.5)
    stated, halves = scatter.of_mean * unit, scatter.halves * unit
    said = f"the noise of its pixels is {stated:.3g} ADU by how its frames scatter"
    if halves > most * stated:
        worst = int(np.argmax(np.abs(scatter.offsets)))
        count = len(found.names)  # of which the offsets are from the mean of all
        above = float(scatter.offsets[worst]) * unit * count / (count - 1)
        where = f"{abs(above):.3g} ADU {'above' if above > 0 else 'below'} the others"
        return (
            f"{said}, and {halves:.3g} ADU by how two halves of them differ: frames lie at "
            f"different levels, {found.names[worst]} {where}"
        )
    if halves < stated / most:
        return (
            f"{said}, and {halves:.3g} ADU by how two halves of them differ: the frames resemble "
            "each other more than exposures of their own do"
        )
    # Of less noise than a step few pixels show any, and what they show is no measure.
    if scatter.variance >= found.step**2 and around < noise / most:
        return (
            f"its noise is {noise:.3g} ADU as stated, and {around:.3g} ADU by how neighbouring "
            "pixels differ"
        )
    return ""


def camera_in_dark(spread: SetNoise) -> MeasuredCamera:
    """Return what bias frames or darks tell of the camera by how they scatter."""
    return MeasuredCamera(None if spread.scatter is None else noise_of_frame(spread.scatter))
