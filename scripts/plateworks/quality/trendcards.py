"""What the header of a master tells of its setup, for the trends."""

from __future__ import annotations

import math
from typing import NamedTuple

from plateworks.metadata.values import Cards, number
from plateworks.orders.trends import TrendMaster
from plateworks.pixels.arrays import Doubles
from plateworks.pixels.masks import BITS_OF_MASTERS, FLICKERS, HOT
from plateworks.pixels.photontransfer import Measured
from plateworks.pixels.statistics import MEDIAN_ERROR
from plateworks.products.flatshape import SHAPE, shape_told
from plateworks.products.measured import CAMERA, LEVELS, MeasuredCamera, camera_told

_LEVEL, _NOISE, _FRAMES, _BIAS_OFF = "PWMEDIAN", "PWNOISE", "NCOMBINE", "BIASSUB"
_COUNTS = tuple(f"N{BITS_OF_MASTERS[bit][0]}" for bit in (HOT, FLICKERS))
#: All cards that are read.
CARDS = (
    _LEVEL, _NOISE, _FRAMES, _BIAS_OFF, *_COUNTS, *LEVELS, SHAPE,
    *(keyword for cards in CAMERA for keyword in (cards.value, cards.error)),
)  # fmt: skip


class Told(NamedTuple):
    """What a master tells.

    Attributes
    ----------
    master : TrendMaster
    level : Measured or None
        ADU, the median of all pixels; its error is that of the noise.
    bias_off : bool
        Whether bias was taken out of it.
    hot, flickering : Measured or None
        Pixels.
    light : Measured or None
        Of flats: the level of their frames, ADU.
    shape : (9,) float64 array or None
        Of flats.
    camera : MeasuredCamera
    """

    master: TrendMaster
    level: Measured | None
    bias_off: bool
    hot: Measured | None
    flickering: Measured | None
    light: Measured | None
    shape: Doubles | None
    camera: MeasuredCamera


def told_by(master: TrendMaster, cards: Cards, pixels: int) -> Told:
    """Return what the cards of a master tell.

    Parameters
    ----------
    master : TrendMaster
    cards : mapping
        Those of :data:`CARDS` that it has, with their values.
    pixels : int
        Of its image.
    """
    level, noise = (number(cards.get(key)) for key in (_LEVEL, _NOISE))
    hot, flickering = (_counted(number(cards.get(key))) for key in _COUNTS)
    error = math.nan if noise is None else noise * MEDIAN_ERROR / math.sqrt(pixels)
    return Told(
        master=master,
        level=None if level is None else Measured(level, error),
        bias_off=cards.get(_BIAS_OFF) is True,
        hot=hot,
        flickering=flickering,
        light=_light(cards),
        shape=shape_told(cards),
        camera=camera_told(cards),
    )


def _counted(count: float | None) -> Measured | None:
    return None if count is None or count < 0 else Measured(count, math.sqrt(max(count, 1.0)))


def _light(cards: Cards) -> Measured | None:
    """Return the level of the frames of a flat, as if they lay evenly between its bounds."""
    low, high = (number(cards.get(key)) for key in LEVELS)
    frames = number(cards.get(_FRAMES))
    if low is None or high is None or frames is None or frames <= 0:
        return None
    return Measured((low + high) / 2, (high - low) / math.sqrt(12 * frames))
