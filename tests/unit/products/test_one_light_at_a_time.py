"""Lights of a batch go one after the other: no memory for two, none that is taken anew for each."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from orders import calibration_order, light_order
from plateworks.files import read_ahead
from plateworks.products.calibrated import calibrate_frames

SIDE = 1024


@pytest.fixture(scope="module")
def raws(tmp_path_factory) -> list[Path]:
    folder, draw = tmp_path_factory.mktemp("raw"), np.random.default_rng(1)
    paths = [folder / f"light_{n}.fits" for n in range(4)]
    for path in paths:
        fits.writeto(path, draw.normal(500, 20, (SIDE, SIDE)).astype(np.uint16))
    return paths


def peak_of(raws, folder):
    """Calibrate some frames; return the most bytes that were taken at any time."""
    order = calibration_order(light_order(raw, folder / raw.name) for raw in raws)
    tracemalloc.start()
    try:
        calibrate_frames(order)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_many_lights_take_the_memory_of_one(tmp_path, raws):
    peak_of(raws[:1], tmp_path / "first")  # what is loaded and remembered once
    one, many = peak_of(raws[:1], tmp_path / "one"), peak_of(raws, tmp_path / "many")
    assert many < one + 3 * SIDE**2  # a second light would take five bytes a pixel


def test_a_light_is_made_of_its_own_pixels_whatever_went_through_the_memory_before(tmp_path, raws):
    peak_of(raws, tmp_path)
    for raw in raws:
        np.testing.assert_array_equal(fits.getdata(tmp_path / raw.name), fits.getdata(raw))


def test_a_file_that_is_read_ahead_stays_as_it_is_and_one_that_is_not_there_is_no_matter(raws):
    before = raws[0].read_bytes()
    read_ahead(raws[0])
    read_ahead(raws[0].parent / "gone.fits")
    assert raws[0].read_bytes() == before
