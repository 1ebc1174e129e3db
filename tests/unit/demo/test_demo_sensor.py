"""The physics put into the frames comes out of them again."""

from dataclasses import replace

import numpy as np
import pytest

from plateworks.demo.sensor import Sensor, collect, digitise, draw_maps

SENSOR = Sensor(width=200, height=150)
MAPS = draw_maps(SENSOR, np.random.default_rng(1))
PIXELS = SENSOR.width * SENSOR.height


def expose(sensor, maps, *exposure):
    return digitise(sensor, maps.bias, collect(sensor, maps, *exposure))


def take(count, seconds=0.0, temperature=-10.0, light=None, sensor=SENSOR, seed=2):
    rng = np.random.default_rng(seed)
    frames = [expose(sensor, MAPS, seconds, temperature, rng, light) for _ in range(count)]
    return np.array(frames, dtype=float)


def test_biases_show_the_level_and_the_fixed_pattern():
    mean = take(50).mean(axis=0)
    error = SENSOR.read_noise / SENSOR.egain / 50**0.5
    assert mean.mean() == pytest.approx(SENSOR.bias_level, abs=1.0)
    assert np.std(mean - MAPS.bias) == pytest.approx(error, rel=0.05)
    columns = mean.mean(axis=0) - mean.mean()
    assert np.std(columns) == pytest.approx(SENSOR.bias_columns, rel=0.15)


def test_the_difference_of_two_biases_gives_the_read_noise():
    first, second = take(2)
    noise = np.std(first - second) / 2**0.5 * SENSOR.egain
    quantised = np.hypot(SENSOR.read_noise, SENSOR.egain / 12**0.5)
    assert noise == pytest.approx(quantised, rel=5 / PIXELS**0.5)


def test_the_dark_current_doubles_every_six_degrees():
    seconds = 300.0
    means = [
        np.median(take(20, seconds, t) - take(20, seed=3), axis=(1, 2)).mean()
        for t in (-10.0, -4.0, 2.0)
    ]
    assert means[1] / means[0] == pytest.approx(2, rel=0.05)
    assert means[2] / means[0] == pytest.approx(4, rel=0.05)


def test_the_dark_current_is_proportional_to_the_exposure_and_equals_the_map():
    rate = (take(40, 100.0) - MAPS.bias).mean(axis=0) * SENSOR.egain / 100
    error = np.sqrt(MAPS.dark_rate * 100 + SENSOR.read_noise**2) / 100 / 40**0.5
    inside = 100 * MAPS.dark_rate < 0.8 * SENSOR.full_well
    pull = ((rate - MAPS.dark_rate) / error)[inside]
    assert abs(pull.mean()) < 0.05
    assert np.std(pull) == pytest.approx(1, abs=0.05)


def test_photon_transfer_gives_the_gain_back():
    """Variance of differences against the mean signal: its slope is 1 / EGAIN (Janesick 2007)."""
    means, variances = [], []
    for electrons in (0, 5, 200, 1000, 5000, 10_000):
        light = np.full(SENSOR.shape, electrons, np.float32)
        first, second = take(2, light=light)
        means.append((first + second).mean() / 2 - SENSOR.bias_level)
        variances.append(np.var(first - second) / 2)
    slope, intercept = np.polyfit(means, variances, 1, w=1 / np.array(variances))
    assert 1 / slope == pytest.approx(SENSOR.egain, rel=0.02)
    assert intercept**0.5 * SENSOR.egain == pytest.approx(SENSOR.read_noise, rel=0.02)


def test_faint_light_follows_poissons_law_and_not_a_normal_one():
    light = np.full(SENSOR.shape, 2.0, np.float32)
    quiet = replace(SENSOR, read_noise=0.0, egain=1.0)
    maps = replace(MAPS, bias=np.zeros_like(MAPS.bias), dark_rate=np.zeros_like(MAPS.dark_rate))
    values = expose(quiet, maps, 0.0, -10.0, np.random.default_rng(4), light)
    shares = np.bincount(values.ravel(), minlength=3)[:3] / PIXELS
    assert shares == pytest.approx(np.exp(-2) * np.array([1, 2, 2]), abs=0.01)


def test_a_bright_pixel_stops_at_the_top_of_the_converter():
    light = np.full(SENSOR.shape, 1e6, np.float32)
    assert (take(1, light=light) == SENSOR.saturation).all()
    assert SENSOR.saturation == 65535


def test_a_small_well_stops_the_pixel_before_the_converter():
    sensor = replace(SENSOR, full_well=5000.0, read_noise=0.0)
    light = np.full(SENSOR.shape, 1e6, np.float32)
    assert take(1, light=light, sensor=sensor).mean() == pytest.approx(sensor.saturation, abs=1)


def test_a_converter_of_12_bits_writes_multiples_of_16():
    values = take(1, sensor=replace(SENSOR, adc_bits=12))
    assert (values % 16 == 0).all()
    assert len(np.unique(values)) > 1


def test_the_listed_hot_pixels_are_the_hottest_and_sorted():
    x, y = MAPS.hot.T
    rates = MAPS.dark_rate[y, x]
    assert len(MAPS.hot) == round(SENSOR.hot_fraction * PIXELS)
    assert (np.diff(rates) <= SENSOR.glow).all()  # the glow lies on top of the drawn rates
    others = MAPS.dark_rate.copy()
    others[y, x] = 0
    assert others.max() < SENSOR.glow + 5 * SENSOR.dark_current


def test_the_rates_of_hot_pixels_are_log_uniform():
    maps = draw_maps(replace(SENSOR, hot_fraction=0.05, glow=0.0), np.random.default_rng(5))
    x, y = maps.hot.T
    low, high = np.log(SENSOR.hot_rates)
    place = (np.log(maps.dark_rate[y, x]) - low) / (high - low)
    quartiles = np.percentile(place, [25, 50, 75])
    assert quartiles == pytest.approx([0.25, 0.5, 0.75], abs=0.06)
