"""How values of pictures become shades, so that all pictures of a filter can be compared.

A picture in colours is divided by what is white, where that is known: its hues are true to that
light then, those of the sky too.  Else its sky is grey.  Source of the stretch, which leaves hues
as they are: Lupton et al. 2004, PASP 116, 133.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plateworks.products.preview import Preview

#: Black; the sky; white.
_PERCENTILES = (0.5, 50.0, 99.8)
#: So large a part of the sky at most is black, however even it is.
_MOST_BLACK = 0.999


class Stretch(NamedTuple):
    """How values become shades: those of the sky in proportion, brighter ones by their logarithm.

    Attributes
    ----------
    low : tuple of float
        What is black, for each colour.
    soft : tuple of float
        So much brighter values are about to be bent.
    span : float
        So many times brighter ones are white.
    """

    low: tuple[float, ...]
    soft: tuple[float, ...]
    span: float

    def shades(self, image: np.ndarray) -> np.ndarray:
        """Return an image in shades from 0 to 1, colours last: (h, w) or (h, w, 3)."""
        planes = image[None] if image.ndim == 2 else image
        low, soft = (np.array(one)[:, None, None] for one in (self.low, self.soft))
        light = np.nan_to_num(np.clip((planes - low) / soft, 0.0, None), nan=0.0, posinf=0.0)
        mean = light.mean(axis=0)
        bent = np.arcsinh(np.minimum(mean, self.span)) / np.arcsinh(self.span)
        shown = light * (bent / np.where(mean > 0, mean, 1.0))
        shown /= np.maximum(shown.max(axis=0), 1.0)  # too bright a colour keeps its hue
        return np.asarray(shown[0] if image.ndim == 2 else np.moveaxis(shown, 0, -1))


class Stretches(NamedTuple):
    """Those of frames as they were taken, and calibrated."""

    raw: Stretch
    calibrated: Stretch


def stretches(looks: Sequence[Preview], white: bool) -> Stretches:
    """Return those that all lights of a filter have.

    Parameters
    ----------
    looks : sequence of Preview
        Divided by what is white, if that is known (`white`).
    """
    raw, calibrated = ([_levels(one) for one in _by_colour([p[i] for p in looks])] for i in (0, 1))
    if not white or any(one.sky <= 0 for one in calibrated):
        return Stretches(_grey_sky(raw, white), _grey_sky(calibrated, white))
    # How much an ADU of a raw frame is of that unit, in which the sky is known without a bias.
    unit = max(one.high - one.sky for one in raw) or 1.0
    unit /= max(one.high - one.sky for one in calibrated) or 1.0
    return Stretches(
        _with_hue(raw, [unit * one.sky for one in calibrated]),
        _with_hue(calibrated, [one.sky for one in calibrated]),
    )


def _with_hue(colours: Sequence[_Levels], sky: Sequence[float]) -> Stretch:
    """Return a stretch that leaves all hues, that of the sky too.

    As large a part of the sky is black in every colour, so that what is left of it has its hue.

    Parameters
    ----------
    colours : sequence of _Levels
    sky : sequence of float
        The sky in each, above what no light gives.
    """
    bases = [one.sky - light for one, light in zip(colours, sky, strict=True)]
    both = list(zip(colours, bases, sky, strict=True))
    part = min(max(0.0, (one.low - base) / light) for one, base, light in both)
    part = min(part, _MOST_BLACK)
    low = tuple(base + part * light for _, base, light in both)
    soft = float(np.mean(sky)) * (1.0 - part)
    span = max(one.high - black for one, black in zip(colours, low, strict=True)) or soft
    return Stretch(low, (soft,) * len(low), span / soft)


class _Levels(NamedTuple):
    """Of a colour in all lights: what is black, the sky, what is white."""

    low: float
    sky: float
    high: float


def _by_colour(images: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    if images[0].ndim == 2:
        return [list(images)]
    return [[image[plane] for image in images] for plane in range(len(images[0]))]


def _levels(images: Sequence[np.ndarray]) -> _Levels:
    values = np.concatenate([image.ravel() for image in images])
    values = values[np.isfinite(values)]
    if not values.size:
        return _Levels(0.0, 1.0, 1.0)
    return _Levels(*(float(value) for value in np.percentile(values, _PERCENTILES)))


def _grey_sky(colours: Sequence[_Levels], white: bool) -> Stretch:
    """Return a stretch that makes the sky of all colours one shade.

    Where it is known what is white, or there is no sky, what stands before it keeps its hue.
    """
    soft = tuple(one.sky - one.low or 1.0 for one in colours)
    if white:
        soft = (float(np.mean(soft)),) * len(soft)
    spans = [(one.high - one.low or 1.0) / bend for one, bend in zip(colours, soft, strict=True)]
    return Stretch(tuple(one.low for one in colours), soft, max(spans))
