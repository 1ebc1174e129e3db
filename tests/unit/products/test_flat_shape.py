"""The large-scale shape that a master flat tells of itself."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.pixels.flatshape import change_of_shape, shape_of
from plateworks.products.flatshape import SHAPE, put_shape, shape_told


def flat(corner=1.0, noise=0.003):
    y, x = np.mgrid[-1:1:600j, -1:1:900j]
    light = 5000 * (1 - 0.2 * (x**2 + y**2))
    light *= 1 + (corner - 1) * ((x > 1 / 3) & (y > 1 / 3))
    return (light * np.random.default_rng(1).normal(1, noise, light.shape)).astype(np.float32)


def test_a_corner_that_loses_light_is_told_by_two_headers_whatever_the_level():
    headers = [fits.Header(), fits.Header()]
    put_shape(headers[0], flat())
    put_shape(headers[1], 1.7 * flat(corner=0.98))
    change = change_of_shape(*(shape_told(header) for header in reversed(headers)))
    assert change[-1] == pytest.approx(-0.02, abs=5e-4)
    assert np.abs(change[:-1]).max() < 5e-4


def test_a_shape_is_a_card_that_fits_whole():
    header = fits.Header()
    put_shape(header, flat())
    assert len(header[SHAPE].split()) == 9
    assert len(header.cards[SHAPE].image) == 80


@pytest.mark.parametrize(
    "text", ["", "1 1 1", "1 1 1 1 x 1 1 1 1", "1 1 1 1 0 1 1 1 1", "nan " * 9]
)
def test_what_is_no_shape_tells_none(text):
    assert shape_told({SHAPE: text}) is None


def test_without_light_or_pixels_there_is_no_shape():
    assert shape_of(np.zeros((9, 9))) is None
    assert shape_of(np.ones((2, 9))) is None
    header = fits.Header()
    put_shape(header, np.zeros((30, 30), np.float32))
    assert SHAPE not in header
