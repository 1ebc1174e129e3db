"""Saturation, gain and read noise, file to file: what is marked, and what products say of it."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import (
    FLAT,
    LEVELLING,
    calibration_order,
    frame_order,
    light_order,
    master_order,
)
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.orders.masters import Screening
from plateworks.pixels.masks import COSMIC, SATURATED
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.settings.cosmics import Cosmics

SHAPE = (160, 200)
BIAS, DARK = 300.0, 40.0
NOTHING, EXACT = Subtraction(), MatchQuality(level=0, reason="exact")


def shade():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return 1.1 - 0.4 * ((y / SHAPE[0] - 0.5) ** 2 + (x / SHAPE[1] - 0.5) ** 2)


def stars(rng, brightest=4e5):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    image = np.full(SHAPE, 700.0)
    for peak in (2e3, 2e4, 3e4, *[brightest] * 7):
        row, column = rng.uniform(10, 150), rng.uniform(10, 190)
        image += peak * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 5)
    return image


def light(rng, **options):
    scene = stars(rng, **options) * shade() + BIAS + DARK
    return scene + rng.standard_normal(SHAPE) * np.sqrt(scene)


def twelve_bits(adu):
    return (np.floor(adu / 16) * 16).clip(0, 65_520).astype(np.uint16)


@pytest.fixture
def calibrated(tmp_path):
    """A function that calibrates one raw frame with a dark and a flat, and returns the product."""
    for name, pixels in (("dark", np.full(SHAPE, BIAS + DARK)), ("flat", 20_000 * shade())):
        cards = fits.Header([("PWMEDIAN", float(np.median(pixels)))])
        fits.writeto(tmp_path / f"{name}.fits", pixels.astype(np.float32), cards)

    def run(raw, header=(), mult=None, bare=False, **settings):
        fits.writeto(tmp_path / "raw.fits", raw, fits.Header(list(header)), overwrite=True)
        dark = ScaledDark(path=str(tmp_path / "dark.fits"), k=1.0, bias_inside=True)
        order = light_order(tmp_path / "raw.fits", tmp_path / "out.fits")
        if not bare:
            flat = FlatChoice(path=str(tmp_path / "flat.fits"), match=EXACT)
            order = replace(
                light_order(
                    tmp_path / "raw.fits",
                    tmp_path / "out.fits",
                    subtraction=Subtraction(dark=dark),
                ),
                flat=flat,
                mult=mult,
            )
        calibrate_frames(calibration_order([order], **settings))
        return read_image(tmp_path / "out.fits")

    return run


@pytest.mark.parametrize("stated", [None, 65_535, 65_520, 1e6, 4095])
def test_a_light_of_twelve_bits_is_marked_whatever_its_header_says_of_sixteen(calibrated, stated):
    raw = twelve_bits(light(np.random.default_rng(1)))
    image = calibrated(raw, [] if stated is None else [("SATURATE", stated)], bare=True)
    assert np.array_equal(image.mask & SATURATED != 0, raw == 65_520)
    assert np.count_nonzero(image.mask) > 50
    assert image.header["SATURATE"] == image.header["RAWSAT"] == 65_520


def test_what_a_user_says_wins_and_a_lower_level_of_the_header_does(calibrated):
    raw = twelve_bits(light(np.random.default_rng(2)))
    by_header = calibrated(raw, [("SATURATE", 50_000)], bare=True)
    assert np.array_equal(by_header.mask & SATURATED != 0, raw >= 50_000)
    assert by_header.header.comments["SATURATE"] == "[adu] by the header"
    said = calibrated(raw, [("SATURATE", 50_000)], bare=True, saturation=60_000)
    assert np.array_equal(said.mask & SATURATED != 0, raw >= 60_000)
    assert said.header.comments["SATURATE"] == "[adu] by calibrate.saturation"


def test_a_header_far_below_the_values_is_not_believed_and_that_is_said(calibrated):
    raw = np.rint(light(np.random.default_rng(3)).clip(0, 42_000)).astype(np.uint16)
    image = calibrated(raw, [("SATURATE", 255)], bare=True)
    assert np.array_equal(image.mask & SATURATED != 0, raw == 42_000)
    assert image.header.comments["SATURATE"] == "[adu] where the values end"
    assert any("header says 255 ADU" in line for line in image.header["HISTORY"])


def test_where_nothing_is_believed_nothing_is_said(calibrated):
    raw = light(np.random.default_rng(3), brightest=9000).astype(np.float32)
    header = calibrated(raw, [("SATURATE", 255), ("MAXADU", 255)], bare=True).header
    assert not {"SATURATE", "MAXADU", "RAWSAT"} & set(header)


@pytest.mark.parametrize("settings", [{}, {"units": "electron", "egain": 0.7}, {"mult": 30_000.0}])
def test_saturate_is_the_level_below_which_no_pixel_of_the_product_is_saturated(
    calibrated, settings
):
    raw = np.rint(light(np.random.default_rng(4)).clip(0, 42_000)).astype(np.uint16)
    image = calibrated(raw, **settings)
    full, saturated = image.header["SATURATE"], image.mask & SATURATED != 0
    unit = settings.get("egain", 1.0) * settings.get("mult", 1.0) / np.median(20_000 * shade())
    if "mult" not in settings:
        unit = settings.get("egain", 1.0)
    assert np.count_nonzero(saturated) > 50
    assert image.data[saturated].min() >= 0.999 * full
    brightest = np.median(shade()) / shade().max()
    assert full == pytest.approx((42_000 - BIAS - DARK) * brightest * unit, rel=2e-3)
    assert image.header["RAWSAT"] == 42_000


@pytest.mark.parametrize("store", [twelve_bits, lambda adu: np.rint(adu.clip(0, 42_000))])
def test_no_cosmic_ray_is_found_where_stars_are_cut_off(calibrated, store):
    raw = store(light(np.random.default_rng(12))).astype(np.uint16)
    full = raw == raw.max()
    rim = full.copy()
    for axis in (0, 1):
        rim |= np.roll(rim, 1, axis) | np.roll(rim, -1, axis)

    def struck(**settings):
        cosmics = Cosmics(objlim=5.0)
        image = calibrated(raw, cosmics=cosmics, egain=1.0, read_noise=3.0, **settings)
        stopped = "no cosmic ray was repaired" in str(image.header.get("PWWARN", ""))
        return stopped or np.any((image.mask & COSMIC != 0) & rim)

    assert not struck()
    assert struck(saturation=1e7)  # as it was where the level was not known


def test_whole_numbers_say_their_own_level(calibrated):
    raw = np.rint(light(np.random.default_rng(5)).clip(0, 42_000)).astype(np.uint16)
    plain = calibrated(raw).header["SATURATE"]
    whole = calibrated(raw, output_type="raw", pedestal=250.0)
    assert whole.header["SATURATE"] == pytest.approx(plain + 250)


def test_a_light_in_which_nothing_is_full_says_the_end_of_its_numbers(calibrated):
    image = calibrated(twelve_bits(light(np.random.default_rng(6), brightest=9000)), bare=True)
    assert not image.mask.any()
    assert image.header["SATURATE"] == 65_520
    assert image.header.comments["SATURATE"] == "[adu] the highest number there can be"


def test_a_light_is_the_same_whatever_batch_it_is_in(tmp_path):
    rng = np.random.default_rng(7)
    for name, brightest in (("full", 4e5), ("dim", 9000)):
        pixels = np.rint(light(rng, brightest=brightest).clip(0, 42_000)).astype(np.uint16)
        fits.writeto(tmp_path / f"{name}.fits", pixels)
    for batch in (["dim"], ["full", "dim"], ["dim", "full"]):
        lights = [light_order(tmp_path / f"{x}.fits", tmp_path / f"out_{x}.fits") for x in batch]
        calibrate_frames(calibration_order(lights))
        assert fits.getheader(tmp_path / "out_dim.fits")["SATURATE"] == 65_535


# -- gain and read noise ---------------------------------------------------------------------------


def test_what_a_user_says_of_gain_and_read_noise_is_used_and_told(calibrated):
    cards = [("EGAIN", 0.25), ("E-GAIN", 0.25), ("RDNOISE", 9.0), ("READNOIS", 9.0), ("GAIN", 120)]
    raw = twelve_bits(light(np.random.default_rng(8)))
    header = calibrated(raw, cards, egain=0.5, read_noise=3.0).header
    assert (header["EGAIN"], header["RDNOISE"], header["GAIN"]) == (0.5, 3.0, 120)
    assert "E-GAIN" not in header and "READNOIS" not in header
    electrons = calibrated(raw, cards, egain=0.5, units="electron").header
    assert (electrons["EGAIN"], electrons["RAWEGAIN"]) == (1.0, 0.5)
    assert electrons["RDNOISE"] == 9.0


def test_where_gain_is_electrons_per_adu_it_agrees_with_egain(calibrated):
    raw = twelve_bits(light(np.random.default_rng(9)))
    adu = calibrated(raw, [("GAIN", 1.5)], gain_is_egain=True).header
    assert (adu["GAIN"], adu["EGAIN"]) == (1.5, 1.5)
    electrons = calibrated(raw, [("GAIN", 1.5)], gain_is_egain=True, units="electron").header
    assert (electrons["GAIN"], electrons["EGAIN"], electrons["RAWEGAIN"]) == (1.0, 1.0, 1.5)


def test_what_nothing_tells_is_not_said(calibrated):
    header = calibrated(twelve_bits(light(np.random.default_rng(10)))).header
    assert "EGAIN" not in header and "RDNOISE" not in header


# -- masters ---------------------------------------------------------------------------------------


@pytest.fixture
def master(tmp_path):
    """A function that combines frames and returns the header of the master."""

    def run(kind, frames, cards=(), taken=NOTHING, **options):
        orders = []
        for number, pixels in enumerate(frames):
            path = tmp_path / f"{kind}_{number}.fits"
            fits.writeto(path, pixels, fits.Header(list(cards)), overwrite=True)
            orders.append(frame_order(path, subtraction=taken))
        flat = replace(FLAT, levelling=LEVELLING) if kind == "flat" else None
        order = master_order(kind, orders, flat=flat, min_frames=3, **options)
        make_master(order, str(tmp_path / "master.fits"))
        return fits.getheader(tmp_path / "master.fits")

    return run


def drawn(level, count=4, store=twelve_bits):
    rng = np.random.default_rng(11)
    scene = np.full(SHAPE, level) * shade()
    return [store(scene + rng.normal(0, np.sqrt(level), SHAPE)) for _ in range(count)]


def test_masters_say_the_level_in_their_own_numbers(master, tmp_path):
    assert master("bias", drawn(300.0))["SATURATE"] == 65_520
    bias = np.full(SHAPE, 300.0, np.float32)
    fits.writeto(tmp_path / "given.fits", bias, fits.Header([("PWMEDIAN", 300.0)]))
    taken = Subtraction(bias=str(tmp_path / "given.fits"))
    assert master("dark", drawn(900.0), taken=taken)["SATURATE"] == 65_220
    flat = master("flat", drawn(22_000.0), taken=taken)
    expected = 65_220 * flat["PWMEDIAN"] / flat["LEVELMAX"]
    assert flat["SATURATE"] == pytest.approx(expected, rel=1e-3)


def test_what_a_user_says_of_saturation_stands_in_masters(master):
    header = master("dark", drawn(900.0), screening=Screening(saturation=50_000.0))
    assert header["SATURATE"] == 50_000
    assert header.comments["SATURATE"] == "[ADU] by calibrate.saturation"


@pytest.mark.parametrize("level", [4095, 16_383, 38_000])
def test_flats_that_are_full_in_part_are_left_out_without_a_word_of_the_header(master, level):
    good = drawn(0.55 * level, 5, store=lambda adu: np.rint(adu).astype(np.uint16))
    full = drawn(0.93 * level, 1, store=lambda adu: np.rint(adu.clip(0, level)).astype(np.uint16))
    header = master("flat", good + full, screening=Screening())
    assert header["NCOMBINE"] == 5
