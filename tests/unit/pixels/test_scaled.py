"""Numbers in two bytes: rounded to the nearest step, gaps kept, coarser where they must be."""

import numpy as np
import pytest

from plateworks.pixels.scaled import LARGEST, MOST, STORED, Scaled, count, scaled

RNG = np.random.default_rng(5)


def test_every_step_and_every_half_between_is_rounded_as_numpy_rounds():
    steps = np.arange(0, MOST + 0.25, 0.25, dtype=np.float32)
    out = np.empty(steps.shape, STORED)
    count(steps.copy(), out, gaps=False)
    assert np.array_equal(out, np.rint(steps - LARGEST))
    assert out.min() == -LARGEST and out.max() == LARGEST


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_numbers_come_back_within_half_a_step_and_gaps_as_gaps(gap):
    values = RNG.uniform(0, 300, (70, 90)).astype(np.float32)
    values[3, 5] = values[60, 7] = gap
    image = scaled(values)
    there = np.isfinite(values)
    assert image.step == pytest.approx(values[there].max() / MOST)
    assert np.array_equal(np.isnan(image[...]), ~there)
    np.testing.assert_allclose(image[...][there], values[there], rtol=1e-6, atol=0.51 * image.step)
    assert np.isnan(image[np.array([3]), np.array([5])])


def test_an_image_of_zeros_is_one():
    assert not scaled(np.zeros((4, 5), np.float32))[...].any()


def test_single_pixels_get_other_numbers_and_none_is_more_than_can_be_told():
    values = np.linspace(0, 100, 30, dtype=np.float32).reshape(5, 6)
    image = scaled(values.copy())
    where = np.array([0, 1, 4, 2]), np.array([2, 3, 1, 2])
    image.put(where, np.array([50.0, 1000.0, np.nan, np.inf]))
    values[where] = 50, 100, np.nan, np.nan
    assert np.allclose(image[...], values, rtol=1e-6, atol=image.step, equal_nan=True)


def test_all_numbers_times_a_factor_are_other_steps_alone():
    image = Scaled(np.zeros((2, 3), STORED), 0.5)
    assert np.array_equal(image.times(3.0)[...], 3 * image[...])
