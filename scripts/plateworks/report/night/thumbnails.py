"""How lights look: as they were taken and calibrated, with one stretch for all of a filter.

Those of colour cameras are in colour, the sky grey.
"""

from __future__ import annotations

import base64
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.products.pictures import jpeg_of
from plateworks.products.preview import Preview, read_preview
from plateworks.report.night.facts import LightFacts

#: Bytes of one, so that five hundred fit on a page that can be mailed: the best quality of JPEG
#: that keeps within them is taken, or the least.
MOST_BYTES = 4400
_QUALITIES = (85, 75, 65, 55, 45, 35, 25, 15)
#: Black; the sky; white.
_PERCENTILES = (0.5, 50.0, 99.8)
#: Pixels between the two, as bright as their middle.
_GAP = 4


class Thumbnail(NamedTuple):
    """A light: a data URI, and its size in pixels; on the left as it was taken."""

    picture: str
    width: int
    height: int


class Stretch(NamedTuple):
    """How values become shades: those of the sky in proportion, brighter ones by their logarithm.

    Attributes
    ----------
    low : float
        What is black.
    soft : float
        So much brighter values are about to be bent.
    span : float
        So much brighter ones are white.
    """

    low: float
    soft: float
    span: float


def thumbnails(lights: Iterable[LightFacts]) -> dict[str, Thumbnail]:
    """Return how lights look, by the paths of their products.

    Those that have no product, or one without a preview as one that was set aside, are left out.
    """
    groups: dict[tuple[str, int], list[tuple[LightFacts, Preview]]] = defaultdict(list)
    for light in lights:
        preview = read_preview(light.path) if os.path.exists(light.path) else None
        if preview is not None:
            groups[light.filter, preview.raw.ndim].append((light, preview))
    found = {}
    for group in groups.values():
        # Of the good ones, so that a frame in daylight does not make all others black.
        told = [preview for light, preview in group if light.usable] or [one for _, one in group]
        raw = _stretches([preview.raw for preview in told])
        calibrated = _stretches([preview.calibrated for preview in told])
        for light, preview in group:
            shown = (_shown(preview.raw, raw), _shown(preview.calibrated, calibrated))
            found[light.path] = _thumbnail(*shown)
    return found


def _stretches(images: Sequence[np.ndarray]) -> list[Stretch]:
    """Return one for all of them; of a mosaic one for each colour, so that the sky is grey."""
    if images[0].ndim == 2:
        return [_stretch(images)]
    colours = [_stretch([image[plane] for image in images]) for plane in range(len(images[0]))]
    widest = max(one.span / one.soft for one in colours)
    return [one._replace(span=one.soft * widest) for one in colours]


def _shown(image: np.ndarray, stretches: Sequence[Stretch]) -> np.ndarray:
    """Return an image in shades from 0 to 1, colours last."""
    if image.ndim == 2:
        return _grey(image, stretches[0])
    return np.stack([_grey(*one) for one in zip(image, stretches, strict=True)], axis=-1)


def _stretch(images: Sequence[np.ndarray]) -> Stretch:
    """Return one for all of them."""
    values = np.concatenate([image.ravel() for image in images])
    values = values[np.isfinite(values)]
    if not values.size:
        return Stretch(0.0, 1.0, 1.0)
    low, middle, high = (float(value) for value in np.percentile(values, _PERCENTILES))
    return Stretch(low, middle - low or 1.0, high - low or 1.0)


def _grey(image: np.ndarray, stretch: Stretch) -> np.ndarray:
    low, soft, span = stretch
    bent = np.arcsinh(np.clip((image - low) / soft, 0.0, span / soft)) / np.arcsinh(span / soft)
    return np.asarray(np.nan_to_num(bent, nan=0.0))


def _thumbnail(raw: np.ndarray, calibrated: np.ndarray) -> Thumbnail:
    gap = np.full((len(raw), _GAP, *raw.shape[2:]), 0.5, raw.dtype)
    both = np.hstack([raw, gap, calibrated])
    content = b""
    for quality in _QUALITIES:
        content = jpeg_of(both, quality)
        if len(content) <= MOST_BYTES:
            break
    text = base64.b64encode(content).decode("ascii")
    return Thumbnail(f"data:image/jpeg;base64,{text}", both.shape[1], both.shape[0])
