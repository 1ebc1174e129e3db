"""Gain and read noise by pairs of frames, held against the truth of a simulated sensor."""

import numpy as np
import pytest

from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.masternoise import noise_of_frame, scatter_of
from plateworks.pixels.photontransfer import LevelFlat, Measured, gain_of
from sensors import Sensor

DRIFT = [1.0, 0.9, 0.8, 0.7]


def prepared(sensor, flats, bias, full=np.inf):
    """Return flats as they come to be measured."""
    found = []
    for flat in flats:
        light = (flat - bias).astype(np.float32)
        levels = level(light, cell=MOSAIC if sensor.bayer else MONO)
        found.append(LevelFlat(scale_rows(light, 1 / levels), levels, full))
    return found


def measured(sensor, count=4, adu=20_000, **flats):
    bias = sensor.bias(count)
    dark = noise_of_frame(scatter_of(list(bias)))
    lit = sensor.flat(adu * sensor.egain, count, **flats)
    return gain_of(prepared(sensor, lit, bias.mean(axis=0)), dark, sensor.step), dark


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize("read_noise", [1.0, 15.0])
@pytest.mark.parametrize("egain", [0.2, 1.0, 5.0])
def test_gain_and_read_noise_are_those_of_the_sensor(egain, read_noise, bayer):
    sensor = Sensor(egain=egain, read_noise=read_noise, full_well=5e5, bayer=bayer)
    gain, dark = measured(sensor)
    assert gain.value == pytest.approx(egain, rel=0.01)
    assert dark.value == pytest.approx(sensor.noise, rel=0.02)
    assert gain.error < 0.005 * egain and dark.error < 0.01 * sensor.noise


@pytest.mark.parametrize("stars", [0, 15])
@pytest.mark.parametrize("faults", [{}, {"hot": 300, "flickering": 300, "dead": 30, "cold": 30}])
def test_drifting_lamps_stars_and_bad_pixels_change_nothing(faults, stars):
    sensor = Sensor(egain=1.0, full_well=5e5, bayer="GBRG", **faults)
    gain, dark = measured(sensor, lamp=DRIFT, stars=stars)
    assert gain.value == pytest.approx(1.0, rel=0.01)
    assert dark.value == pytest.approx(sensor.noise, rel=0.02)


def test_a_converter_that_counts_in_steps_is_allowed_for():
    sensor = Sensor(egain=0.25, read_noise=1.5, step=16)
    gain, dark = measured(sensor)
    assert gain.value == pytest.approx(0.25, rel=0.01)
    assert dark.value == pytest.approx(sensor.noise, rel=0.02)


def test_light_that_flickers_from_row_to_row_is_no_noise():
    sensor = Sensor(egain=1.0, full_well=5e5, prnu=0.0)
    bias = sensor.bias(4)
    rows = 1 + 0.02 * np.random.default_rng(3).standard_normal((4, sensor.height, 1))
    exposed = [sensor.sky_electrons(20_000) * some for some in rows]
    flats = prepared(sensor, sensor.read(exposed, "flicker"), bias.mean(axis=0))
    gain = gain_of(flats, Measured(sensor.noise, 0.01), 1.0)
    assert gain.value == pytest.approx(1.0, rel=0.012)


def test_errors_are_as_large_as_the_values_scatter():
    found = [measured(Sensor(seed=seed, width=96, height=96), 2)[0] for seed in range(40)]
    pulls = [(one.value - 0.5) / one.error for one in found]
    assert 0.7 < np.std(pulls) < 1.3 and abs(np.mean(pulls)) < 0.5


def test_what_cannot_be_known_is_not_said():
    sensor, dark = Sensor(egain=0.2, read_noise=15.0), Measured(75.0, 0.2)
    bias = np.full(sensor.shape, 500.0)
    faint = prepared(sensor, sensor.flat(20, 2), bias)
    assert "hardly shows" in gain_of(faint, dark, 1.0) or "not above" in gain_of(faint, dark, 1.0)
    assert "one flat" in gain_of(faint[:1], dark, 1.0)
    full = prepared(sensor, sensor.flat(12_000, 2), bias, full=60_000)
    assert "saturated" in gain_of(full, dark, 1.0)
    small = Sensor(width=24, height=24)
    few = prepared(small, small.flat(9000, 2), np.full(small.shape, 500.0))
    assert isinstance(gain_of(few, Measured(6.0, 0.1), 1.0), str)
