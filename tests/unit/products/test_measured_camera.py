"""Masters tell what their frames show of the camera, in files."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from orders import frame_orders, master_order
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from sensorfiles import write_frames
from sensors import Sensor

CAMERA = Sensor(egain=0.8, read_noise=4.0, width=320, height=200, full_well=50_000)


def header_of(kind, raws, output, subtraction=None, **changes):
    frames = frame_orders(raws)
    if subtraction is not None:
        frames = [replace(one, subtraction=subtraction) for one in frames]
    make_master(master_order(kind, frames, min_frames=2, **changes), str(output))
    return read_image(output).header


def bias_of(sensor, folder, count=2, **cards):
    raws = write_frames(folder, sensor, "BIAS", sensor.bias(count), **cards)
    return header_of("bias", raws, folder / "master_bias.fits")


def flat_of(sensor, folder, count=2, frames=None, subtraction=None, **cards):
    frames = sensor.flat(25_000, count) if frames is None else frames
    raws = write_frames(folder, sensor, "FLAT", frames, exposure=1.0, filter="L", **cards)
    subtraction = subtraction or Subtraction(bias=str(folder / "master_bias.fits"))
    return header_of("flat", raws, folder / "master_flat.fits", subtraction)


@pytest.mark.parametrize("bayer", [None, "RGGB"])
def test_two_bias_frames_and_two_flats_tell_gain_and_read_noise(bayer, tmp_path):
    sensor = Sensor(egain=0.8, read_noise=4.0, width=512, height=400, full_well=5e4, bayer=bayer)
    bias = bias_of(sensor, tmp_path)
    assert bias["PWFNOISE"] == pytest.approx(sensor.noise, rel=0.02)
    assert 0 < bias["PWFNOIER"] < 0.01 * bias["PWFNOISE"]
    flat = flat_of(sensor, tmp_path)
    assert flat["PWGAIN"] == pytest.approx(0.8, rel=0.01) and flat["PWGAINER"] < 0.005
    assert flat["PWRDN"] == pytest.approx(4.0, rel=0.02) and flat["PWRDNER"] < 0.05
    assert "PWWARN" not in flat


def test_a_flat_dark_serves_as_well_and_a_long_one_tells_no_read_noise(tmp_path):
    sensor = Sensor(egain=0.8, read_noise=4.0, dark_rate=2.0, full_well=50_000)
    for exposure, told in ((1.0, True), (30.0, False)):
        folder = tmp_path / f"{exposure:g}"
        raws = write_frames(
            folder, sensor, "DARKFLAT", sensor.dark(exposure, n=4), exposure=exposure
        )
        header_of("darkflat", raws, folder / "dark.fits")
        dark = ScaledDark(path=str(folder / "dark.fits"), k=1.0, bias_inside=True)
        frames = sensor.flat(25_000, 4, exposure=exposure)
        flat = flat_of(sensor, folder, 4, frames, Subtraction(dark=dark))
        assert flat["PWGAIN"] == pytest.approx(0.8, rel=0.01)
        assert ("PWRDN" in flat) is told


def test_a_header_that_says_otherwise_is_warned_of(tmp_path):
    bias_of(CAMERA, tmp_path)
    flat = flat_of(CAMERA, tmp_path, egain=1.0, rdnoise=9.0)
    assert "EGAIN" in flat["PWWARN"] and "calibrate.egain" in flat["PWWARN"]
    assert "RDNOISE" in flat["PWWARN"]
    assert "PWWARN" not in flat_of(CAMERA, tmp_path, egain=0.79, rdnoise=4.1)
    assert "PWWARN" not in flat_of(CAMERA, tmp_path, egain=None, rdnoise=None)


@pytest.mark.parametrize(
    ("frames", "cards", "why"),
    [
        (CAMERA.flat(25_000, 2), {"calstat": "B"}, "CALSTAT"),
        (CAMERA.flat(25_000, 2) / np.float32(3), {}, "whole numbers"),
        (replace(CAMERA, vignetting=0.0).flat(48_500, 2), {}, "saturated"),
    ],
)
def test_flats_that_do_not_tell_the_gain_say_why_in_the_log(frames, cards, why, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    bias_of(CAMERA, tmp_path)
    flat = flat_of(CAMERA, tmp_path, len(frames), frames, **cards)
    assert "PWGAIN" not in flat and "PWRDN" not in flat
    [said] = [one for one in caplog.messages if "do not tell the gain" in one]
    assert why in said


def test_flats_from_which_no_measured_master_is_taken_tell_nothing(tmp_path):
    raws = write_frames(tmp_path, CAMERA, "BIAS", CAMERA.bias())
    make_master(
        master_order("bias", frame_orders(raws), constant=500.0), str(tmp_path / "master_bias.fits")
    )
    assert "PWGAIN" not in flat_of(CAMERA, tmp_path)
