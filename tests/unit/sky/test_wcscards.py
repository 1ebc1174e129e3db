"""Cards: nothing of an old solution stays, nothing else goes, the new one is read by astropy."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.sky.coverage import Coverage
from plateworks.sky.lens import Lens, powers
from plateworks.sky.refine import Solution
from plateworks.sky.wcscards import add_failure, add_solution, strip_wcs

from .conftest import make_wcs

SHAPE = (900, 1200)
STALE = (
    "WCSAXES", "WCSNAME", "CTYPE1", "CTYPE2", "CTYPE1A", "CRVAL2", "CRPIX1B", "CD1_1", "CD2_2A",
    "PC1_2", "PC001001", "CD001002", "CDELT1", "CROTA2", "CUNIT1", "LONPOLE", "LATPOLE", "PV1_10",
    "PV2_1", "PS1_0", "RADESYS", "RADECSYS", "EQUINOX", "EQUINOXA", "EPOCH", "A_ORDER", "A_0_2",
    "B_1_1", "AP_ORDER", "BP_2_0", "A_DMAX", "TR1_0", "TR2_14", "PLTSOLVD", "CPDIS1", "D2IMERR1",
    "WAT0_001", "LTM1_1", "LTV2", "IMAGEW", "IMAGEH", "CRDER1", "ASTRRMS1", "SOLVEWHY", "NMATCH",
)  # fmt: skip
KEPT = (
    "RA", "DEC", "OBJCTRA", "OBJCTDEC", "PA", "ROTATANG", "CCD-TEMP", "CDS", "A_TEMP", "PCOUNTS",
    "BPM", "TR", "TRACK", "EXPTIME", "DATE-OBS", "PSIZE", "PVOLT", "LATITUDE",
)  # fmt: skip


def solution(order=1, **changes) -> Solution:
    exponents = powers(order, 2)
    sip = np.random.default_rng(0).normal(0, 1, (2, len(exponents)))
    sip /= np.array([600.0 ** (p + q) for p, q in exponents])
    lens = Lens((322.95, 48.43), (600.5, 450.5), make_wcs().wcs.cd, order, sip)
    return Solution(
        lens,
        31,
        0.1234,
        322.95,
        48.43,
        "embedded",
        "index-demo.fits",
        99.0,
        Coverage(20, 19, 15, 12),
    )


def test_every_stale_card_goes_and_every_other_stays():
    header = fits.Header([(key, 1.0) for key in (*STALE, *KEPT)])
    assert tuple(strip_wcs(header)) == KEPT


def test_the_plate_angle_of_pinpoint_goes_but_that_of_a_rotator_stays():
    plate = fits.Header([("PA", 359.9, "[deg, 0-360 CCW] Position angle of plate")])
    rotator = fits.Header([("PA", "270.69")])
    assert "PA" not in strip_wcs(plate) and "PA" in strip_wcs(rotator)


def test_a_card_that_is_there_twice_goes_twice():
    header = fits.Header([("CRVAL1", 1.0), ("OBJECT", "x")])
    header.append(("CRVAL1", 2.0), end=True)
    assert list(strip_wcs(header)) == ["OBJECT"]


def test_the_given_header_is_left_as_it_is():
    header = fits.Header([("CRVAL1", 1.0)])
    add_failure(header, "why")
    add_solution(header, solution(), SHAPE)
    assert list(header) == ["CRVAL1"]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_astropy_reads_the_solution_over_a_header_full_of_old_cards(order):
    old = {"CTYPE1": "RA---ZPN", "CTYPE2": "DEC--ZPN", "CDELT1": 5.0, "CROTA2": 9.0, "PV2_1": 3.0}
    header = fits.Header(old | {"A_ORDER": 2, "B_ORDER": 2, "A_0_2": 1.0})
    truth = solution(order)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = add_solution(header, truth, SHAPE)
        wcs = WCS(fits.Header.fromstring(out.tostring()))
    xy = np.random.default_rng(1).uniform(1, SHAPE[::-1], (50, 2))
    sky = np.column_stack(truth.lens.to_sky(xy))
    assert np.allclose(wcs.all_pix2world(xy, 1), sky, rtol=0, atol=1e-9)
    assert out["CTYPE1"] == ("RA---TAN-SIP" if order > 1 else "RA---TAN")
    assert ("A_ORDER" in out) == ("AP_ORDER" in out) == (order > 1)
    if order > 1:
        # The polynomials AP and BP alone, without astropy's iteration.
        ideal = wcs.wcs_world2pix(sky, 1)
        back = wcs.sip_foc2pix(ideal - wcs.wcs.crpix, 1)
        assert np.abs(back - xy).max() < 0.02


def test_a_solution_says_how_it_was_found():
    out = add_solution(fits.Header(), solution(), SHAPE)
    assert (out["PLTSOLVD"], out["SOLVER"], out["ASTINDEX"]) == (
        True,
        "embedded",
        "index-demo.fits",
    )
    assert (out["NMATCH"], out["ASTRRMS"]) == (31, 0.1234)
    assert out["PIXSCALE"] == pytest.approx(2)
    assert "SOLVEWHY" not in out


@pytest.mark.parametrize(
    ("index", "epoch"),
    [("index-tycho2-09.littleendian.fits", "J2000.0"), ("index-4205-07.fits", "as indexed")],
)
def test_a_solution_says_for_when_its_stars_are(index, epoch):
    found = replace(solution(), index=index)
    out = add_solution(fits.Header(), found, (900, 1200))
    assert out["CATEPOCH"] == epoch


def test_a_failure_says_why_in_full():
    reason = "Łódź\n" + "long " * 40 + "end"
    out = add_failure(add_solution(fits.Header(), solution(), SHAPE), reason)
    assert out["PLTSOLVD"] is False and "CRVAL1" not in out and "NMATCH" not in out
    assert out["SOLVEWHY"].endswith("long end")
    assert out["SOLVEWHY"].isascii()
    out.tostring()
