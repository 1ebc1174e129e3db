"""Calibrated frames, file to file."""

import errno
import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from orders import calibration_order, light_order
from plateworks.errors import PlateworksError, TroubleError
from plateworks.metadata.caveats import is_to_retry
from plateworks.orders.frames import Subtraction
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image, read_image_header
from plateworks.products.preview import read_preview


@pytest.fixture
def calibrated(tmp_path):
    """A function that calibrates one raw frame without masters and returns the product."""

    def run(raw, header=(), path_facts=None, **settings):
        fits.writeto(tmp_path / "raw.fits", raw, fits.Header(list(header)), overwrite=True)
        light = light_order(tmp_path / "raw.fits", tmp_path / "out.fits", path_facts=path_facts)
        calibrate_frames(calibration_order([light], **settings))
        return read_image(tmp_path / "out.fits")

    return run


RAW = np.array([[0, 100, 65535], [7, 8, 9]], np.uint16)


def test_without_masters_the_pixels_are_those_of_the_raw_frame(calibrated):
    image = calibrated(RAW, [("OBJECT", "M 31")])
    header = image.header
    assert image.data.dtype == np.float32
    assert np.array_equal(image.data, RAW)
    assert image.mask.tolist() == [[0, 128, 4], [0, 128, 128]]
    assert image.sigma is None and image.losses is None
    assert (header["OBJECT"], header["BUNIT"], header["SATURATE"]) == ("M 31", "adu", 65535)


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_a_product_shows_how_its_light_looked_before_and_after(tmp_path, ending):
    raw = np.repeat(np.arange(40, dtype=np.uint16) * 100, 600).reshape(40, 600)
    fits.writeto(tmp_path / "raw.fits", raw, fits.Header([("EGAIN", 0.5)]))
    light = light_order(tmp_path / "raw.fits", tmp_path / f"out.{ending}")
    calibrate_frames(calibration_order([light], units="electron"))
    before, after = read_preview(tmp_path / f"out.{ending}")
    assert before.shape == after.shape == (6, 100)
    assert np.allclose(after, before * 0.5)
    assert np.all(np.diff(before[:, 0]) > 300)


def test_a_product_of_a_mosaic_shows_its_colours(tmp_path):
    raw = np.tile(np.array([[100, 700], [700, 300]], np.uint16), (30, 200))
    fits.writeto(tmp_path / "raw.fits", raw, fits.Header([("BAYERPAT", "RGGB")]))
    calibrate_frames(calibration_order([light_order(tmp_path / "raw.fits", tmp_path / "o.fits")]))
    before, after = read_preview(tmp_path / "o.fits")
    assert before.shape == after.shape == (3, 15, 100)
    assert [set(plane.ravel()) for plane in before] == [{100}, {700}, {300}]


def test_electrons_are_counted_by_the_gain_of_the_header(calibrated):
    image = calibrated(RAW, [("EGAIN", 0.25), ("GAIN", 100)], units="electron")
    header = image.header
    assert np.allclose(image.data, RAW * 0.25)
    assert (header["BUNIT"], header["EGAIN"], header["RAWEGAIN"]) == ("electron", 1.0, 0.25)


def test_the_gain_setting_of_a_camera_is_not_taken_for_electrons(calibrated):
    with pytest.raises(PlateworksError, match=r"EGAIN.* with calibrate\.egain"):
        calibrated(RAW, [("GAIN", 100)], units="electron")
    told = calibrated(RAW, [("GAIN", 3)], units="electron", gain_is_egain=True)
    assert np.allclose(told.data, RAW * 3.0)
    said = calibrated(RAW, [("GAIN", 100)], {"egain": 0.5}, units="electron")
    assert np.allclose(said.data, RAW * 0.5)
    assert said.header["RAWEGAIN"] == 0.5


def test_what_path_rules_said_is_written_into_the_product(calibrated):
    said = {"filter": "Ha", "focal_length": 500.0, "kind": "light", "bias_inside": True}
    header = calibrated(RAW, [("FILTER", "L")], said).header
    assert (header["FILTER"], header["FOCALLEN"], header["IMAGETYP"]) == ("Ha", 500, "Light Frame")
    assert "path_rules" in header.comments["FILTER"]


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint8])
def test_raw_output_keeps_the_type_of_the_raw_frame(calibrated, dtype):
    raw = np.array([[0, 1, np.iinfo(dtype).max]], dtype)
    image = calibrated(raw, output_type="raw", pedestal=2.0)
    assert image.data.dtype == dtype
    assert image.data.tolist() == [[2, 3, np.iinfo(dtype).max]]
    assert image.header["PEDESTAL"] == -2.0


def test_a_light_that_cannot_be_read_is_set_aside_and_the_next_goes_on(tmp_path):
    fits.writeto(tmp_path / "good.fits", RAW)
    (tmp_path / "bad.fits").write_bytes((tmp_path / "good.fits").read_bytes()[:2885])
    lights = [
        light_order(tmp_path / f"{name}.fits", tmp_path / f"o_{name}.fits")
        for name in ("bad", "good")
    ]
    calibrate_frames(calibration_order(lights))
    header = read_image_header(tmp_path / "o_bad.fits")
    assert header["NAXIS"] == 0
    assert "shorter than its header promises" in header["PWFAIL"]
    assert np.array_equal(read_image(tmp_path / "o_good.fits").data, RAW)


def lights_in(folder, *names):
    return [light_order(folder / name, folder / f"o_{name}.fits") for name in names]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("gone", ["a.fits", "c.fits"])
def test_a_light_that_is_gone_costs_no_other_and_may_be_tried_again(tmp_path, gone, threads):
    names = ("a.fits", "b.fits", "c.fits")
    for name in names:
        if name != gone:
            fits.writeto(tmp_path / name, RAW)
    calibrate_frames(calibration_order(lights_in(tmp_path, *names)), threads)
    assert {name for name in names if is_to_retry(tmp_path / f"o_{name}.fits")} == {gone}
    assert "No such file" in read_image_header(tmp_path / f"o_{gone}.fits")["PWFAIL"]
    calibrate_frames(calibration_order(lights_in(tmp_path, *{*names} - {gone})))
    for name in {*names} - {gone}:
        assert np.array_equal(read_image(tmp_path / f"o_{name}.fits").data, RAW)


def test_a_packed_light_without_room_to_unpack_it_costs_no_other(tmp_path, monkeypatch):
    fits.writeto(tmp_path / "plain.fits", RAW)
    (tmp_path / "packed.fits.gz").write_bytes(gzip.compress((tmp_path / "plain.fits").read_bytes()))

    def full(descriptor, offset, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    calibrate_frames(calibration_order(lights_in(tmp_path, "packed.fits.gz", "plain.fits")))
    assert is_to_retry(tmp_path / "o_packed.fits.gz.fits")
    assert np.array_equal(read_image(tmp_path / "o_plain.fits.fits").data, RAW)


def test_a_damaged_light_is_not_tried_again(tmp_path):
    (tmp_path / "bad.fits").write_bytes(b"SIMPLE  = ")
    calibrate_frames(calibration_order(lights_in(tmp_path, "bad.fits")))
    assert not is_to_retry(tmp_path / "o_bad.fits.fits")
    assert "PWFAIL" in read_image_header(tmp_path / "o_bad.fits.fits")


def test_a_master_that_is_gone_fails_the_job(tmp_path):
    fits.writeto(tmp_path / "a.fits", RAW)
    subtraction = Subtraction(bias=str(tmp_path / "bias.fits"))
    [light] = lights_in(tmp_path, "a.fits")
    light = replace(light, frame=replace(light.frame, subtraction=subtraction))
    with pytest.raises(TroubleError, match=r"bias\.fits: cannot be read \(No such file"):
        calibrate_frames(calibration_order([light]))


@pytest.mark.parametrize("output_type", ["float32", "raw"])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_frames_of_a_batch_are_those_that_each_would_be_alone(tmp_path, threads, output_type):
    rng = np.random.default_rng(3)
    lights = []
    for number, shape in enumerate([(9, 7)] * 4 + [(5, 6)] + [(9, 7)] * 2):
        raw = tmp_path / f"{number}.fits"
        fits.writeto(raw, rng.integers(0, 65536, shape).astype(np.uint16))
        lights.append(light_order(raw, tmp_path / f"o{number}"))
    (tmp_path / "2.fits").write_bytes((tmp_path / "3.fits").read_bytes()[:2885])

    def run(some, threads):
        calibrate_frames(calibration_order(some, output_type=output_type), threads)
        return [Path(light.output).read_bytes() for light in some]

    alone = [run([light], 1)[0] for light in lights]
    assert run(lights, threads) == alone


def test_the_date_of_a_clock_of_the_place_stands_apart_from_that_in_utc(calibrated):
    header = [("DATE-OBS", "2023-02-25T06:28:48"), ("JD", 2460000.77)]
    facts = {"clock_zone": "Europe/Madrid", "mjd": 60000.27 - 1 / 24}
    product = calibrated(RAW, header, path_facts=facts).header
    assert product["DATE-OBS"] == "2023-02-25T05:28:48.000"
    assert product["DATE-LOC"] == "2023-02-25T06:28:48"
    assert product["MJD-OBS"] == pytest.approx(60000.27 - 1 / 24)
    assert "JD" not in product
