"""Three colours of a mosaic, compared with loops that say the same plainly."""

import numpy as np
import pytest

from plateworks.pixels.cfa import COLOURS
from plateworks.pixels.debayer import debayered

PATTERNS = ["RGGB", "BGGR", "GRBG", "GBRG"]


def colour_at(pattern, row, column):
    return pattern[row % 2 * 2 + column % 2]


def plain_bilinear(data, pattern):
    """Return each pixel of each colour: as measured, else the mean of the nearest of it."""
    height, width = data.shape
    planes = np.full((3, height, width), np.nan)
    for plane, colour in zip(planes, COLOURS, strict=True):
        for row in range(height):
            for column in range(width):
                rings = {0: [], 1: [], 2: []}  # by squared distance
                for y in range(max(row - 1, 0), min(row + 2, height)):
                    for x in range(max(column - 1, 0), min(column + 2, width)):
                        if colour_at(pattern, y, x) == colour and np.isfinite(data[y, x]):
                            rings[(y - row) ** 2 + (x - column) ** 2].append(data[y, x])
                nearest = next((ring for ring in rings.values() if ring), [])
                plane[row, column] = np.mean(nearest) if nearest else np.nan
    return planes


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", [(8, 10), (7, 9), (2, 2), (515, 4)])
def test_bilinear_is_what_plain_loops_say(pattern, shape):
    data = np.random.default_rng(5).uniform(0, 60000, shape).astype(np.float32)
    found = debayered(data, pattern, "bilinear")
    assert found.dtype == np.float32
    assert np.allclose(found, plain_bilinear(data, pattern), rtol=1e-6)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_bilinear_keeps_what_was_measured(pattern):
    data = np.random.default_rng(6).integers(0, 65535, (6, 8)).astype(np.float32)
    found = debayered(data, pattern, "bilinear")
    for row, column in np.ndindex(data.shape):
        plane = COLOURS.index(colour_at(pattern, row, column))
        assert found[plane, row, column] == data[row, column]


def test_a_superpixel_has_red_the_mean_of_greens_and_blue():
    data = np.array([[1, 10, 2, 20, 9], [30, 100, 40, 200, 9], [9, 9, 9, 9, 9]], np.float32)
    assert debayered(data, "GRBG", "superpixel").tolist() == [
        [[10, 20]], [[50.5, 101]], [[30, 40]],
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["superpixel", "bilinear"])
def test_a_pixel_without_a_value_is_made_of_its_neighbours(method):
    data = np.full((6, 6), 7.0, np.float32)
    data[0, 1] = np.nan  # a green
    assert np.all(debayered(data, "RGGB", method) == 7.0)


@pytest.mark.parametrize("method", ["superpixel", "bilinear"])
def test_a_colour_without_values_has_none(method):
    data = np.full((6, 6), 7.0, np.float32)
    data[::2, ::2] = np.nan
    red, green, blue = debayered(data, "RGGB", method)
    assert np.isnan(red).all()
    assert (green == 7.0).all() and (blue == 7.0).all()
