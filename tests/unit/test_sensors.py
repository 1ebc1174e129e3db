"""The simulated sensor keeps its word: what its frames show is what it was told."""

import numpy as np
import pytest

from plateworks.metadata.normalise import read_frame
from sensorfiles import write_frames
from sensors import Sensor


def test_the_same_words_give_the_same_frames_and_another_take_other_ones():
    sensor = Sensor(width=64, height=48)
    assert np.array_equal(sensor.bias(2), Sensor(width=64, height=48).bias(2))
    assert not np.array_equal(sensor.bias(2), sensor.bias(2, take=1))
    assert sensor.bias(2).shape == (2, 48, 64)


@pytest.mark.parametrize("egain", [0.3, 2.0])
def test_noise_and_gain_are_those_of_photon_transfer(egain):
    sensor = Sensor(egain=egain, read_noise=6.0, full_well=1e5, prnu=0.0, vignetting=0.0)
    one, other = sensor.bias(2).astype(float)
    assert np.std(one - other) / 2**0.5 == pytest.approx(np.hypot(sensor.noise, 12**-0.5), rel=0.01)
    one, other = sensor.flat(8000, 2).astype(float)
    shot = np.var(one - other) / 2 - sensor.noise**2 - 1 / 12
    assert np.mean(one - sensor.maps.bias) / shot == pytest.approx(egain, rel=0.02)


def test_dark_current_doubles_where_it_is_told_to():
    sensor = Sensor(dark_rate=2.0, doubling=5.0, hot=30)
    cold, warm = (sensor.dark_electrons(60, t) for t in (-10, -5))
    assert warm == pytest.approx(2 * cold)
    found = sensor.dark(60, -5, 8).mean(axis=0) - sensor.maps.bias
    assert np.mean(found) * sensor.egain == pytest.approx(np.mean(warm), rel=0.01)
    assert cold[sensor.maps.hot].min() > 60 * 0.5


def test_glow_that_does_not_scale_grows_by_its_power():
    sensor = Sensor(glow=10.0, glow_power=0.5, dark_rate=0.0)
    once, later = sensor.dark_electrons(100), sensor.dark_electrons(400)
    assert later.max() == pytest.approx(2 * once.max())


def test_flickering_pixels_have_two_levels():
    sensor = Sensor(flickering=200, flicker_steps=(200, 300), flicker_duty=(0.3, 0.7))
    stack = sensor.bias(40).astype(float)
    up = stack - sensor.maps.bias > 100 / sensor.egain
    share = up.mean(axis=0)
    assert np.all(share[sensor.maps.flickering] > 0)
    assert np.all(share[~sensor.maps.flickering] == 0)
    assert share[sensor.maps.flickering].mean() == pytest.approx(0.5, abs=0.05)


def test_columns_have_gains_and_noises_of_their_own():
    sensor = Sensor(column_gain=0.05, prnu=0.0, vignetting=0.0, column_noise=20.0)
    flat = sensor.flat(10_000, 20).mean(axis=0) - sensor.maps.bias
    assert np.corrcoef(flat.mean(axis=0), sensor.maps.column_gain)[0, 1] > 0.99
    columns = sensor.bias(200).mean(axis=1, dtype=float)
    found = np.std(columns - columns.mean(axis=0))
    assert found == pytest.approx(20 / sensor.egain, rel=0.1)


def test_a_full_well_spills_along_its_column_and_loses_nothing():
    sensor = Sensor(width=64, height=64, bleeding=True, full_well=20_000, vignetting=0.0)
    stars = [(30.0, 31.0, 5e5)]
    frame = (sensor.light(stars, 0.0, 1.0)[0] - sensor.maps.bias) * sensor.egain
    full = frame > 0.95 * sensor.full_well
    columns = full.any(axis=0)
    assert np.ptp(np.flatnonzero(full.any(axis=1))) > 2 * np.ptp(np.flatnonzero(columns))
    assert frame.sum() == pytest.approx(5e5, rel=0.01)


def test_what_is_dead_cold_or_not_linear_lacks_light():
    sensor = Sensor(dead=10, cold=10, dead_columns=2, nonlinearity=0.05, vignetting=0.0)
    flat = (sensor.flat(15_000, 10).mean(axis=0) - sensor.maps.bias) * sensor.egain
    ordinary = 15_000 * (1 - 0.05 / 2)
    assert np.median(flat) == pytest.approx(ordinary, rel=0.005)
    assert np.median(flat[sensor.maps.cold]) == pytest.approx(7500 * (1 - 0.05 / 4), rel=0.02)
    assert np.all(flat[sensor.maps.dead] < 2000)
    assert np.all(flat[:, sensor.maps.dead_columns] < 2000)


def test_the_converter_counts_in_steps_up_to_its_top():
    sensor = Sensor(bits=16, step=4, full_well=1e6)
    frame = sensor.flat(1e5)[0]
    assert sensor.top == 65_532 and frame.max() == sensor.top
    assert not np.any(sensor.bias() % 4)


def test_files_say_what_the_sensor_is(tmp_path):
    sensor = Sensor(bayer="RGGB", width=32, height=24)
    [path] = write_frames(tmp_path, sensor, "FLAT", sensor.flat(9000), exposure=2.0, filter="L")
    frame = read_frame(path)
    assert (frame.kind, frame.exposure, frame.egain, frame.bayer) == ("flat", 2.0, 0.5, "RGGB")
    [path] = write_frames(tmp_path, sensor, "BIAS", sensor.bias(), egain=None)
    assert read_frame(path).egain is None
