"""Pixels that stand out of their surroundings, told without an image of the noise."""

import numpy as np
import pytest

from plateworks.pixels import background
from plateworks.pixels.cfa import MONO, MOSAIC, PLANES
from plateworks.pixels.statistics import median, median_of_parts
from plateworks.pixels.surroundings import above_surroundings, standing_out


@pytest.mark.parametrize("cell", [MONO, MOSAIC, PLANES])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_those_that_stand_out_are_those_of_the_whole_images(cell, dtype):
    rng = np.random.default_rng(5)
    dark = rng.normal(500, 6, (150, 202))
    dark[rng.random(dark.shape) < 0.01] += 200
    dark = dark.astype(dtype)
    if dtype == "float32":
        dark[3, 4], dark[70, 80] = np.nan, np.inf
    excess, noise = above_surroundings(dark, cell, 8.0)
    found = standing_out(dark, cell, 8.0, 3.5)
    want = np.flatnonzero(excess > 3.5 * noise)
    assert want.size > 200
    np.testing.assert_array_equal(found.excess, excess)
    np.testing.assert_array_equal(found.pixels, want)
    np.testing.assert_array_equal(found.noise, noise.ravel()[want])


@pytest.mark.parametrize("shape", [(9, 40), (64, 96), (331, 277)])
def test_the_median_of_the_noise_is_that_of_its_whole_image(shape):
    image = np.random.default_rng(1).gamma(2, 9, shape).astype(np.float32)
    _, noise = background.without_background(image)
    assert noise.median() == median(noise.whole())


@pytest.mark.parametrize("size", [1, 2, 7, 5000, 100_001])
@pytest.mark.parametrize("width", [1, 64, 4096])
def test_the_median_of_parts_is_that_of_all(size, width):
    values = np.random.default_rng(size).normal(0, 9, size).astype(np.float32)

    def parts():
        return (values[start : start + width] for start in range(0, size, width))

    assert median_of_parts(parts, size) == median(values)


def test_a_sample_that_misleads_still_gives_the_median_of_parts():
    values = np.arange(27_001, dtype=np.float32)
    values[::31] = -1.0  # every value of the sample: its step is the cube root, made odd
    assert median_of_parts(lambda: iter(np.array_split(values, 9)), values.size) == median(values)
