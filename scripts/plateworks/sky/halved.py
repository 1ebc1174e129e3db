"""World coordinates of an image whose pixels are made twice as large."""

from __future__ import annotations

import re

from astropy.io import fits

#: A term of a distortion by SIP: its two powers.
_SIP = re.compile(r"(?:A|B|AP|BP)_(\d)_(\d)")
#: What counts in pixels and grows with them, and what counts pixels.
_GROWS = re.compile(r"CD[12]_[12]|CDELT[12]|PIXSCALE|XPIXSZ|YPIXSZ|PIXSIZE[12]|[XY]BINNING")
_COUNTS = re.compile(r"FWHM|ASTRRMS")
#: The place of a pixel, from 1: that of a cell is the middle of its pixels.
_PLACE = re.compile(r"CRPIX[12]")


def halved(header: fits.Header) -> fits.Header:
    """Copy the cards of an image for one that has a pixel for each of its cells of 2x2.

    The same pixel of the sky has the same coordinates (FITS paper I; Shupe and others, 2005).
    """
    out = header.copy()
    for card in out.cards:
        value, term = card.value, _SIP.fullmatch(card.keyword)
        if isinstance(value, bool | str) or value is None:
            continue
        if term:  # a polynomial of pixels, in pixels
            card.value = value * 2.0 ** (int(term[1]) + int(term[2]) - 1)
        elif _PLACE.fullmatch(card.keyword):
            card.value = (value + 0.5) / 2
        elif _GROWS.fullmatch(card.keyword):
            card.value = value * 2
        elif _COUNTS.fullmatch(card.keyword):
            card.value = value / 2
    return out
