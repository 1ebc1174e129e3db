"""The table of calibrated frames: what of each needs a look, and its sky."""

from __future__ import annotations

import os
from collections.abc import Iterable

from plateworks.metadata.caveats import CAVEAT, FAILED
from plateworks.report.cardtable import write_card_table

#: Column -> the card it comes from.
_CARDS = {
    "object": "OBJECT",
    "filter": "FILTER",
    "exposure_s": "EXPTIME",
    "date_obs": "DATE-OBS",
    "calibrated_by": "CALSTAT",
    "dark_level": "DARKLEV",
    "flat_level": "FLATLEV",
    "sky_adu": "PWSKY",
    "sky_noise_adu": "PWSKYSIG",
    "saturated_pixels": "NBIT2",
    "clamped_pixels": "NBIT5",
    "pedestal": "PEDESTAL",
    "warning": CAVEAT,
    "reason": FAILED,
}


def write_lights(calibrated: Iterable[str], output: str | os.PathLike[str]) -> None:
    """Write one row for each calibrated frame, in the order given.

    Parameters
    ----------
    calibrated : iterable of str
        Files of :func:`plateworks.products.calibrated.calibrate_frames`.
    output : path
        The CSV file.
    """
    write_card_table(calibrated, output, _CARDS)
