"""Solving: from pixels to a verified solution, or a reason."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.wcs import Sip

from plateworks.pixels.masks import BAD, HOT, SATURATED
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import indexes
from plateworks.sky.solving import solve_image

from .conftest import draw, make_wcs, separation_px


@pytest.fixture
def options(engine, index_dir, monkeypatch) -> SolveOptions:
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    return SolveOptions(engine=engine, index_dirs=[index_dir])


@pytest.mark.parametrize(
    "sky", [{}, {"mirrored": True, "angle": 200}, {"scale": 1.5}, {"scale": 3.0, "angle": 90}]
)
def test_a_drawn_field_is_solved_to_a_twentieth_of_a_pixel(stars, options, sky):
    field = draw(make_wcs(**sky), stars)
    result = solve_image(field.image, None, field.frame, options)
    assert result.solution, result.reason
    assert separation_px(result.solution.lens.to_sky, field) < 0.05
    assert result.solution.engine == options.engine


@pytest.mark.parametrize("bayer", ["RGGB", "GRBG"])
def test_a_colour_mosaic_is_solved_in_pixels_of_the_full_frame(field, options, bayer):
    result = solve_image(field.image, None, replace(field.frame, bayer=bayer), options)
    assert separation_px(result.solution.lens.to_sky, field) < 0.05


@pytest.mark.parametrize(
    "lie",
    [
        {"pixel_scale": 2.0, "ra": 322.9, "dec": 48.5},
        {"pixel_scale": 2.0, "ra": 100.0, "dec": -30.0},
        {"pixel_scale": 8.0, "ra": 322.9, "dec": 48.5},
        {"pixel_size": 3.76, "focal_length": 776.0, "xbin": 2},  # twice too small
        {},
    ],
    ids=["true", "pointing", "scale", "binning", "silent"],
)
def test_a_header_that_lies_costs_time_and_not_the_solution(field, options, lie):
    result = solve_image(field.image, None, replace(field.frame, **lie), options)
    assert result.solution and separation_px(result.solution.lens.to_sky, field) < 0.05


def test_noise_is_a_reason_and_no_error(options):
    image = np.random.default_rng(0).normal(100, 5, (400, 500)).astype(np.float32)
    frame = draw(make_wcs(), np.empty((0, 3)), (400, 500)).frame
    result = solve_image(image, None, frame, options)
    assert result.solution is None and "sources above 5 sigma" in result.reason
    result = solve_image(image, None, frame, replace(options, threshold=1.5))
    assert len(result.sources) > 20 and result.solution is None and result.reason


def test_stars_of_another_field_are_a_reason_and_no_error(options):
    rng = np.random.default_rng(5)
    wcs = make_wcs()
    stars = np.column_stack(
        [wcs.all_pix2world(rng.uniform(1, 900, (80, 2)), 1), rng.uniform(8, 12, 80)]
    )
    field = draw(wcs, stars)
    result = solve_image(field.image, None, field.frame, options)
    assert result.solution is None
    assert result.reason == (
        'no match (tried: 0.1 to 180"/pixel, all sky); the header does not tell the scale (no '
        "FOCALLEN and no XPIXSZ); set solve.scale_low and solve.scale_high, or focal_length and "
        "pixel_size by path_rules; the header does not tell the position (no RA and DEC), so all "
        "the sky was searched"
    )
    assert len(result.sources) > 60


def test_no_fitting_index_is_said_with_the_remedy(field, options):
    result = solve_image(field.image, None, field.frame, replace(options, scale_high=0.2))
    assert result.solution is None
    assert "No index fits the field" in result.reason and "solve.index_dirs" in result.reason


def test_where_no_index_fits_what_the_header_states_nothing_is_searched(field, options, caplog):
    """Though other scales, which it does not state, could be searched for long."""
    caplog.set_level("INFO", "plateworks")
    frame = replace(field.frame, pixel_scale=0.15, ra=322.9, dec=48.5)
    result = solve_image(field.image, None, frame, options)
    assert result.solution is None and result.reason.startswith("No index fits the field of 3'")
    assert "no match" not in caplog.text


def test_the_reason_says_all_that_was_tried(field, options):
    frame = replace(field.frame, pixel_scale=2.6, ra=100.0, dec=-30.0)
    result = solve_image(field.image, None, frame, replace(options, scale_high=5.0, scale_low=2.3))
    assert result.solution is None and result.reason.startswith("no match")
    for what in ("within 1.08 deg", "within 5 deg", "within 10 deg", "all sky"):
        assert what in result.reason
    assert "does not tell" not in result.reason


def test_more_matches_than_there_are_stars_cannot_be_had(field, options):
    result = solve_image(field.image, None, field.frame, replace(options, min_matches=40))
    assert result.solution is None and "of at least 40" in result.reason


def test_bad_pixels_are_not_looked_at_but_repaired_and_saturated_ones_are(field, options):
    frame = replace(field.frame, pixel_scale=2.0)
    everywhere = np.full(field.image.shape, HOT | SATURATED, np.uint8)
    assert solve_image(field.image, everywhere, frame, options).solution
    nowhere = np.full(field.image.shape, BAD, np.uint8)
    result = solve_image(field.image, nowhere, frame, options)
    assert result.solution is None and result.reason == "only 0 sources above 5 sigma"


def test_the_same_frame_gives_the_same_solution(field, options):
    one, other = (solve_image(field.image, None, field.frame, options).solution for _ in range(2))
    assert one.lens.crval == other.lens.crval and np.array_equal(one.lens.cd, other.lens.cd)


def test_a_distorted_camera_is_solved_with_sip(stars, options):
    wcs = make_wcs(scale=3.0)
    wcs.wcs.ctype = "RA---TAN-SIP", "DEC--TAN-SIP"
    wcs.wcs.crpix = 600.5, 450.5
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], a[0, 2], b[1, 1] = 8e-6, -5e-6, 1e-5  # up to three pixels
    wcs.sip = Sip(a, b, None, None, wcs.wcs.crpix)
    field = draw(wcs, stars)
    bent = solve_image(field.image, None, field.frame, replace(options, sip_order=2)).solution
    auto = solve_image(field.image, None, field.frame, options).solution
    plane = solve_image(field.image, None, field.frame, replace(options, sip_order=0)).solution
    assert bent.lens.order == 2 and separation_px(bent.lens.to_sky, field) < 0.05
    assert separation_px(auto.lens.to_sky, field) < 0.15  # 30 stars, and a lens that is not round
    assert plane is None or separation_px(plane.lens.to_sky, field) > 0.2
