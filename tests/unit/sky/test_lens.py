"""The lens: projection, distortion and its inverse agree with astropy's."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.sky.lens import Lens, affordable_order, fit_lens, invert_sip, powers
from plateworks.sky.projection import deproject, project

from .conftest import make_wcs

SHAPE = (900, 1200)


def grid(shape=SHAPE, count=21):
    x, y = np.meshgrid(np.linspace(1, shape[1], count), np.linspace(1, shape[0], count))
    return np.column_stack([x.ravel(), y.ravel()])


@pytest.mark.parametrize("tangent", [(322.95, 48.43), (0.0, 0.0), (359.999, -89.9), (120.0, 90.0)])
def test_the_projection_is_astropys(tangent):
    wcs = make_wcs(scale=60.0, angle=0.0, center=tangent)
    wcs.wcs.crpix = 0, 0
    wcs.wcs.cd = np.eye(2)
    wcs.wcs.lonpole = 180  # as our headers state it; the default differs at the pole itself
    ra, dec = wcs.all_pix2world(*np.meshgrid(np.linspace(-4, 4, 9), np.linspace(-4, 4, 9)), 0)
    plane = np.column_stack(wcs.wcs_world2pix(ra.ravel(), dec.ravel(), 0)) + 1
    assert np.allclose(project(ra.ravel(), dec.ravel(), tangent), plane, atol=1e-9)


def test_the_way_to_the_sky_and_back_is_a_circle():
    plane = np.random.default_rng(0).uniform(-20, 20, (500, 2))
    assert np.allclose(project(*deproject(plane, (10, 88)), (10, 88)), plane, atol=1e-10)


def test_the_far_side_of_the_sky_is_nowhere():
    assert np.isnan(project(np.array([190.0]), np.array([-5.0]), (10.0, 5.0))).all()


def test_a_plane_fit_finds_the_wcs_that_made_the_stars():
    wcs = make_wcs(mirrored=True, angle=250)
    xy = np.random.default_rng(1).uniform(1, 900, (30, 2))
    stars = wcs.all_pix2world(xy, 1)
    lens = fit_lens(xy, stars, (323.5, 48.0), tuple(wcs.wcs.crpix), 1, 600)
    assert np.allclose(lens.crval, wcs.wcs.crval, atol=1e-9)
    assert np.allclose(lens.cd, wcs.wcs.cd, rtol=0, atol=1e-12)
    assert lens.scale == pytest.approx(2.0)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_the_distortion_is_read_back_from_stars_and_astropy_sees_the_same(order):
    rng = np.random.default_rng(order)
    exponents = powers(order, 2)
    # About five pixels at the corners, from every term.
    sip = rng.normal(0, 3, (2, len(exponents))) / np.array([600.0 ** (p + q) for p, q in exponents])
    truth = Lens((322.95, 48.43), (600.5, 450.5), make_wcs().wcs.cd, order, sip)
    xy = rng.uniform(1, [1200, 900], (80, 2))
    stars = np.column_stack(truth.to_sky(xy))
    lens = fit_lens(xy, stars, (323.0, 48.5), truth.crpix, order, 600)
    assert np.allclose(lens.to_plane(grid()), truth.to_plane(grid()), rtol=0, atol=1e-10)

    header = fits.Header(
        [
            ("CTYPE1", "RA---TAN-SIP"),
            ("CTYPE2", "DEC--TAN-SIP"),
            ("A_ORDER", order),
            ("B_ORDER", order),
        ]
    )
    for axis in (0, 1):
        header[f"CRVAL{axis + 1}"], header[f"CRPIX{axis + 1}"] = lens.crval[axis], lens.crpix[axis]
        for other in (0, 1):
            header[f"CD{axis + 1}_{other + 1}"] = lens.cd[axis, other]
        for (p, q), value in zip(exponents, lens.sip[axis], strict=True):
            header[f"{'AB'[axis]}_{p}_{q}"] = value
    assert np.allclose(
        np.column_stack(lens.to_sky(grid())), WCS(header).all_pix2world(grid(), 1), atol=1e-10
    )


@pytest.mark.parametrize("order", [2, 3])
def test_the_inverse_distortion_leads_back_within_a_hundredth_of_a_pixel(order):
    exponents = powers(order, 2)
    rng = np.random.default_rng(order)
    sip = rng.normal(0, 2, (2, len(exponents))) / np.array([600.0 ** (p + q) for p, q in exponents])
    lens = Lens((0, 0), (600.5, 450.5), np.eye(2), order, sip)
    degree, inverse = invert_sip(lens, SHAPE)
    flat = lens.to_plane(grid())  # CD is the identity
    back = flat + sum(
        np.outer(flat[:, 0] ** p * flat[:, 1] ** q, inverse[:, n])
        for n, (p, q) in enumerate(powers(degree))
    )
    assert np.abs(back + np.array(lens.crpix) - grid()).max() < 0.02


@pytest.mark.parametrize(
    ("order", "pairs", "affordable"), [(0, 100, 1), (3, 100, 3), (3, 29, 2), (3, 18, 2), (4, 17, 1)]
)
def test_few_stars_lower_the_order(order, pairs, affordable):
    assert affordable_order(order, pairs) == affordable
