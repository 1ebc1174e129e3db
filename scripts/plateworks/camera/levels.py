"""How bright a frame is: its statistics, and the level that an exposure is judged by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

#: From this part of the full range a pixel counts as saturated: gain and offset of the pixels
#: differ, so that not all of them reach the very end.
SATURATED = 0.995
#: More saturated pixels than this, and a flat is too bright whatever its median says.
SATURATED_SHARE = 0.01
#: With more of them at the frame's highest value, pixels are full before the converter is: noise
#: spreads what is not.
_PILED_SHARE = 0.2
#: Half a step of the coarsest converter, 10 bits written as 16; wider gaps are no steps.
_COARSEST = 32.0


@dataclass(frozen=True)
class Reading:
    """What a frame tells about the light.

    Attributes
    ----------
    level : float
        Median of the central region in ADU; of the brightest colour where there is a pattern.
    full_range : int
        The value at which pixels saturate, in ADU.
    saturated : bool
        Whether more than 1 % of the central region is saturated.
    piled : bool
        Whether pixels pile up at the frame's highest value, wherever that is.
    """

    level: float
    full_range: int
    saturated: bool = False
    piled: bool = False

    @property
    def part(self) -> float:
        """The level as a part of the full range."""
        return self.level / self.full_range

    def is_full(self, target: float) -> bool:
        """Return whether the frame is saturated, so that its level is only known to be greater.

        Pixels of a faint frame without noise pile up too, but below the level `target`, which is a
        part of the full range.
        """
        return self.saturated or (self.piled and self.part > target)


@dataclass(frozen=True)
class Statistics:
    """Statistics of a whole frame, in ADU."""

    mean: float
    deviation: float
    minimum: int
    maximum: int
    median: float
    saturated: float  # part of the pixels
    digest: str = ""  # of all values, in their order


def read_level(pixels: np.ndarray, full_range: int, *, colour: bool = False) -> Reading:
    """Measure the central region, half as wide and half as high as the frame.

    Parameters
    ----------
    pixels : (H, W) integer array
        As the camera gave it.
    full_range : int
        The largest value the camera can give, in ADU.
    colour : bool
        Whether neighbouring pixels lie behind different colours (in a pattern of 2x2).
    """
    height, width = pixels.shape
    top, left = height // 4 // 2 * 2, width // 4 // 2 * 2  # even: the pattern begins alike
    centre = pixels[top : height - top, left : width - left]
    phases = [centre[y::2, x::2] for y in (0, 1) for x in (0, 1)] if colour else [centre]
    level = max(fine_median(phase) for phase in phases)
    saturated = np.count_nonzero(centre >= SATURATED * full_range) / centre.size
    piled = np.count_nonzero(centre == centre.max()) / centre.size
    is_saturated, is_piled = bool(saturated > SATURATED_SHARE), bool(piled > _PILED_SHARE)
    return Reading(level, full_range, is_saturated, is_piled)


def known_range(before: int | None, pixels: np.ndarray, stated: int) -> int:
    """Return the value at which a camera's pixels saturate, as far as its frames have shown.

    A faint frame cannot contradict the camera's own word, which may be wrong; a bright one can.

    Parameters
    ----------
    before : int or None
        What was known before this frame.
    pixels : integer array
    stated : int
        What this frame alone leads to: the camera's word, or the value at which it is clipped.
    """
    peak = int(pixels.max())
    if before is None or peak > before:
        return stated
    return peak if stated == peak < before else before


def fine_median(values: np.ndarray) -> float:
    """Return the median of integers, interpolated within the step that it falls on.

    A weak signal of a few ADU is told apart far below one ADU, since noise spreads it over
    several steps: the median of grouped data, as in any textbook of statistics.

    Parameters
    ----------
    values : integer array of any shape, not empty
    """
    flat = np.ravel(values)
    middle = np.partition(flat, flat.size // 2)[flat.size // 2]
    below, above = flat[flat < middle], flat[flat > middle]
    centre = float(middle)
    left = max((centre + float(below.max())) / 2, centre - _COARSEST) if below.size else centre
    right = min((centre + float(above.min())) / 2, centre + _COARSEST) if above.size else centre
    equal = flat.size - below.size - above.size
    return left + (right - left) * (flat.size / 2 - below.size) / equal


def measure(pixels: np.ndarray, full_range: int) -> Statistics:
    """Return the statistics of a frame, (H, W) integers, whose values end at `full_range` ADU."""
    saturated = np.count_nonzero(pixels >= SATURATED * full_range) / pixels.size
    return Statistics(
        mean=float(pixels.mean(dtype=np.float64)),
        deviation=float(pixels.std(dtype=np.float64)),
        minimum=int(pixels.min()),
        maximum=int(pixels.max()),
        median=fine_median(pixels),
        saturated=float(saturated),
        digest=digest_of(pixels),
    )


def digest_of(pixels: np.ndarray) -> str:
    """Return what frames of equal pixels have in common, whatever the type they are held in."""
    digest = hashlib.blake2b(digest_size=8)
    for rows in np.array_split(pixels, max(1, pixels.size >> 20)):
        digest.update(np.ascontiguousarray(rows).astype("<i8").data)
    return digest.hexdigest()


class Meter:
    """Reads the levels of one camera's frames, and learns its full range from them.

    Parameters
    ----------
    colour : bool
        Whether neighbouring pixels lie behind different colours (in a pattern of 2x2).

    Attributes
    ----------
    full_range : int or None
        The value at which pixels saturate, in ADU, as far as the frames have shown.
    """

    def __init__(self, colour: bool):
        self.colour = colour
        self.full_range: int | None = None

    def read(self, pixels: np.ndarray, stated: int) -> Reading:
        """Measure a frame; `stated` is the full range that it alone leads to."""
        self.full_range = known_range(self.full_range, pixels, stated)
        return read_level(pixels, self.full_range, colour=self.colour)
