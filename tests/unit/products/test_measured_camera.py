"""Masters tell what their frames show of the camera, in files."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from orders import calibration_order, frame_orders, light_order, master_order
from plateworks.errors import FrameError
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.measured import FULL_WELL, series_told
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


def means_of_two(frames, rounded=np.rint):
    """Return the means of each two of some frames, as whole numbers."""
    return rounded((frames[::2].astype(np.float64) + frames[1::2]) / 2).astype(np.uint16)


def flat_of_means(folder, rounded=np.rint, **cards):
    raws = write_frames(folder, CAMERA, "BIAS", means_of_two(CAMERA.bias(8), rounded), **cards)
    header_of("bias", raws, folder / "master_bias.fits")
    return flat_of(CAMERA, folder, 4, means_of_two(CAMERA.flat(25_000, 8), rounded), **cards)


def test_frames_that_are_means_and_do_not_say_so_are_betrayed_by_their_even_values(tmp_path):
    flat = flat_of_means(tmp_path, egain=None, rdnoise=None)
    assert flat["PWGAIN"] == pytest.approx(1.6, rel=0.02)
    assert "75% of the values of its flats are even" in flat["PWWARN"]
    assert "set calibrate.egain and calibrate.read_noise" in flat["PWWARN"]


def test_frames_that_are_means_are_named_as_such_where_the_header_tells_the_gain(tmp_path):
    flat = flat_of_means(tmp_path, np.floor, egain=0.8, rdnoise=4.0)
    assert flat["PWGAIN"] == pytest.approx(1.6, rel=0.02)
    said = flat["PWWARN"]
    assert "times as much, as flats show that are each the mean of 2 frames" in said
    assert "times as much, as flats and bias frames show that are each the mean of 2" in said
    assert "are even" not in said


@pytest.mark.parametrize("keyword", ["coadds", "ndit", "num_avg"])
def test_no_gain_is_measured_of_frames_whose_header_counts_readouts(tmp_path, caplog, keyword):
    caplog.set_level(logging.INFO)
    flat = flat_of_means(tmp_path, **{keyword: 2})
    assert "PWGAIN" not in flat and "PWRDN" not in flat and "PWWARN" not in flat
    [said] = [one for one in caplog.messages if "do not tell the gain" in one]
    assert "says that it is of 2 readouts" in said
    assert flat_of_means(tmp_path / "one", **{keyword: 1})["PWGAIN"] > 0


def series_of(sensor, folder, parts):
    """Write flats, two of each level, with exposures that follow it; return their header."""
    frames = [one for part in parts for one in sensor.flat(part * sensor.full_well, 2)]
    times = [10 * part for part in parts for _ in range(2)]
    raws = [
        path
        for number, (pixels, seconds) in enumerate(zip(frames, times, strict=True))
        for path in write_frames(
            folder, sensor, "FLAT", [pixels], exposure=seconds, filter="L", name=f"flat_{number}"
        )
    ]
    taken = Subtraction(bias=str(folder / "master_bias.fits"))
    return header_of("flat", raws, folder / "master_flat.fits", taken)


EVEN = replace(CAMERA, vignetting=0.0, full_well=40_000)


def test_flats_of_several_levels_tell_where_noise_falls_and_full_ones_tell_no_gain(tmp_path):
    bias_of(EVEN, tmp_path)
    header = series_of(EVEN, tmp_path, (0.1, 0.2, 0.4, 0.7, 0.94, 1.05, 1.2))
    assert header["PWFULL"] == pytest.approx(EVEN.turnoff, abs=2 * header["PWFULLER"])
    assert header["PWFULLER"] < 0.05 * header["PWFULL"]
    assert "falls" in header.comments["PWFULL"]
    assert header["PWTURN"] == pytest.approx(50_000, rel=0.01) and header["PWLINER"] < 0.001
    assert header["PWGAIN"] == pytest.approx(0.8, rel=0.01)
    assert series_told(header).full_well == tuple(header[keyword] for keyword in FULL_WELL)


def test_flats_that_do_not_reach_the_full_well_say_so(tmp_path):
    bias_of(EVEN, tmp_path)
    header = series_of(EVEN, tmp_path, (0.1, 0.2, 0.4, 0.8))
    assert header["PWFULL"] == pytest.approx(40_000, rel=0.01)
    assert "at least" in header.comments["PWFULL"] and "PWFULLER" not in header
    assert not series_told(header).full_well.reached


def test_flats_from_which_no_measured_master_is_taken_tell_nothing(tmp_path):
    raws = write_frames(tmp_path, CAMERA, "BIAS", CAMERA.bias())
    make_master(
        master_order("bias", frame_orders(raws), constant=500.0), str(tmp_path / "master_bias.fits")
    )
    assert "PWGAIN" not in flat_of(CAMERA, tmp_path)


def light_of(sensor, folder, *, flat=True, facts=None, cards=(), **settings):
    stars, sky = [(100.0, 80.0, 4000.0)], 20.0
    pixels = sensor.light(stars, sky, 30.0)
    [raw] = write_frames(folder, sensor, "LIGHT", pixels, exposure=30.0, **dict(cards))
    light = light_order(raw, folder / "light_out.fits", path_facts=facts)
    subtraction = Subtraction(bias=str(folder / "master_bias.fits"))
    match = MatchQuality(level=0, reason="exact")
    light = replace(
        light,
        frame=replace(light.frame, subtraction=subtraction),
        match=match,
        flat=FlatChoice(path=str(folder / "master_flat.fits"), match=match) if flat else None,
    )
    calibrate_frames(calibration_order([light], **settings))
    return read_image(folder / "light_out.fits")


@pytest.fixture(scope="module")
def masters(tmp_path_factory):
    """A folder with a bias and a flat of a camera whose headers are wrong about it."""
    folder = tmp_path_factory.mktemp("masters")
    bias_of(CAMERA, folder, 4, egain=1.5, rdnoise=9.0)
    flat_of(CAMERA, folder, 4, egain=1.5, rdnoise=9.0)
    return folder


WRONG = {"egain": 1.5, "rdnoise": 9.0}


def test_a_light_is_counted_by_what_its_masters_measured(masters):
    image = light_of(CAMERA, masters, cards=WRONG, units="electron")
    header = image.header
    assert header["RAWEGAIN"] == pytest.approx(CAMERA.egain, rel=0.01)
    assert header["RDNOISE"] == pytest.approx(CAMERA.read_noise, rel=0.02)
    assert (header["PWGAINBY"], header["PWRDNBY"]) == ("measured", "measured")
    sky = np.median(CAMERA.sky_electrons(600.0) + CAMERA.dark_electrons(30.0))
    assert np.median(image.data) == pytest.approx(sky, rel=0.015)


def test_what_the_user_says_counts_more_than_what_was_measured(masters):
    said = light_of(CAMERA, masters, cards=WRONG, egain=0.7, read_noise=3.3).header
    assert (said["EGAIN"], said["PWGAINBY"]) == (0.7, "setting")
    assert (said["RDNOISE"], said["PWRDNBY"]) == (3.3, "setting")
    by_path = light_of(CAMERA, masters, cards=WRONG, facts={"egain": 0.6}).header
    assert (by_path["EGAIN"], by_path["PWGAINBY"]) == (0.6, "setting")


def test_a_header_whose_gain_the_user_believes_counts_more_than_what_was_measured(masters):
    header = light_of(
        CAMERA, masters, cards={"egain": None, "gain": 2.0}, gain_is_egain=True
    ).header
    assert (header["EGAIN"], header["PWGAINBY"]) == (2.0, "header")


def test_a_light_without_a_flat_has_what_its_header_says(masters):
    header = light_of(CAMERA, masters, flat=False, cards=WRONG).header
    assert (header["EGAIN"], header["PWGAINBY"]) == (1.5, "header")
    noise = read_image(masters / "master_bias.fits").header["PWFNOISE"]
    assert header["RDNOISE"] == pytest.approx(1.5 * noise, rel=1e-3)  # ADU are measured


def test_flats_of_another_gain_tell_nothing_of_a_light(masters):
    header = light_of(CAMERA, masters, cards={**WRONG, "gain": 300}).header
    assert (header["EGAIN"], header["PWGAINBY"]) == (1.5, "header")
    assert (header["RDNOISE"], header["PWRDNBY"]) == (9.0, "header")


def test_a_light_whose_flats_told_no_gain_is_set_aside_and_says_so(masters):
    with pytest.raises(FrameError, match=r"EGAIN.*PWGAIN.*calibrate\.egain"):
        light_of(CAMERA, masters, flat=False, cards={"egain": None}, units="electron")
