"""Flats of a set that hold light, each with samples of its pixels, and which of them are fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import Screening
from plateworks.pixels.blocks import Change
from plateworks.pixels.framemeasure import FrameMeasure
from plateworks.pixels.screening import screen
from plateworks.products.reading import FrameReader
from plateworks.products.saturation import Saturation
from plateworks.products.screened import Trial, levels_of, verdict


class Flat(NamedTuple):
    """A flat that holds light: what is done to it, its level, and from where on it is full."""

    reader: FrameReader
    order: FrameOrder
    changes: list[Change]
    levels: np.ndarray
    full: Saturation | None


class SampledFlat(NamedTuple):
    """A flat that holds light, a sample of its pixels as they were read, and about 1; caveats.

    A larger sample, `light`, is as it was read but for bias and dark current, and about 1 too.
    """

    flat: Flat
    raw: np.ndarray
    even: np.ndarray
    caveats: tuple[str, ...]
    light: np.ndarray


def judged_flats(
    readers: Sequence[FrameReader], found: Sequence[SampledFlat | str], screening: Screening | None
) -> Trial:
    """Judge the flats that hold light, by their pixels about a level of 1."""
    paths = [reader.path for reader in readers]
    lit = [one for one in found if isinstance(one, SampledFlat)]
    measures: list[FrameMeasure | None] = [None] * len(found)
    faults: list[tuple[str, ...]] = [(one,) if isinstance(one, str) else () for one in found]
    if screening is not None and lit:
        told = screen(
            [one.even for one in lit],
            "flat",
            full_scale=levels_of(one.flat.full for one in lit),
            lights=[float(np.mean(one.flat.levels)) for one in lit],
            raw=[one.raw for one in lit],
        )
        full = [one.flat.full for one in lit]
        judged = verdict([one.flat.reader.path for one in lit], told, full)
        places = (place for place, one in enumerate(found) if isinstance(one, SampledFlat))
        for place, measure, why in zip(places, judged.measures, judged.faults, strict=True):
            measures[place], faults[place] = measure, why
    full_of_all = tuple(one.flat.full if isinstance(one, SampledFlat) else None for one in found)
    return Trial(tuple(paths), tuple(measures), tuple(faults), full_of_all)
