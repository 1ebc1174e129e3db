"""What the flats of one set tell by their levels: the ratio of two, and the law of a series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from plateworks.orders.repairs import MaskOrder
from plateworks.pixels.arrays import Bools, Floats
from plateworks.pixels.departures import FEWEST, departing
from plateworks.products.flats import LevelledFlats
from plateworks.products.gainfile import with_gains
from plateworks.products.inputs import Inputs
from plateworks.products.stacking import FrameStack, combine_frames, opened

#: Flats whose levels differ by this factor are two levels, whose ratio shows nonlinear pixels.
TWO_LEVELS = 0.9
#: Flats of a level of a series: in the median of fewer, a star or a cosmic ray of one stays.
_OF_LEVEL = 3


class Responses(NamedTuple):
    """How pixels respond to light of different levels.

    Attributes
    ----------
    ratio : (H, W) float array or None
        The darker flats divided by the brighter ones; None where there are no two levels.
    departing : (H, W) bool array or None
        Which pixels do not follow the light as all others do; None where there is no series.
    levels : int
        How many the series has; 0 without one.
    """

    ratio: Floats | None = None
    departing: Bools | None = None
    levels: int = 0


def responses(order: MaskOrder, threads: int, memory: float) -> Responses:
    """Compare the flats of a mask by their levels.

    Parameters
    ----------
    order : MaskOrder
    threads : int
    memory : float
        Bytes that combining the flats of a level may take; the result is the same for any.
    """
    least, frames = order.min_frames, [*map(with_gains, order.frames)]
    with opened(frames, least) as (readers, _):
        orders, stack = [frames[place] for place in readers], list(readers.values())
        levelling, screening = order.levelling, order.screening
        flats = LevelledFlats(stack, orders, Inputs(), levelling, screening, least, threads)
        combined = partial(_combined, flats, threads=threads, memory=memory)
        middle = (min(flats.levels) * max(flats.levels)) ** 0.5
        dark = [i for i, one in enumerate(flats.levels) if one < middle]
        bright = [i for i, one in enumerate(flats.levels) if one >= middle]
        if not dark or _mean(flats.levels, dark) >= TWO_LEVELS * _mean(flats.levels, bright):
            return Responses()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = combined(dark) / combined(bright)
        series = series_of(flats.levels)
        if len(series) < FEWEST:
            return Responses(ratio)
        lit = ((combined(members), sum(flats.levels[i] for i in members)) for members in series)
        return Responses(ratio, departing(lit, flats.cell), len(series))


def series_of(levels: Sequence[float]) -> list[list[int]]:
    """Return the flats of each level of a series, the brightest first.

    Parameters
    ----------
    levels : sequence of N float
        ADU.

    Returns
    -------
    list of lists of int
        Places in `levels`.  Those of a level are closer to each other than to those of the next;
        levels of fewer than three flats are left out.
    """
    found: list[list[int]] = []
    for place in sorted(range(len(levels)), key=lambda i: -levels[i]):
        if not found or levels[place] < TWO_LEVELS * levels[found[-1][-1]]:
            found.append([])
        found[-1].append(place)
    return [members for members in found if len(members) >= _OF_LEVEL]


def _combined(
    flats: LevelledFlats, members: Sequence[int], *, threads: int, memory: float
) -> Floats:
    """Combine some of the flats, brought to one level."""

    def prepare(index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        flats.prepare(members[index], rows, where, out)

    part = FrameStack([flats.readers[i] for i in members], prepare)
    return combine_frames(part, "median", threads=threads, memory=memory).value


def _mean(levels: Sequence[float], members: Sequence[int]) -> float:
    return sum(levels[i] for i in members) / len(members)
