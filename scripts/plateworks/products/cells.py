"""How the colours of a frame lie in the array that its pixels are read into."""

from __future__ import annotations

from plateworks.metadata.frame import Frame
from plateworks.pixels.cfa import MONO, MOSAIC, PLANES, Cell


def cell_of(frame: Frame) -> Cell:
    """Return how the colours of a frame lie, by what it says of itself."""
    if frame.in_colours:
        return PLANES
    return MONO if frame.bayer is None else MOSAIC
