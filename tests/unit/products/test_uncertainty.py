"""Errors of pixels: what lights and masters state is how far they lie from what is true."""

import re
from dataclasses import replace

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.nddata import CCDData, StdDevUncertainty

from orders import LIGHTS, frame_order, light_order, master_order
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import CalibrationOrder, FlatChoice, MatchQuality
from plateworks.pixels.masks import COSMIC, HOT
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image, read_image_header
from plateworks.products.lists import write_list
from plateworks.products.masters import make_master
from pulls import Night, calibrated, made, pulls, truth, variances
from sensorfiles import write_frames
from sensors import Sensor


def sensor(**more):
    return Sensor(**{"width": 300, "height": 300, "vignetting": 0.5, "dark_rate": 0.05} | more)


def spread_of(night, folder, count=2, per_unit=None, **settings):
    """The variance of pulls in each tenth of the pixels by light, and in a corner."""
    levels, found = [], []
    for take in range(2):
        for light in calibrated(night, folder / str(take), count, take=take, **settings):
            levels.append(truth(night))
            found.append(pulls(night, light, per_unit or night.sensor.egain))
    corner = np.concatenate([one[-60:, -60:].ravel() for one in found])
    return np.array([*variances(np.array(levels), np.array(found)), np.nanmean(corner**2)])


NIGHTS = {
    "median of 3": (Night(sensor(), 3, "median"), {}),
    "mean of 3 against a known noise": (Night(sensor(), 3, "variance"), {}),
    "clipped mean of 30": (Night(sensor(), 30, "winsorized"), {}),
    "mosaic of few flats": (Night(sensor(bayer="RGGB"), 4, flat_level=2000.0), {}),
    "scaled dark": (Night(sensor(dark_rate=1.0), 6, scale=2.0), {}),
    "dark current as much as the sky": (Night(sensor(dark_rate=0.5), 10, sky=0.1), {}),
    "hot pixels": (Night(sensor(hot=2000, hot_rates=(1, 20)), 4, sky=0.2), {}),
    "few electrons": (Night(sensor(read_noise=1.5), 10, sky=0.01, gradient=100.0), {}),
    "coarse steps": (Night(sensor(egain=5.0), 10, sky=0.2), {}),
    "a converter of 12 bits": (Night(sensor(step=16, read_noise=6.0), 10, sky=0.2), {}),
    "electrons": (Night(sensor(), 10), {"units": "electron", "egain": 0.5}),
    "whole numbers": (Night(sensor(egain=4.0), 10, sky=0.5), {"output_type": "raw"}),
    "masters without errors": (Night(sensor(), 5, errors=False), {}),
}


@pytest.mark.parametrize("name", NIGHTS)
def test_pixels_lie_as_far_from_the_truth_as_their_errors_say(tmp_path, name):
    night, settings = NIGHTS[name]
    per_unit = 1.0 if settings.get("units") == "electron" else None
    found = spread_of(night, tmp_path, per_unit=per_unit, **settings)
    assert np.all(np.abs(found - 1) < 0.05), found.round(3)


def test_the_share_of_the_masters_is_what_lights_have_in_common(tmp_path):
    night = Night(sensor(), 3, "median", sky=100.0, gradient=1.0001)
    one, other = calibrated(night, tmp_path, 2)
    errors = [light.data - truth(night) / night.sensor.egain for light in (one, other)]
    common = np.mean(errors[0] * errors[1]) / np.mean(errors[0] ** 2)
    assert common == pytest.approx(one.header["UNCMAST"], rel=0.1)
    assert one.header["UNCMAST"] > 0.05


def test_lights_and_masters_are_read_by_astropy_without_a_word(tmp_path):
    night = Night(sensor(), 3)
    [light] = calibrated(night, tmp_path, units="electron")
    assert light.unit == units.electron and light.mask.shape == light.shape
    for name in ("bias", "dark", "flat"):
        master = CCDData.read(tmp_path / f"{name}.fits")
        assert master.unit == units.adu and "DATE-OBS" in master.header
        assert isinstance(master.uncertainty, StdDevUncertainty)
        assert master.uncertainty.unit == units.adu
        stated = master.header["PWNOISE"]
        assert np.median(master.uncertainty.array) == pytest.approx(stated, rel=0.02)


def test_errors_take_two_bytes_a_pixel_and_keep_a_gap(tmp_path):
    night = Night(sensor(), 3)
    taken, flat = made(night, tmp_path)
    with fits.open(flat.path, mode="update") as hdus:
        hdus[0].data[5, 7] = 0.0
        del hdus[0].header["PWDATA"]  # else it is known to be altered
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    light = replace(light_order(raw, tmp_path / "out.fits", subtraction=taken), flat=flat)
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    read = CCDData.read(light.output)
    assert np.argwhere(np.isnan(read.uncertainty.array)).tolist() == [[5, 7]]
    with fits.open(light.output) as hdus:
        assert hdus["UNCERT"].header["BITPIX"] == 16
    again = read_image(light.output)
    assert np.array_equal(again.sigma, read.uncertainty.array, equal_nan=True)


def test_repaired_pixels_have_the_error_of_what_their_neighbours_say(tmp_path):
    night = Night(sensor(), 10, gradient=1.0001)
    taken, flat = made(night, tmp_path)
    spots = np.argwhere(np.ones((48, 48), bool)) * 6 + 6  # x, y
    write_list(str(tmp_path / "hot.lst"), spots, spots[:0], rows=300)
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    light = light_order(
        raw, tmp_path / "out.fits", subtraction=taken, cosmetic=str(tmp_path / "hot.lst")
    )
    light = replace(light, flat=flat)
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    image = read_image(light.output)
    repaired = image.mask & HOT != 0
    error = image.data - truth(night) / night.sensor.egain
    assert np.count_nonzero(repaired) == len(spots)
    found = error[repaired] / image.sigma[repaired]
    assert np.mean(found**2) == pytest.approx(1.0, abs=0.1)
    assert np.median(image.sigma[repaired]) < 0.6 * np.median(image.sigma[~repaired])
    assert not np.any(image.mask & COSMIC)


@pytest.mark.parametrize(
    ("cards", "keys"),
    [
        ({"EGAIN": 0.5}, r"read noise \(RDNOISE\), .*calibrate\.read_noise,"),
        ({"RDNOISE": 3.0}, r"an ADU is \(EGAIN\), .*calibrate\.egain,"),
        ({}, r"calibrate\.egain and calibrate\.read_noise,"),
    ],
)
def test_a_light_without_gain_or_read_noise_is_set_aside_with_a_remedy(tmp_path, cards, keys):
    raw = np.full((8, 8), 500, np.uint16)
    fits.writeto(tmp_path / "raw.fits", raw, fits.Header(cards))
    light = light_order(tmp_path / "raw.fits", tmp_path / "out.fits")
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    assert re.search(keys, read_image_header(tmp_path / "out.fits")["PWFAIL"])


def test_a_light_that_another_program_divided_has_no_errors_and_says_so(tmp_path):
    header = fits.Header({"EGAIN": 0.5, "RDNOISE": 3.0, "CALSTAT": "BDF"})
    fits.writeto(tmp_path / "raw.fits", np.full((8, 8), 500, np.float32), header)
    light = light_order(tmp_path / "raw.fits", tmp_path / "out.fits")
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    image = read_image(tmp_path / "out.fits")
    assert image.sigma is None
    assert "its dark and flat was taken out by another program" in image.header["PWWARN"]


def test_without_errors_a_light_says_what_they_are_reckoned_from(tmp_path):
    night = Night(sensor(), 5, errors=False)
    taken, flat = made(night, tmp_path)
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    light = replace(light_order(raw, tmp_path / "out.xisf", subtraction=taken), flat=flat)
    calibrate_frames(CalibrationOrder(lights=(light,), settings=LIGHTS))
    image = read_image(light.output)
    header = image.header
    assert image.sigma is None and "UNCMAST" not in header
    told = header["EGAIN"], header["RDNOISE"], header["DARKK"]
    assert told == pytest.approx((0.5, 3.0, 1.0), rel=0.02)
    for slot in ("dark", "flat"):
        master = read_image_header(tmp_path / f"{slot}.fits")
        assert header[f"{slot.upper()}NCOM"] == 5
        assert header[f"{slot.upper()}NOIS"] == master["PWNOISE"]


def test_errors_travel_in_xisf_too(tmp_path):
    night = Night(sensor(), 3)
    taken, flat = made(night, tmp_path)
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    outputs = [tmp_path / "out.fits", tmp_path / "out.xisf"]
    lights = tuple(
        replace(light_order(raw, path, subtraction=taken), flat=flat) for path in outputs
    )
    calibrate_frames(CalibrationOrder(lights=lights, settings=replace(LIGHTS, uncertainty=True)))
    one, other = (read_image(path).sigma for path in outputs)
    assert np.allclose(one, other, atol=np.nanmax(one) / 65_000)


def test_a_master_whose_noise_nobody_knows_is_named(tmp_path):
    night = Night(sensor(), 3)
    bias = fits.PrimaryHDU(np.full(night.sensor.shape, 500.0, np.float32))
    bias.writeto(tmp_path / "bias.fits")
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    taken = Subtraction(bias=str(tmp_path / "bias.fits"))
    light = light_order(raw, tmp_path / "out.fits", subtraction=taken)
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    assert "bias.fits is not known, and not in UNCERT" in read_image_header(light.output)["PWWARN"]


def test_a_dark_without_a_known_gain_has_no_errors_of_its_own(tmp_path):
    one = sensor()
    files = write_frames(tmp_path, one, "DARK", one.dark(60.0, n=3), exposure=60.0, egain=None)
    order = master_order("dark", [frame_order(path) for path in files], uncertainty=True)
    make_master(order, str(tmp_path / "dark.fits"))
    assert read_image(tmp_path / "dark.fits").sigma is None


def test_the_error_of_a_fitted_factor_is_in_that_of_warm_pixels(tmp_path):
    night = Night(sensor(dark_rate=2.0, hot=3000, hot_rates=(5, 40)), 8, scale=2.0)
    taken, _ = made(night, tmp_path)
    dark: ScaledDark = replace(taken.dark, fit_bounds=(0.1, 2.0))
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    found = {}
    for name, one in (("fixed", taken.dark), ("fitted", dark)):
        taken = replace(taken, dark=one)
        light = light_order(raw, tmp_path / f"{name}.fits", subtraction=taken)
        told = replace(LIGHTS, uncertainty=True)
        calibrate_frames(CalibrationOrder(lights=(light,), settings=told))
        found[name] = read_image(light.output)
    error = found["fitted"].header["DARKKERR"]
    charge = 2.0 * 60 * 2 / night.sensor.egain
    more = found["fitted"].sigma ** 2 - found["fixed"].sigma ** 2
    assert np.median(more) == pytest.approx((error * charge) ** 2, rel=0.3, abs=0.2)


def test_a_flat_of_another_program_with_errors_is_taken_at_its_word(tmp_path):
    night = Night(sensor(), 3)
    taken, _ = made(night, tmp_path)
    flat = CCDData(
        np.full(night.sensor.shape, 2.0, np.float32),
        unit="adu",
        uncertainty=StdDevUncertainty(np.full(night.sensor.shape, 0.2, np.float32)),
    )
    flat.write(tmp_path / "other.fits")
    choice = FlatChoice(
        path=str(tmp_path / "other.fits"), match=MatchQuality(level=0, reason="exact")
    )
    [raw] = write_frames(tmp_path, night.sensor, "LIGHT", night.lights(1), exposure=60.0)
    light = replace(light_order(raw, tmp_path / "out.fits", subtraction=taken), flat=choice)
    calibrate_frames(CalibrationOrder(lights=(light,), settings=replace(LIGHTS, uncertainty=True)))
    image = read_image(light.output)
    bright = image.data > 10_000
    assert np.allclose(image.sigma[bright] / image.data[bright], 0.1, rtol=0.05)
