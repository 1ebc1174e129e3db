"""Bent optics: the corners are known, whatever camera it is, and with few stars no worse."""

from dataclasses import replace

import numpy as np
import pytest

from bentfields import NOISE, Optics, random_optics, see
from plateworks.sky.choosing import choose_model
from plateworks.sky.lens import Lens, fit_lens, invert_sip, powers, terms
from plateworks.sky.models import POLYNOMIALS, ROUND_5, fit_and_hold_out, fit_model
from plateworks.sky.projection import project
from plateworks.sky.refine import Solution, refine

PLAIN = Optics((1200, 1600), 20.0, (200.0, -35.0), (800.5, 600.5), 70.0, False, 0.0)


def solved(field, order="auto") -> Solution:
    found = refine(field.match, field.xy, field.optics.shape, sip_order=order, min_matches=8)
    assert isinstance(found, Solution), found
    return found


def worst(field, solution) -> float:
    return float(field.errors(solution.lens.to_sky, field.corners).max())


@pytest.mark.parametrize("seed", [1, 5, 13])
def test_the_corners_of_any_camera_are_right_where_stars_suffice(seed):
    rng = np.random.default_rng(seed)
    field = see(random_optics(rng), rng, 500)
    auto = solved(field)
    assert auto.lens.order >= 3
    assert worst(field, auto) < 0.3 < 2 < worst(field, solved(field, 2))


@pytest.mark.parametrize("bend", [-20.0, 20.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_barrel_and_pincushion_of_a_field_of_twenty_degrees(bend, mirrored):
    """About an axis a tenth of the frame beside its middle."""
    optics = replace(
        PLAIN, scale=45.0, axis=(640.0, 700.0), mirrored=mirrored, bend=bend / PLAIN.corner
    )
    field = see(optics, np.random.default_rng(11), 400)
    solution = solved(field)
    assert worst(field, solution) < 0.3
    assert solution.n_matched > 0.95 * 0.8 * 400 * 0.95


@pytest.mark.parametrize("place", [(0.02, 60.0), (359.9, -89.6), (120.0, 89.9)])
def test_near_the_poles_and_across_the_first_hour(place):
    field = see(replace(PLAIN, pointing=place, bend=0.015), np.random.default_rng(3), 400)
    assert worst(field, solved(field)) < 0.3


@pytest.mark.parametrize("count", [18, 30, 60])
def test_few_stars_know_a_round_lens_better_than_a_polynomial_does(count):
    field = see(replace(PLAIN, bend=-0.012), np.random.default_rng(count), count, found=1.0)
    assert worst(field, solved(field)) < 0.3 * worst(field, solved(field, 2))


def test_a_camera_that_bends_nothing_is_known_as_well_as_before():
    field = see(PLAIN, np.random.default_rng(4), 400)
    assert worst(field, solved(field)) < worst(field, solved(field, 0)) + 0.1 < 0.3


def test_a_lens_that_is_not_round_is_given_a_polynomial():
    rng = np.random.default_rng(8)
    exponents = powers(4, 2)
    sip = rng.normal(0, 4.0, (2, len(exponents))) / np.array(
        [800.0 ** (p + q) for p, q in exponents]
    )
    truth = Lens((10.0, 20.0), (800.5, 600.5), np.eye(2) * 20 / 3600, 4, sip)
    xy = rng.uniform(1, (1600, 1200), (300, 2))
    stars = np.column_stack(truth.to_sky(xy))
    start = fit_lens(xy, stars, truth.crval, truth.crpix, 1, 800)
    model, lens = choose_model(xy + rng.normal(0, NOISE, xy.shape), stars, start, 800)
    assert not model.rings and model.order >= 4
    assert np.abs(lens.to_plane(xy) - truth.to_plane(xy)).max() < 0.3 * 20 / 3600


@pytest.mark.parametrize("model", [POLYNOMIALS[3], ROUND_5])
def test_what_is_foretold_of_a_star_is_what_a_fit_without_it_says(model):
    field = see(replace(PLAIN, bend=0.01), np.random.default_rng(6), 60, found=1.0, false=0.0)
    xy, stars = field.xy, field.match.stars
    pixels = field.optics.to_pixels(stars)
    stars = stars[np.argmin(np.hypot(*(xy[:, None] - pixels).transpose(2, 0, 1)), axis=1)]
    start = fit_lens(xy, stars, PLAIN.pointing, (800.5, 600.5), 1, 800)
    _, missed = fit_and_hold_out(model, xy, stars, start, 800)
    for left_out in (0, 20, 40):
        others = np.arange(len(xy)) != left_out
        lens = fit_model(model, xy[others], stars[others], start, 800)
        miss = lens.to_plane(xy[[left_out]]) - project(*stars[[left_out]].T, lens.crval)
        assert np.hypot(*miss[0]) / (lens.scale / 3600) == pytest.approx(missed[left_out], rel=0.15)


def test_pixels_of_stars_are_those_that_the_lens_sends_to_them():
    field = see(replace(PLAIN, bend=0.02), np.random.default_rng(9), 300)
    lens = solved(field).lens
    ra, dec = lens.to_sky(field.everywhere)
    assert np.abs(lens.to_pixels(ra, dec) - field.everywhere).max() < 0.02
    assert np.isnan(lens.to_pixels(ra + 120, -dec)).all()


def test_the_inverse_in_the_header_leads_back_within_a_hundredth_of_a_pixel():
    for bend in (-0.02, 0.02):
        field = see(replace(PLAIN, bend=bend), np.random.default_rng(9), 300)
        lens = solved(field).lens
        order, inverse = invert_sip(lens, PLAIN.shape)
        uv = field.everywhere - np.asarray(lens.crpix)
        flat = uv + terms(uv, powers(lens.order, 2)) @ lens.sip.T
        assert np.abs(flat + terms(flat, powers(order)) @ inverse.T - uv).max() < 0.02
