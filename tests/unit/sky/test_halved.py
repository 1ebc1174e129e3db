"""World coordinates of an image of which four pixels became one."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.sky.halved import halved

LINEAR = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 322.9, "CRVAL2": 48.2,
    "CRPIX1": 101.3, "CRPIX2": 77.9, "CD1_1": -2.1e-4, "CD1_2": 1.3e-5, "CD2_1": 1.2e-5,
    "CD2_2": 2.0e-4,
}  # fmt: skip
BENT = LINEAR | {
    "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "A_ORDER": 3, "B_ORDER": 2,
    "A_2_0": 2e-5, "A_1_1": -3e-6, "A_0_3": 4e-8, "B_0_2": 1e-5, "B_1_1": 2e-6,
}  # fmt: skip


@pytest.mark.parametrize("cards", [LINEAR, BENT], ids=["linear", "sip"])
def test_the_middle_of_four_pixels_lies_where_the_one_does(cards):
    before, after = WCS(fits.Header(cards)), WCS(halved(fits.Header(cards)))
    x, y = (np.arange(6) * 17.0, np.arange(6) * 11.0)
    whole = before.all_pix2world(2 * x + 0.5, 2 * y + 0.5, 0)
    assert np.allclose(after.all_pix2world(x, y, 0), whole, rtol=0, atol=1e-9)


def test_what_counts_in_pixels_counts_in_larger_ones():
    cards = {"XPIXSZ": 3.76, "XBINNING": 1, "FWHM": 3.0, "PIXSCALE": 0.8, "GAIN": 100}
    found = halved(fits.Header(cards | {"OBJECT": "M 39", "FWHMASEC": 2.4}))
    assert dict(found) == {
        "XPIXSZ": 7.52, "XBINNING": 2, "FWHM": 1.5, "PIXSCALE": 1.6, "GAIN": 100,
        "OBJECT": "M 39", "FWHMASEC": 2.4,
    }  # fmt: skip


def test_the_header_itself_stays_as_it_is():
    header = fits.Header(LINEAR)
    halved(header)
    assert header["CRPIX1"] == 101.3
