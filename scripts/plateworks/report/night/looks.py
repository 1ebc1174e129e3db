"""How a master looks: a small picture, and its rows and columns beside each other."""

from __future__ import annotations

import base64
import math
from typing import NamedTuple

import bottleneck as bn
import numpy as np

from plateworks.products.imagefiles import read_image
from plateworks.products.luminance import luminance
from plateworks.products.pictures import png_of

#: Pixels of a picture along its longer side, and numbers of a profile.
SIZE = 240
_PERCENTILES = (1.0, 99.0)
#: Size of the drawing of a profile.
PROFILE_WIDTH, PROFILE_HEIGHT = 240.0, 44.0


class Look(NamedTuple):
    """A master, to be looked at.

    Attributes
    ----------
    picture : str
        A PNG as a data URI; in colour where the master has three planes.
    width, height : int
        Pixels of it.
    low, high : float
        What is black and white, ADU; of all colours, so that a tint is one of the master.
    columns, rows : str
        Points of two lines, as SVG writes them: medians of columns from left to right, and of rows
        from top to bottom; of the mean of colours.
    columns_span, rows_span : float
        Between the lowest and the highest of each, ADU.
    """

    picture: str
    width: int
    height: int
    low: float
    high: float
    columns: str
    rows: str
    columns_span: float
    rows_span: float


def look_at(path: str) -> Look | None:
    """Return how the image of a file looks; None where nothing of it is finite."""
    image = read_image(path)
    data = luminance(image).data
    if not np.isfinite(data).any():
        return None
    small = shown = _binned(data)
    if image.colours > 1:
        shown = np.stack([_binned(plane) for plane in np.split(image.data, image.colours)], -1)
    low, high = (float(value) for value in np.nanpercentile(shown, _PERCENTILES))
    columns, rows = bn.nanmedian(small, axis=0), bn.nanmedian(small, axis=1)
    png = base64.b64encode(png_of(shown, (low, high))).decode("ascii")
    return Look(
        f"data:image/png;base64,{png}", small.shape[1], small.shape[0], low, high,
        _line(columns), _line(rows), _span(columns), _span(rows),
    )  # fmt: skip


def _binned(data: np.ndarray) -> np.ndarray:
    """Return an image of at most :data:`SIZE` pixels a side: medians of each block's row means."""
    side = math.ceil(max(data.shape) / SIZE)
    height, width = (max(1, length // side) for length in data.shape)
    blocks = data[: height * side, : width * side].astype(np.float32, copy=False)
    if side > min(data.shape):
        return blocks
    strips = bn.nanmean(blocks.reshape(height, side, width, side), axis=3)
    return np.asarray(bn.nanmedian(np.ascontiguousarray(strips.swapaxes(1, 2)), axis=2))


def _line(values: np.ndarray) -> str:
    low, high = float(bn.nanmin(values)), float(bn.nanmax(values))
    span = high - low or 1.0
    across = PROFILE_WIDTH / max(len(values) - 1, 1)
    return " ".join(
        f"{index * across:.1f},{2 + (high - value) / span * (PROFILE_HEIGHT - 4):.1f}"
        for index, value in enumerate(values)
        if np.isfinite(value)
    )


def _span(values: np.ndarray) -> float:
    return float(bn.nanmax(values) - bn.nanmin(values))
