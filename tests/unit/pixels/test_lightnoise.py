"""Deviations of lights, counted block by block, against the formula pixel by pixel."""

import numpy as np
import pytest

from plateworks.pixels.blocks import Pixels, carry_out
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.lightnoise import counting, light_noise
from plateworks.pixels.noisefloor import floor_of
from plateworks.pixels.scaled import STORED, Scaled
from plateworks.pixels.variance import (
    Camera,
    DarkSignal,
    Divisor,
    Ordinary,
    Spread,
    Taken,
)

SHAPE, EGAIN, FULL = (90, 3000), 0.5, 60_000.0
CAMERA = Camera(EGAIN, 3.0, 4.0)
RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def dark():
    pixels = RNG.normal(20, 1, SHAPE).astype(np.float32)
    pixels[::7, ::11] += RNG.exponential(1000, pixels[::7, ::11].shape).astype(np.float32)
    return pixels


@pytest.fixture(scope="module")
def factors():
    pixels = RNG.uniform(0.8, 3, SHAPE).astype(np.float32)
    pixels[5, 9] = np.nan
    return pixels


def reckoned(light, dark, signal, spread, divisor, rounding):
    """The variance by the formula of docs/errors.md, float64."""
    f = np.asarray(divisor.factors, np.float64) * divisor.scale
    above = np.where(dark - signal.usual.level > signal.usual.limit, dark - signal.usual.level, 0.0)
    charge = signal.charge + above
    masters = spread.variance + spread.growth * above
    if spread.each is not None:
        masters = spread.each.astype(float) ** 2
    of_flat = divisor.variance * np.asarray(divisor.factors, np.float64)
    if divisor.each is not None:
        of_flat = divisor.each.astype(float)
    floor = CAMERA.dark_variance + signal.k * charge / EGAIN + signal.k**2 * masters
    floor += (signal.k_error * charge) ** 2
    return f**2 * floor + f * light / EGAIN + light.astype(float) ** 2 * of_flat + rounding


@pytest.mark.parametrize("flat", ["none", "one noise", "noise of each pixel"])
@pytest.mark.parametrize("each", [False, True])
def test_deviations_are_those_of_the_formula(dark, factors, flat, each):
    divisor = Divisor()
    if flat != "none":
        of_each = np.square(RNG.uniform(0.002, 0.02, SHAPE)).astype(np.float32)
        divisor = Divisor(factors, 1.5, 1e-5, None if flat == "one noise" else of_each)
    usual = Ordinary(20.0, 8.0)
    own = RNG.uniform(0.5, 4, SHAPE).astype(np.float32) if each else None
    spread = Spread(2.0, usual, 0.1, own)
    signal = DarkSignal(dark, 0.5, 0.01, usual, 12.0)
    light = RNG.uniform(200, FULL, SHAPE).astype(np.float32) * divisor.factors
    expected = reckoned(light, dark, signal, spread, divisor, 1 / 12)
    floor = floor_of(SHAPE, CAMERA, signal, [Taken(dark, 0.5, spread)], divisor, 1 / 12)
    noise = light_noise(floor, divisor, EGAIN, FULL, cell=MONO)
    sigma = Scaled(np.empty(SHAPE, STORED), noise.step)

    def filled(pixels):
        pixels.image[...] = pixels.raw

    carry_out([filled, counting(noise, sigma.counts)], light, np.empty_like(light))
    np.testing.assert_allclose(sigma[...], np.sqrt(expected), rtol=1e-5, atol=0.51 * noise.step)


def test_the_brightest_pixel_that_can_be_is_counted(factors):
    light = np.full(SHAPE, FULL, np.float32) * factors
    floor = floor_of(SHAPE, CAMERA, None, [], Divisor(factors, 1.0, 1e-3))
    noise = light_noise(floor, Divisor(factors, 1.0, 1e-3), EGAIN, FULL, cell=MONO)
    counts = np.empty(SHAPE, STORED)
    counting(noise, counts)(Pixels(slice(0, SHAPE[0]), light, light, None))
    sigma = Scaled(counts, noise.step)[...]
    brightest = np.unravel_index(np.nanargmax(light), SHAPE)
    assert sigma[brightest] == np.nanmax(sigma) > 0.99 * 65534 * noise.step


def test_a_thousand_times_the_least_deviation_can_be_told_however_little_light_there_may_be():
    floor = floor_of(SHAPE, Camera(50.0, 3.0), None, [], Divisor())
    noise = light_noise(floor, Divisor(), 50.0, 100.0, cell=MONO)
    assert 65534 * noise.step == pytest.approx(1000 * 3 / 50)


def test_a_frame_without_light_has_the_noise_of_its_floor(factors):
    floor = floor_of(SHAPE, CAMERA, None, [], Divisor())
    least = floor.least
    noise = light_noise(floor, Divisor(), EGAIN, FULL, cell=MOSAIC)
    counts, light = np.empty(SHAPE, STORED), np.full(SHAPE, -200, np.float32)
    counting(noise, counts)(Pixels(slice(0, SHAPE[0]), light, light, None))
    sigma = Scaled(counts, noise.step)[...]
    assert np.allclose(sigma**2, 0.25 * least, rtol=0.05)  # no more is taken off


def test_single_pixels_are_refused():
    noise = light_noise(
        floor_of(SHAPE, CAMERA, None, [], Divisor()), Divisor(), 1.0, FULL, cell=MONO
    )
    one = np.zeros(1, np.float32)
    place = np.zeros(1, np.int64), np.zeros(1, np.int64)
    with pytest.raises(TypeError, match="whole rows"):
        counting(noise, np.empty(SHAPE, STORED))(Pixels(place, one, one, None))
