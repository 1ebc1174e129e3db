"""PREVIEW, a table of a light's product: how the light looks, before calibration and after.

It is made from pixels that are in memory anyway, so that nobody has to read a night of frames to
see them beside each other.  Values stay in the unit of the pixels: whoever shows several frames
brings all to one stretch.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from plateworks.pixels.arrays import Floats
from plateworks.products.tables import Column, Table, read_table

#: Pixels of a preview along its longer side.
LONGEST = 128
_NAME = "PREVIEW"


class Preview(NamedTuple):
    """A light, made small: (h, w) float32 each, as it was taken, in ADU, and calibrated."""

    raw: Floats
    calibrated: Floats


def preview_table(preview: Preview, unit: str) -> Table:
    """Return a preview as a table, row by row; `unit` is that of the calibrated pixels."""
    height, width = preview.raw.shape
    row, column = np.divmod(np.arange(height * width), max(width, 1))
    columns = [
        Column("CELLX", column.astype(np.int16), "", "", "column, from 0"),
        Column("CELLY", row.astype(np.int16), "", "", "row, first row first"),
        Column("RAW", preview.raw.ravel(), "adu", "", "mean before calibration"),
        Column("CALIBRATED", preview.calibrated.ravel(), unit, "", "mean of the product"),
    ]
    return Table(_NAME, columns)


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
    raw, calibrated = (table[n].astype(np.float32).reshape(shape) for n in ("RAW", "CALIBRATED"))
    return Preview(raw, calibrated)
