"""Images of one readout laid upon frames of another: cropped, and turned."""

from __future__ import annotations

import numpy as np

from plateworks.orders.frames import Placement


def laid(pixels: np.ndarray, placement: Placement | None) -> np.ndarray:
    """Return an image as it is laid upon a frame: cropped as it is stored, then turned."""
    if placement is None:
        return pixels
    planes = len(pixels) // placement.rows
    if planes > 1:  # below each other
        return np.concatenate([laid(one, placement) for one in np.split(pixels, planes)])
    if placement.crop is not None:
        left, first, width, rows = placement.crop
        pixels = pixels[first : first + rows, left : left + width]
    return np.ascontiguousarray(pixels[::-1] if placement.turned else pixels)
