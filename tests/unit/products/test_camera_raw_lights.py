"""Lights of cameras with raw files of their own: calibrated with bias, and without."""

import numpy as np

from cameraraws import write_dng
from orders import calibration_order, light_order
from plateworks.orders.frames import Subtraction
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image

#: Of a sensor whose black level is 512, with a pattern in it that bias frames know.
BIAS = (512 + np.indices((24, 32)).sum(0) % 7).astype(np.uint16)
LIGHT = (BIAS + 300 + np.arange(32) * 10).astype(np.uint16)


def calibrated(tmp_path, **subtraction):
    light = light_order(
        write_dng(tmp_path / "light.dng", LIGHT),
        tmp_path / "out.fits",
        path_facts={"kind": "light", "mjd": 60139.979},
        subtraction=Subtraction(**subtraction),
    )
    calibrate_frames(calibration_order([light]))
    return read_image(tmp_path / "out.fits")


def test_without_bias_the_black_level_is_taken_off(tmp_path):
    image = calibrated(tmp_path)
    assert np.array_equal(image.data, LIGHT.astype(np.float32) - 512)
    assert image.header["SATURATE"] == 16383 - 512
    assert "PEDESTAL" not in image.header
    assert any("-512 ADU" in line for line in image.header["HISTORY"])


def test_a_product_tells_the_moment_in_utc_and_by_the_clock_of_the_camera(tmp_path):
    header = calibrated(tmp_path).header
    assert header["MJD-OBS"] == 60139.979
    assert header.comments["MJD-OBS"].startswith("[d] UTC")
    assert header["DATE-LOC"] == "2023-07-14T23:30:05"
    assert (header["INSTRUME"], header["GAIN"], header["BAYERPAT"]) == ("ILCE-7SM3", 1600, "RGGB")
