"""Optics, stars, sky and cosmic rays."""

import numpy as np
import pytest

from plateworks.demo.cosmics import LEAST_CHARGE, MEAN_CHARGE, draw_cosmics
from plateworks.demo.night import list_exposures
from plateworks.demo.optics import Optics, draw_motes, vignette
from plateworks.demo.scene import (
    Psf,
    colour_response,
    draw_sky,
    draw_stars,
    make_wcs,
    read_stars,
)


def slowly_drawn_star(shape, x0, y0, flux, psf, steps=40):
    """Sum of a fine grid of points in each pixel: slow, and plain."""
    fine = (np.arange(steps) + 0.5) / steps - 0.5
    image = np.zeros(shape)
    for y in range(shape[0]):
        for x in range(shape[1]):
            dx, dy = np.meshgrid(x + fine - x0, y + fine - y0)
            for sigma, share in ((psf.core, 1 - psf.halo_share), (psf.halo, psf.halo_share)):
                value = np.exp(-(dx**2 + dy**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
                image[y, x] += flux * share * value.mean()
    return image


def test_a_star_is_integrated_over_each_pixel():
    fast = draw_stars((14, 11), np.array([5.3]), np.array([6.8]), np.array([1000.0]), Psf())
    slow = slowly_drawn_star((14, 11), 5.3, 6.8, 1000.0, Psf())
    np.testing.assert_allclose(fast, slow, atol=0.02)


def test_a_star_keeps_all_its_light_and_its_place():
    y, x = np.mgrid[0:61, 0:61]
    image = draw_stars((61, 61), np.array([30.37]), np.array([29.81]), np.array([1e4]), Psf())
    assert image.sum() == pytest.approx(1e4, rel=1e-6)
    assert (image * x).sum() / image.sum() == pytest.approx(30.37, abs=1e-4)
    assert (image * y).sum() / image.sum() == pytest.approx(29.81, abs=1e-4)


def test_a_star_outside_sends_only_its_halo_in():
    x, y, flux = np.array([-2.0, 500.0]), np.array([10.0, 10.0]), np.array([1e4, 1e4])
    image = draw_stars((20, 20), x, y, flux, Psf())
    assert 0 < image.sum() < 1000


def test_the_projection_round_trips_and_has_north_up_and_east_left():
    shape = (80, 120)
    wcs = make_wcs(322.95, 48.43, 5.745, 0.0, shape)
    ra, dec = wcs.all_pix2world(59.5, 39.5, 0)
    assert (float(ra), float(dec)) == pytest.approx((322.95, 48.43), abs=1e-9)
    ra_left, _ = wcs.all_pix2world(0, 39.5, 0)
    _, dec_top = wcs.all_pix2world(59.5, 0, 0)
    assert ra_left > ra
    assert dec_top > dec
    assert dec_top - dec == pytest.approx(39.5 * 5.745 / 3600, rel=1e-5)


def test_measured_centroids_of_a_light_are_the_catalogue_projected_by_the_true_wcs(observatory):
    exposure = next(e for e in list_exposures(observatory.night) if e.kind == "light")
    scene = observatory.scene(exposure)
    x, y = scene.wcs.all_world2pix(scene.stars["ra"], scene.stars["dec"], 0)
    np.testing.assert_allclose([x, y], [scene.stars["x"], scene.stars["y"]], atol=1e-6)

    height, width = observatory.night.sensor.shape
    clear = scene.electrons - draw_sky(
        (height, width), exposure.band.sky_rate * exposure.seconds, observatory.night.sky_slope
    )
    rows, columns = np.mgrid[0:height, 0:width]
    measured = 0
    for star in scene.stars:
        around = np.hypot(columns - star["x"], rows - star["y"]) < 9
        near = np.hypot(scene.stars["x"] - star["x"], scene.stars["y"] - star["y"]) < 25
        if near.sum() > 1 or not (12 < star["x"] < width - 12 and 12 < star["y"] < height - 12):
            continue
        light = clear[around]
        assert (light * columns[around]).sum() / light.sum() == pytest.approx(star["x"], abs=0.02)
        assert (light * rows[around]).sum() / light.sum() == pytest.approx(star["y"], abs=0.02)
        measured += 1
    assert measured >= 5


def test_the_stars_are_those_of_tycho_2_round_messier_39():
    stars = read_stars()
    assert 300 < len(stars) < 1000
    assert (np.diff(stars["vt"]) >= 0).all()
    # HD 205210, V 6.57, the second of the table, where the catalogue has it
    assert (stars["ra"][1], stars["dec"][1]) == pytest.approx((323.0711, 48.4438), abs=1e-4)


def test_vignetting_takes_what_was_asked_from_the_corners():
    light = vignette((400, 600), 0.35)
    corners = light[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert light.max() == pytest.approx(1, abs=1e-5)
    assert corners.mean() == pytest.approx(0.65, abs=0.01)


def test_dust_leaves_rings_lighter_in_the_middle():
    optics = Optics(mote_radius=(0.05, 0.05), mote_depth=(0.1, 0.1))
    light = draw_motes(optics, (300, 400), 1, np.random.default_rng(6))
    assert light.min() == pytest.approx(0.9, abs=0.002)
    shadow = light < 0.95
    y, x = (round(c.mean()) for c in np.nonzero(shadow))
    assert light[y, x] > 0.99
    ring = np.pi * (0.05 * 500) ** 2 * (1 - optics.obstruction**2)
    assert shadow.sum() == pytest.approx(ring, rel=0.05)


def test_the_sky_slopes_evenly_and_has_its_level_in_the_middle():
    sky = draw_sky((51, 101), 80.0, (0.1, -0.2))
    assert sky[25, 50] == pytest.approx(80)
    assert sky[25, -1] - sky[25, 0] == pytest.approx(8, rel=1e-5)
    assert sky[-1, 50] - sky[0, 50] == pytest.approx(-16, rel=1e-5)


@pytest.mark.parametrize("shape", [(4, 6), (5, 7)])
def test_a_colour_sensor_has_its_pattern_from_the_first_pixel(shape):
    response = colour_response(shape, "RGGB")
    assert response.shape == shape
    assert response[0, 1] == response[1, 0] == response[2, 3] > response[1, 1] > response[0, 0]


def test_cosmic_rays_come_in_the_number_and_charge_expected():
    rng = np.random.default_rng(7)
    images = [draw_cosmics((200, 200), 5.0, rng) for _ in range(60)]
    charge = np.sum(images) / 300
    # Some leave the frame before they have lost all; none gains.
    assert 0.85 < charge / (LEAST_CHARGE + MEAN_CHARGE) < 1.15
    assert draw_cosmics((50, 50), 0.0, rng).sum() == 0
