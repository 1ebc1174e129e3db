"""Lights of cameras with raw files of their own: calibrated with bias, and without."""

import numpy as np

from cameraraws import write_dng
from inplanes import SHARES
from inprocess import is_even, lights, reduce, sensor
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


def linear_dngs(raw, of):
    """A night that a program debayered into linear DNG: its folders tell the kinds."""
    kinds = {"bias": (1, 4000), "darks": (60, 1), "flats": (1, 1), "lights": (60, 1)}
    for hour, (kind, exposure) in enumerate(kinds.items(), 19):
        for minute in range(2 if kind == "lights" else 5):
            rng = np.random.default_rng([hour, minute])
            dark = of.dark if exposure[0] == 60 else 0 * of.dark
            light = {"flats": 8000.0, "lights": 400.0}.get(kind, 0.0) * of.flat
            mean = 512 + dark[..., None] + light[..., None] * SHARES
            write_dng(
                raw / kind / f"a{minute}.dng",
                np.rint(mean + rng.normal(0, 3, mean.shape)).astype(np.uint16),
                "",
                ExposureTime=exposure,
                DateTimeOriginal=f"2025:03:01 {hour}:{minute:02d}:00",
            )


def test_a_night_of_linear_dngs_is_calibrated_plane_by_plane(tmp_path):
    of = sensor()
    linear_dngs(tmp_path / "raw", of)
    plan = reduce(tmp_path / "raw", cosmetic={"max_fraction": 0.1})
    assert len(lights(plan)) == 2
    for light in lights(plan):
        assert light[0].header["CALSTAT"] == "BDF" and light[0].header["INSTRUME"] == "ILCE-7SM3"
        for plane, share in zip(light[0].data, SHARES, strict=True):
            assert is_even(plane, share * 400 * np.median(of.flat), 0.04)
