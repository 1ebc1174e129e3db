"""PREVIEW, a table of a light's product: how the light looks, before calibration and after.

It is made from pixels that are in memory anyway, so that nobody has to read a night of frames to
see them beside each other.  Values stay in the unit of the pixels: whoever shows several frames
brings all to one stretch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.cfa import COLOURS
from plateworks.pixels.reduced import reduced, reduced_colours
from plateworks.products.tables import Column, Table, read_table

#: Pixels of a preview along its longer side.
LONGEST = 128
_NAME = "PREVIEW"
#: Columns; of a mosaic each with a colour behind it.
_RAW, _CALIBRATED = "RAW", "CALIBRATED"


class Preview(NamedTuple):
    """A light, made small, as it was taken, in ADU, and calibrated.

    They are (h, w) float32 each; of a mosaic (3, h, w): red, green, blue.
    """

    raw: Floats
    calibrated: Floats


def looks_of(data: Reals, pattern: str | None, colours: int = 1) -> Floats:
    """Return how an image looks, small: in colours where it is a mosaic of a known pattern.

    So it is where it has planes, which lie one below the other.
    """
    if colours > 1:
        return np.stack([reduced(plane, LONGEST) for plane in np.split(data, colours)])
    return reduced(data, LONGEST) if pattern is None else reduced_colours(data, pattern, LONGEST)


def preview_table(preview: Preview, unit: str) -> Table:
    """Return a preview as a table, row by row; `unit` is that of the calibrated pixels."""
    height, width = preview.raw.shape[-2:]
    row, column = np.divmod(np.arange(height * width), max(width, 1))
    columns = [
        Column("CELLX", column.astype(np.int16), "", "", "column, from 0"),
        Column("CELLY", row.astype(np.int16), "", "", "row, first row first"),
        *_columns(_RAW, preview.raw, "adu", "mean before calibration"),
        *_columns(_CALIBRATED, preview.calibrated, unit, "mean of the product"),
    ]
    return Table(_NAME, columns)


def _columns(name: str, image: Floats, unit: str, text: str) -> list[Column]:
    if image.ndim == 2:
        return [Column(name, image.ravel(), unit, "", text)]
    return [
        Column(f"{name}_{colour}", plane.ravel(), unit, "", text)
        for colour, plane in zip(COLOURS, image, strict=True)
    ]


def read_preview(path: str | os.PathLike[str]) -> Preview | None:
    """Read the preview of a product; None where it has none.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    table = read_table(path, _NAME)
    if not table or not len(table["CELLY"]):
        return None
    shape = int(table["CELLY"][-1]) + 1, int(table["CELLX"][-1]) + 1
    return Preview(*(_image(table, name, shape) for name in (_RAW, _CALIBRATED)))


def _image(table: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, int]) -> Floats:
    if name in table:
        return table[name].astype(np.float32).reshape(shape)
    planes = [table[f"{name}_{colour}"] for colour in COLOURS]
    return np.stack(planes).astype(np.float32).reshape(-1, *shape)
