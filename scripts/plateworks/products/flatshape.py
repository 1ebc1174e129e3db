"""The card by which a master flat tells its large-scale shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.pixels.arrays import Doubles, Reals
from plateworks.pixels.flatshape import CELLS, shape_of
from plateworks.products.headers import put

#: Nine numbers: the light of each cell beside that of the others.
SHAPE = "PWSHAPE"


def put_shape(header: fits.Header, sample: Reals) -> None:
    """Tell in the header of a master flat how its light lies; nothing where that is not known.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Changed in place.
    sample : (R, W) array
        Of its pixels, evenly from all over it.
    """
    shape = shape_of(sample)
    if shape is not None:
        text = " ".join(f"{cell:.4f}" for cell in shape)
        put(header, SHAPE, text, "light by cells" if len(text) < 60 else "")


def shape_told(cards: Mapping[str, Any]) -> Doubles | None:
    """Return the shape that the cards of a master flat tell; None where they tell none."""
    try:
        shape = np.array(str(cards.get(SHAPE, "")).split(), np.float64)
    except ValueError:
        return None
    fit = shape.size == CELLS**2 and np.isfinite(shape).all() and (shape > 0).all()
    return shape if fit else None
