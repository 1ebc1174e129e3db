"""The measures of a frame in its header."""

from __future__ import annotations

import numpy as np
from astropy.io import fits

from plateworks.products.headers import put
from plateworks.sky.measures import LightMeasure


def add_measures(header: fits.Header, measure: LightMeasure) -> fits.Header:
    """Copy `header` with what was measured of a frame, in place of what others measured.

    What is not known is left out.  How many pixels cosmic rays hit, ``NCOSMIC``, stands there since
    they were repaired.
    """
    cards = (
        ("NSOURCES", measure.n_sources, "sources found"),
        ("FWHM", measure.fwhm, "[pixel] full width at half maximum of the stars"),
        ("FWHMASEC", measure.fwhm_arcsec, "[arcsec] the same"),
        ("ELLIP", measure.ellipticity, "1 - b/a of the stars, median"),
        ("ECCENTR", measure.eccentricity, "the same as sqrt(1 - b^2/a^2)"),
        ("ELLTHETA", measure.theta, "[deg] in which they are long, from +x to +y"),
        ("ELLALIGN", measure.alignment, "0: in all directions, 1: all in that one"),
        ("SKYLEVEL", measure.sky, "median of the background"),
        ("SKYNOISE", measure.noise, "noise of the background, one pixel"),
        ("SKYGRAD", measure.gradient, "greatest less least value of the background"),
        ("SATFRAC", measure.saturated, "share of the pixels that are saturated"),
    )
    out = header.copy()
    for keyword, value, comment in cards:
        out.remove(keyword, ignore_missing=True, remove_all=True)
        if np.isfinite(value):
            put(out, keyword, value if isinstance(value, int) else float(f"{value:.6g}"), comment)
    return out
