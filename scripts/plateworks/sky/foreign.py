"""World coordinates that another program left in a header: a first hint, and better than none."""

from __future__ import annotations

import re
import warnings

import numpy as np
from astropy.io import fits

from plateworks.sky.hints import Attempt

#: Width of the window of scales about what such coordinates say, and the least radius in degrees.
WIDTH, LEAST_RADIUS = 0.05, 1.0
_AXES = (re.compile(r"RA---\w+"), re.compile(r"DEC--\w+"))


def foreign_hint(header: fits.Header, shape: tuple[int, int]) -> Attempt | None:
    """Read where a header's world coordinates have the frame.

    Parameters
    ----------
    header : astropy.io.fits.Header
    shape : (int, int)
        Height and width of the frame.

    Returns
    -------
    Attempt or None
        None where there are none, or they make no sense.
    """
    types = (str(header.get("CTYPE1", "")), str(header.get("CTYPE2", "")))
    if not all(axis.match(text) for axis, text in zip(_AXES, types, strict=True)):
        return None
    places = (header.get(f"{key}{axis}") for key in ("CRVAL", "CRPIX") for axis in (1, 2))
    if not all(isinstance(place, int | float) for place in places):
        return None
    from astropy.wcs import WCS  # which takes longer than most of solving
    from astropy.wcs.utils import proj_plane_pixel_scales

    height, width = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wcs = WCS(header, naxis=2, relax=True)
            ra, dec = wcs.all_pix2world((width + 1) / 2, (height + 1) / 2, 1)
            scale = 3600 * float(np.mean(proj_plane_pixel_scales(wcs)))
    except Exception:  # whatever other programs write, the frame is solved without
        return None
    if not np.all(np.isfinite([ra, dec, scale])) or not 0 < scale < 3600 or abs(dec) > 90:
        return None
    radius = max(LEAST_RADIUS, scale / 3600 * float(np.hypot(height, width)) / 2)
    return Attempt(
        scale * (1 - WIDTH), scale * (1 + WIDTH), float(ra) % 360, float(dec), min(radius, 180.0)
    )
