"""Robust statistics of one array."""

import statistics

import numpy as np
import pytest

from plateworks.pixels.statistics import finite, median, quantum, robust_sigma


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("size", [1, 2, 5, 100, 1001])
def test_the_median_is_exact(dtype, size):
    values = np.random.default_rng(size).integers(0, 255, size).astype(dtype)
    assert median(values) == statistics.median(values.astype(float).tolist())
    assert median(values[::-1].reshape(-1, 1)) == median(values)


def test_the_median_of_large_integers_does_not_overflow():
    assert median(np.array([65535, 65533], np.uint16)) == 65534
    assert median(np.array([-128, -126], np.int8)) == -127


def test_missing_values_take_no_part():
    values = np.array([[1.0, np.nan, 5.0], [np.inf, -np.inf, 4.0]], np.float32)
    assert sorted(finite(values)) == [1, 4, 5]
    assert median(values) == 4
    assert robust_sigma(values) == pytest.approx(1.4826)
    assert np.isnan(median(np.full(3, np.nan)))


def test_the_robust_sigma_finds_the_noise_among_outliers():
    values = np.random.default_rng(0).normal(100, 7, 100_000).astype(np.float32)
    values[:5000] = 60000
    assert robust_sigma(values) == pytest.approx(7, rel=0.08)
    assert robust_sigma(values, centre=100.0) == pytest.approx(7, rel=0.08)


def test_the_robust_sigma_is_not_zero_where_a_few_percent_differ():
    values = np.array([10] * 80 + [12] * 20, np.uint16)
    assert robust_sigma(values) == pytest.approx(2 / 2.576)
    values[:-1] = 10
    values[-1] = 60000
    assert robust_sigma(np.tile(values, 2)[1:-1]) == 0
    assert robust_sigma(np.full(5, 3.0)) == 0


@pytest.mark.parametrize("step", [1, 2, 4, 16])
def test_the_step_of_the_converter_shows_in_its_values(step):
    image = np.random.default_rng(step).integers(0, 4096, (50, 50)).astype(np.uint16)
    assert quantum(image * step) == step
    assert quantum(np.zeros((2, 2), np.int16)) == 1
