"""Cosmic rays among sharp stars: they are found, and no star loses its light to them."""

from unittest.mock import patch

import numpy as np
import pytest

from plateworks.pixels import cosmics
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmicplane import full_pass
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.cosmicstars import clean_but_stars, contrast_limit
from plateworks.pixels.starwidth import UNTOLD
from starfields import StarField

SHAPES_OF_STARS = {
    "Gaussian": {},
    "sampled": {"integrated": False},
    "Moffat": {"moffat": True},
    "elongated": {"elongation": 1.5},
}


def plainly(field, objlim=5.0, **more):
    """The mask of astroscrappy for the same noise."""
    camera = dict(field.camera)
    cell = MOSAIC if camera.pop("bayer") else MONO
    known = {key: camera[key] for key in ("egain", "read_noise")}
    extra = unexplained_variance(field.image, **known, cell=cell)
    return clean(field.image, **camera, cell=cell, extra=extra, objlim=objlim, **more)


@pytest.mark.parametrize("kind", SHAPES_OF_STARS)
@pytest.mark.parametrize(
    "fwhm, bayer",
    [(1.3, None), (1.6, None), (2.0, None), (3.0, None), (2.0, "RGGB"), (3.0, "GBRG")],
)
def test_no_star_loses_light_and_cosmic_rays_are_found(fwhm, bayer, kind):
    drawn = SHAPES_OF_STARS[kind]
    field = StarField(fwhm, bayer=bayer, seed=7, faintest=8, **drawn)
    found = clean_but_stars(field.image, **field.camera)
    assert found.stopped == ""
    assert field.lost(found.hit).max() <= 0.01
    sharpest = fwhm / drawn.get("elongation", 1.0) ** 0.5
    assert field.recall(found.hit) >= (0.95 if sharpest >= 2 else 0.9)
    np.testing.assert_array_equal(found.image[~found.hit], field.image[~found.hit])
    assert (found.image != field.image)[found.hit].mean() > 0.99


@pytest.mark.parametrize("fwhm, bayer", [(1.5, None), (2.5, "RGGB")])
def test_without_that_most_stars_are_lost(fwhm, bayer):
    field = StarField(fwhm, bayer=bayer, seed=7)
    _, hit = plainly(field)
    assert np.mean(field.lost(hit) > 0.1) > 0.6


@pytest.mark.parametrize("objlim", [None, 9.0])
def test_the_mask_of_well_sampled_stars_is_that_of_the_full_pass(objlim):
    field = StarField(3.0)
    found = clean_but_stars(field.image, **field.camera, objlim=objlim)
    with patch.object(cosmics, "find", full_pass):
        want, hit = plainly(field, found.objlim)
    assert found.objlim == (objlim or 5.0) and found.given_back == 0
    np.testing.assert_array_equal(found.hit, hit)
    np.testing.assert_array_equal(found.image, want)


def test_what_is_given_back_is_part_of_the_full_pass_for_the_parameters_used():
    field = StarField(1.5, seed=3)
    found = clean_but_stars(field.image, **field.camera)
    _, hit = plainly(field, found.objlim)
    assert found.given_back > 20
    assert not (found.hit & ~hit).any()
    assert np.count_nonzero(hit) == found.given_back + np.count_nonzero(found.hit)


@pytest.mark.parametrize("fwhm, bayer", [(1.5, None), (2.5, "RGGB")])
def test_a_number_that_takes_stars_stops_the_step_with_its_reason(fwhm, bayer):
    field = StarField(fwhm, bayer=bayer, seed=5)
    found = clean_but_stars(field.image, **field.camera, objlim=5.0)
    assert "look like stars, where chance" in found.stopped
    assert not found.hit.any() and found.given_back == 0 and found.objlim == 5.0
    np.testing.assert_array_equal(found.image, field.image)


def test_a_number_that_leaves_stars_alone_stays():
    field = StarField(3.0, seed=5)
    found = clean_but_stars(field.image, **field.camera, objlim=4.0)
    assert found.stopped == "" and found.hit.any()
    np.testing.assert_array_equal(found.hit, plainly(field, 4.0)[1])


def test_cores_that_are_hit_all_the_same_stop_the_step():
    field = StarField(1.5, seed=5)
    with patch("plateworks.pixels.starlike.MISSING", -1.0):  # nothing may be a star
        found = clean_but_stars(field.image, **field.camera)
    assert "takes the cores of" in found.stopped and not found.hit.any()


def test_without_stars_the_choice_is_the_safe_one():
    field = StarField(2.0, stars=0)
    found = clean_but_stars(field.image, **field.camera)
    assert found.width.fwhm is None and found.objlim == 20.0 and found.stopped == ""
    assert field.recall(found.hit) > 0.9
    few = StarField(1.5, stars=3, rays=0, faintest=100, seed=4)
    assert few.lost(clean_but_stars(few.image, **few.camera).hit).max() <= 0.01


def test_of_few_stars_the_sharpest_counts_where_it_is_sharper_than_what_is_assumed():
    field = StarField(1.2, bayer="RGGB", integrated=False, stars=4, rays=0, faintest=900, seed=6)
    found = clean_but_stars(field.image, **field.camera)
    assert found.width.fwhm is None and 1.1 < found.width.sharpest < 1.4
    assert field.lost(found.hit).max() <= 0.01


def test_stars_that_are_no_wider_than_cosmic_rays_near_missing_pixels_are_kept():
    field = StarField(1.5, seed=9)
    image = field.image
    image[np.random.default_rng(2).random(image.shape) < 0.01] = np.nan
    mask = np.zeros(image.shape, bool)
    mask[:, 100] = mask[60] = True
    found = clean_but_stars(image, **field.camera, mask=mask)
    assert not found.hit[mask].any() and not found.hit[np.isnan(image)].any()
    assert np.mean(field.lost(found.hit) > 0.01) < 0.05
    np.testing.assert_array_equal(np.isnan(found.image), np.isnan(image))


def test_a_cosmic_ray_beside_a_star_does_not_cost_the_star():
    field = StarField(1.5, stars=1, rays=0, faintest=400, seed=2)
    image = field.image
    at = np.unravel_index(np.argmax(image), image.shape)
    image[at[0] + 3, at[1] - 3 : at[1] + 4] += 30_000
    found = clean_but_stars(image, **field.camera)
    assert found.hit[at[0] + 3, at[1] - 3 : at[1] + 4].all()
    assert not found.hit[at]


def test_an_empty_frame_is_left_as_it_is():
    for value in (np.nan, 100.0):
        image = np.full((40, 40), value, np.float32)
        found = clean_but_stars(image, egain=1.0, read_noise=5.0)
        assert not found.hit.any() and found.stopped == ""
        np.testing.assert_array_equal(found.image, image)


def test_the_limit_follows_the_width():
    limits = [contrast_limit(fwhm) for fwhm in (1.0, 1.5, 2.0, 2.3, 2.8, 4.0)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] == limits[1] == 20 and limits[-2:] == [5, 5]
    assert 10 < limits[2] < 20


@pytest.mark.parametrize("fwhm", [2.2, 3.0])
def test_a_mosaic_that_does_not_tell_its_colours_keeps_its_stars_too(fwhm):
    field = StarField(fwhm, bayer="GRBG", seed=7, faintest=8)
    found = clean_but_stars(field.image, **field.camera | {"bayer": UNTOLD})
    assert found.width.fwhm == pytest.approx(fwhm, rel=0.15) and found.stopped == ""
    assert field.lost(found.hit).max() <= 0.01 and field.recall(found.hit) >= 0.9
