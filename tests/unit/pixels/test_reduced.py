"""An image made small: the mean of what it shows, whatever its size and its colours."""

import numpy as np
import pytest

from plateworks.pixels.reduced import reduced, reduced_colours


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32, np.float64])
@pytest.mark.parametrize(("shape", "small"), [((90, 120), (45, 60)), ((400, 610), (66, 101))])
def test_a_slope_stays_a_slope(dtype, shape, small):
    slope = np.broadcast_to(np.arange(shape[1]), shape).astype(dtype)
    found = reduced(slope, 128)
    assert (found.shape, found.dtype) == (small, np.float32)
    side = shape[1] // small[1]
    assert np.allclose(found, np.arange(small[1]) * side + (side - 1) / 2)


@pytest.mark.parametrize("pattern", [[[0, 8], [8, 4]], [[4, 0], [8, 8]]])
def test_the_colours_of_a_mosaic_have_no_pattern_left(pattern):
    mosaic = np.tile(np.array(pattern, np.uint16), (150, 225))
    assert np.all(reduced(mosaic, 64) == 5.0)


def test_what_has_no_value_counts_not_and_a_block_without_any_has_none():
    image = np.ones((60, 60), np.float32)
    image[0, 0] = image[30:, 30:] = np.nan
    found = reduced(image, 10)
    assert np.all(found[:5] == 1) and np.all(found[:, :5] == 1)
    assert np.isnan(found[5:, 5:]).all()


def test_an_image_smaller_than_a_block_is_empty():
    assert reduced(np.zeros((1, 3), np.float32), 128).shape == (0, 0)
    assert reduced(np.zeros((3, 4000), np.float32), 128).shape == (0, 0)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_each_colour_of_a_mosaic_is_the_mean_of_its_pixels(pattern):
    data = np.random.default_rng(3).uniform(0, 9, (13, 22))
    data[1, 2] = np.nan
    found = reduced_colours(data, pattern, 6)
    assert found.shape == (3, 3, 5)
    letters = np.array(list(pattern)).reshape(2, 2)[
        np.indices((4, 4))[0] % 2, np.indices((4, 4))[1] % 2
    ]
    for colour, row, column in np.ndindex(found.shape):
        block = data[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert found[colour, row, column] == pytest.approx(
            np.nanmean(block[letters == "RGB"[colour]]), rel=1e-5
        )


def test_an_image_smaller_than_a_block_has_no_colours_to_show():
    assert reduced_colours(np.ones((1, 1)), "RGGB", 8).size == 0
