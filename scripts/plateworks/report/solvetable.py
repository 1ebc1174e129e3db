"""The table of solved frames: what a user would otherwise look for in every header."""

from __future__ import annotations

import os
from collections.abc import Iterable

from plateworks.report.cardtable import write_card_table

#: Column -> the card it comes from.
_CARDS = {
    "object": "OBJECT",
    "filter": "FILTER",
    "exposure_s": "EXPTIME",
    "date_obs": "DATE-OBS",
    "solved": "PLTSOLVD",
    "ra_deg": "CRVAL1",
    "dec_deg": "CRVAL2",
    "scale_arcsec": "PIXSCALE",
    "matched_stars": "NMATCH",
    "catalogue_stars": "NCATSTAR",
    "rms_arcsec": "ASTRRMS",
    "held_out_rms_px": "ASTHELD",
    "outer_third_rms_px": "ASTOUTER",
    "corners_within_px": "ASTCORN",
    "quality": "ASTQUAL",
    "offset_arcmin": "PNTOFFS",
    "sources": "NSOURCES",
    "fwhm_px": "FWHM",
    "sky_level": "SKYLEVEL",
    "sky_noise": "SKYNOISE",
    "zero_point_mag": "MAGZP",
    "zero_point_error_mag": "MAGZPERR",
    "zero_point_scatter_mag": "MAGZPSCT",
    "zero_point_stars": "MAGZPN",
    "zero_point_colour": "MAGZPCOL",
    "band": "MAGBAND",
    "colour": "MAGCOLNM",
    "colour_term": "MAGCOLR",
    "colour_term_error": "MAGCOLER",
    "limit_mag": "MAGLIM",
    "sky_mag_arcsec2": "SKYMAG",
    "airmass": "AIRMASS",
    "magnitudes_from": "MAGCATLG",
    "magnitudes_lack": "MAGWHY",
    "foreign_wcs": "WCSOTHER",
    "solver": "SOLVER",
    "index": "ASTINDEX",
    "reason": "SOLVEWHY",
}


def write_report(solved: Iterable[str], output: str | os.PathLike[str]) -> None:
    """Write one row for each solved frame, in the order given.

    Parameters
    ----------
    solved : iterable of str
        Files of :func:`plateworks.sky.solved.solve_files`.
    output : path
        The CSV file.
    """
    write_card_table(solved, output, _CARDS)
