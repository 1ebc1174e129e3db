"""How lights look: as they were taken and calibrated, with one stretch for all of a filter.

Those of colour cameras are in colour: white is the light of the flat that divided them, else what
the camera took for white, else the sky.
"""

from __future__ import annotations

import base64
import os
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from plateworks.metadata.caveats import values_of
from plateworks.products.balancecards import CARDS, balance_known
from plateworks.products.pictures import jpeg_of
from plateworks.products.preview import Preview, read_preview
from plateworks.report.night.facts import LightFacts
from plateworks.report.night.shades import stretches

#: Bytes of one, so that five hundred fit on a page that can be mailed: the best quality of JPEG
#: that keeps within them is taken, or the least.
MOST_BYTES = 4400
_QUALITIES = (85, 75, 65, 55, 45, 35, 25, 15)
#: Pixels between the two, as bright as their middle.
_GAP = 4
#: What is white in pictures in colour -> how that is said.
WHITES = {
    "flat": "white is the light of the flat that divided them",
    "camera": "white is what the camera was set to, since no flat served that tells the colour of "
    "its light",
    "sky": "the sky is made grey, since no flat served that tells the colour of its light, and the "
    "camera tells no white",
}


class Thumbnail(NamedTuple):
    """A light: a data URI, and its size in pixels; on the left as it was taken.

    ``white`` is one of :data:`WHITES`, empty where it has no colours.
    """

    picture: str
    width: int
    height: int
    white: str = ""


def thumbnails(lights: Iterable[LightFacts]) -> dict[str, Thumbnail]:
    """Return how lights look, by the paths of their products.

    Those that have no product, or one without a preview as one that was set aside, are left out.
    """
    groups: dict[tuple[str, str], list[tuple[LightFacts, Preview]]] = defaultdict(list)
    for light in lights:
        preview = read_preview(light.path) if os.path.exists(light.path) else None
        if preview is not None:
            white, preview = _whitened(light.path, preview)
            groups[light.filter, white].append((light, preview))
    found = {}
    for (_, white), group in groups.items():
        # Of the good ones, so that a frame in daylight does not make all others black.
        told = [preview for light, preview in group if light.usable] or [one for _, one in group]
        raw, calibrated = stretches(told, white=white in ("flat", "camera"))
        for light, preview in group:
            shown = raw.shades(preview.raw), calibrated.shades(preview.calibrated)
            found[light.path] = _thumbnail(*shown)._replace(white=white)
    return found


def whites_in_words(lights: Iterable[LightFacts], looks: dict[str, Thumbnail]) -> list[str]:
    """Return what is white in the pictures of each filter, as sentences; none without colours."""
    filters: dict[str, set[str]] = defaultdict(set)
    for light in lights:
        look = looks.get(light.path)
        if look is not None and look.white:
            filters[look.white].add(light.filter or "no filter")
    alone = len(filters) == 1
    return [
        (f"In colours {WHITES[white]}." if alone else f"{_few(filters[white])}: {WHITES[white]}.")
        for white in WHITES
        if white in filters
    ]


def _few(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _whitened(path: str, preview: Preview) -> tuple[str, Preview]:
    """Return what is white in a light, and how it looks in that light; it may have no colours."""
    if preview.raw.ndim == 2:
        return "", preview
    known = balance_known(values_of(path, CARDS))
    if known is None:
        return "sky", preview
    white, balance = known
    levels = np.array(balance.of_planes(), np.float32)[:, None, None]
    return white, Preview(*(np.asarray(image / levels) for image in preview))


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
