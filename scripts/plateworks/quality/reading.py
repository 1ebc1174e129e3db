"""The measures of a light, from the header and the tables of its solved frame."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plateworks.metadata.caveats import FAILED
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.products.imagefiles import read_image_header
from plateworks.products.tables import read_table
from plateworks.quality.measured import COLUMNS, NO_STARS, ROWS, Measured, Stars
from plateworks.sky.airmass import airmass_in_middle

#: Column of the table of measures -> the card of the solved frame that it comes from.
CARDS = {
    "date_obs": "DATE-OBS",
    "solved": "PLTSOLVD",
    "quality": "ASTQUAL",
    "ra_deg": "CRVAL1",
    "dec_deg": "CRVAL2",
    "scale_arcsec": "PIXSCALE",
    "offset_arcmin": "PNTOFFS",
    "sources": "NSOURCES",
    "fwhm_px": "FWHM",
    "fwhm_arcsec": "FWHMASEC",
    "ellipticity": "ELLIP",
    "theta_deg": "ELLTHETA",
    "sky": "SKYLEVEL",
    "sky_noise": "SKYNOISE",
    "sky_gradient": "SKYGRAD",
    "saturated_share": "SATFRAC",
    "cosmic_rays": "NCOSMIC",
    "zero_point": "MAGZP",
    "zero_point_error": "MAGZPERR",
    "zero_point_colour": "MAGZPCOL",
    "colour_term": "MAGCOLR",
    "colour_term_error": "MAGCOLER",
    "colour_spread": "MAGCOLSP",
    "band": "MAGBAND",
    "colour": "MAGCOLNM",
    "limit_mag": "MAGLIM",
    "sky_mag": "SKYMAG",
    "sensor_temp_degC": "CCD-TEMP",
}
#: Those that are texts; all others are numbers, but for ``solved``, which is true or false.
_IN_WORDS = ("date_obs", "quality", "band", "colour")


def read_measured(path: str | os.PathLike[str]) -> Measured:
    """Read one solved frame, or the marker of one that was set aside.

    Raises
    ------
    FrameError
        If the file cannot be read.
    """
    header = read_image_header(path)
    aside = FAILED in header  # what stands for it has no pixels, and tells nothing of the sky
    frame = Frame(os.fspath(path), 0, 0, 8) if aside else read_frame(path)
    cards = {column: _told(column, header.get(card)) for column, card in CARDS.items()}
    if not cards["solved"]:  # what stands there then is another program's
        cards |= dict.fromkeys(("ra_deg", "dec_deg", "scale_arcsec"))
    values = {
        "frame": Path(path).stem,
        "object": frame.object,
        "camera": frame.camera or "",
        "width": frame.width,
        "height": frame.height,
        "filter": frame.filter or "",
        "exposure_s": frame.exposure,
        "mjd": frame.mjd,
        "airmass": _airmass(header, frame),
        **cards,
        "reason": header.get("SOLVEWHY") or header.get(FAILED),
    }
    stated = None if frame.ra is None or frame.dec is None else (frame.ra, frame.dec)
    stars = NO_STARS if aside else _stars(read_table(path, "SOURCES"))
    sky = {} if aside else read_table(path, "CELLS")
    return Measured(
        values, stated, (frame.height, frame.width), stars,
        np.asarray(sky.get("SKY", np.full(ROWS * COLUMNS, np.nan)), float),
    )  # fmt: skip


def _told(column: str, value: object) -> object:
    """Return what a card tells; None where it holds a text in place of a number."""
    if column in _IN_WORDS:
        return None if value is None else str(value)
    known = isinstance(value, int | float) and isinstance(value, bool) == (column == "solved")
    return value if known and math.isfinite(value) else None  # type: ignore[arg-type]


def _airmass(header: Mapping[str, Any], frame: Frame) -> float | None:
    told = header.get("AIRMASS")
    believed = isinstance(told, float | int) and 1 <= told < 20
    if believed and told is not None:
        return float(told)
    return airmass_in_middle(frame, frame.ra, frame.dec)


def _stars(table: Mapping[str, np.ndarray]) -> Stars:
    if not table:
        return NO_STARS
    columns = ("X", "Y", "RA", "DEC", "FLUX", "FLUX_ERR", "ELLIPTICITY", "THETA")
    return Stars(*(table[name].astype(float) for name in columns))
