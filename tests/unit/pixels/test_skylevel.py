"""The level of the sky: robust against stars, and never taken for less than nothing by chance."""

import numpy as np
import pytest

from plateworks.pixels.cfa import MOSAIC
from plateworks.pixels.skylevel import noise_of, share_below_zero, sky_level

SHAPE = (90, 130)


def sky(level, noise=4.0, seed=0, shape=SHAPE):
    return np.random.default_rng(seed).normal(level, noise, shape).astype(np.float32)


def test_stars_and_missing_pixels_leave_the_level_and_the_noise_as_they_are():
    image = sky(200.0)
    image[::9, ::7] += 5000.0
    image[40:50] = np.nan
    found = sky_level(image)
    assert abs(found.level - 200) < 0.5 and abs(found.noise - 4) < 0.4
    assert found.lowest == found.level and not found.below_zero


def test_marked_pixels_do_not_count():
    image, mask = sky(50.0), np.zeros(SHAPE, np.uint8)
    image[:, :80], mask[:, :80] = -900.0, 2
    assert abs(sky_level(image, mask).level - 50) < 0.5
    assert sky_level(image, np.ones_like(mask)) is None
    assert sky_level(np.full(SHAPE, np.nan, np.float32)) is None


@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0, 40.0])
def test_a_sky_of_nothing_is_not_below_zero_whatever_the_noise(noise):
    drift = 0.5 * max(noise, 1.0)  # of the camera's zero, between the darks and the light
    for seed in range(40):
        assert not sky_level(sky(-drift, noise, seed)).below_zero


def test_a_camera_that_cuts_off_below_its_zero_is_not_taken_for_one_below_it():
    rng = np.random.default_rng(2)
    frames = np.rint(rng.normal(0, 5, (21, *SHAPE))).clip(0)
    light = (frames[0] - frames[1:].mean(axis=0)).astype(np.float32)
    assert np.median(light) < -1  # the median of what is cut off lies below its mean
    assert not sky_level(light).below_zero


@pytest.mark.parametrize(("level", "noise"), [(-2.0, 1.0), (-20.0, 9.0), (-4000.0, 30.0)])
def test_a_sky_below_zero_by_more_than_its_noise_is_said(level, noise):
    found = sky_level(sky(level, noise))
    assert found.below_zero
    assert abs(found.level - level) < 0.1 * noise


def test_of_a_mosaic_one_colour_below_zero_is_enough():
    image = sky(60.0)
    image[1::2, ::2] -= 75.0
    assert not sky_level(image).below_zero
    found = sky_level(image, cell=MOSAIC)
    assert found.below_zero and abs(found.lowest + 15) < 0.5


def test_a_slope_is_no_noise():
    slope = np.linspace(0, 3000, SHAPE[1], dtype=np.float32)
    assert noise_of(sky(0.0) + slope) < 12 * noise_of(sky(0.0))
    assert not sky_level(sky(0.0) + slope).below_zero


def test_a_share_of_the_area_lies_below_zero():
    image = sky(100.0)
    assert share_below_zero(image) == 0
    image[:45] -= 300
    assert 0.4 < share_below_zero(image) < 0.6
    image[:45] = np.nan
    assert share_below_zero(image) == 0
