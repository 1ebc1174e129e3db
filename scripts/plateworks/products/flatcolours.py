"""The colours of a master flat: each is brought to one level, and what light it was is kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.metadata.normalise import read_frame
from plateworks.pixels.arrays import Floats
from plateworks.pixels.cfa import MONO, MOSAIC, Cell
from plateworks.pixels.flats import scale_rows
from plateworks.pixels.mosaic import patterns_seen
from plateworks.pixels.statistics import median
from plateworks.pixels.whitebalance import Balance, balance_of
from plateworks.products import headers
from plateworks.products.balancecards import flat_balance
from plateworks.products.cells import cell_of
from plateworks.products.screened import sampled

#: Colours of another's flat this little apart were brought to one level by its maker, and tell of
#: no light any more.
_EVEN = 0.005


class FlatColours(NamedTuple):
    """What there is to say of the colours of a flat.

    Attributes
    ----------
    cell : Cell
        How the colours lie that it was taken through.
    evened : bool
        Whether its colours were brought to one level here.
    balance : Balance or None
        Of its light; None where nobody told it, or it has no colours.
    """

    cell: Cell
    evened: bool
    balance: Balance | None


def even_colours(
    path: str, pixels: Floats, middle: float, header: fits.Header, cell: Cell
) -> FlatColours:
    """Bring each colour of a flat to one median, unless its maker was ourselves, who did it before.

    Parameters
    ----------
    path : str
        The flat.
    pixels : (H, W) float32 array
        Changed in place.
    middle : float
        The median of all.
    header : Header
    cell : Cell
        How the colours of the frame that it divides lie, as that says.
    """
    frame = read_frame(path)
    named = MOSAIC if headers.MOSAIC in header else cell_of(frame)
    if not cell.colours:
        cell = named if named.colours else MOSAIC if patterns_seen(sampled(pixels)) else MONO
    balance, pattern = flat_balance(header), frame.bayer
    if not cell.colours or (named.colours and "FLATNORM" in header):
        return FlatColours(cell, False, balance)
    levels = np.array([median(pixels[where]) for where in cell.positions(pixels.shape)])
    levels = levels.reshape(cell.levels)
    levels[~(levels > 0)] = middle  # a colour without light stays as it is
    if balance is None and named.colours:
        found = balance_of(levels, pattern)
        told = found is not None and max(abs(part - 1.0) for part in found) > _EVEN
        balance = found if told else None
    scale_rows(pixels, middle / levels, 0, pixels)
    return FlatColours(cell, True, balance)
