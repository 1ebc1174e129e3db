"""The pixels of a master beside those of one before it."""

from __future__ import annotations

import logging

from plateworks.errors import FrameError, TroubleError
from plateworks.pixels.masterpair import PairFigures, Side, compare_masters
from plateworks.products.imagefiles import read_image
from plateworks.quality.masterverdicts import Known

_log = logging.getLogger(__name__)


def compare_pixels(new: Known, old: Known) -> PairFigures | None:
    """Compare a master with one before it; None, and a warning, if it cannot be done."""
    try:
        return compare_masters(_side(new), _side(old), flat=new.master.kind == "flat")
    except (FrameError, TroubleError, ValueError) as error:
        _log.warning("%s is not compared with %s: %s", new.master.path, old.master.path, error)
        return None


def _side(known: Known) -> Side:
    image, noise = read_image(known.master.path), known.figures.noise
    return Side(image.data, noise if noise > 0 else None, image.sigma, image.mask)
