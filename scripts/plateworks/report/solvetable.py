"""The table of solved frames: what a user would otherwise look for in every header."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from plateworks.files import atomic
from plateworks.products.headers import FAILED
from plateworks.products.imagefiles import read_image_header

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
    "rms_arcsec": "ASTRRMS",
    "sources": "NSOURCES",
    "fwhm_px": "FWHM",
    "sky_level": "SKYLEVEL",
    "sky_noise": "SKYNOISE",
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
    with atomic(output, "w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["frame", "session", *_CARDS])
        for path in solved:
            header = read_image_header(path)
            row = [header.get(card) for card in _CARDS.values()]
            row[-1] = row[-1] or header.get(FAILED)
            writer.writerow([Path(path).stem, Path(path).parent.name, *row])
