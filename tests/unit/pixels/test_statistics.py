"""Robust statistics of one array."""

import statistics

import numpy as np
import pytest

from plateworks.pixels.statistics import (
    finite,
    median,
    medians_of_rows,
    quantum,
    robust_sigma,
    value_of_rank,
)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("size", [1, 2, 5, 100, 1001])
def test_the_median_is_exact(dtype, size):
    values = np.random.default_rng(size).integers(0, 255, size).astype(dtype)
    assert median(values) == statistics.median(values.astype(float).tolist())
    assert median(values[::-1].reshape(-1, 1)) == median(values)


def large(kind, dtype="float32", size=91_126):
    """Frames that a sample shows well, badly and not at all."""
    rng = np.random.default_rng(1)
    sawtooth = np.arange(size) % 45  # the sample takes every 45th value
    return {
        "noise": rng.normal(500, 30, size),
        "whole": np.rint(rng.normal(500, 3, size)),
        "equal": np.full(size, 7),
        "two": np.where(np.arange(size) < size // 2, 3, 200),
        "sawtooth": sawtooth + rng.random(size),
        "sorted": np.sort(rng.exponential(50, size)),
    }[kind].astype(dtype)


@pytest.mark.parametrize("dtype", ["uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("kind", ["noise", "whole", "equal", "two", "sawtooth", "sorted"])
def test_the_ranks_of_a_large_array_are_exact(kind, dtype):
    for values in (large(kind, dtype), large(kind, dtype)[1:]):
        ranked = np.sort(values)
        middle = float(ranked[(values.size - 1) // 2]) / 2 + float(ranked[values.size // 2]) / 2
        assert median(values) == middle
        for rank in (0, 1, values.size // 3, values.size - 50, values.size - 1):
            assert value_of_rank(values, rank) == ranked[rank]


def test_infinite_values_have_the_highest_ranks():
    values = large("noise")
    values[::1000] = np.inf
    assert value_of_rank(values, values.size - 1) == np.inf
    assert value_of_rank(values, values.size - 102) < np.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 2, 255, 256, 257, 300, 512, 1024, 1025, 3000])
def test_the_medians_of_rows_are_those_of_numpy_to_the_last_bit(columns, dtype):
    rng = np.random.default_rng(columns)
    rows = np.stack(
        [
            rng.normal(500, 3, columns),
            np.rint(rng.normal(500, 1, columns)),
            np.arange(columns),  # no piece is like another
            np.full(columns, 3),
            np.where(np.arange(columns) % 2, 1, 900),
            np.full(columns, np.nan),
            *rng.normal(0, 1, (40, columns)),
        ]
    ).astype(dtype)
    for row, value in enumerate((np.nan, np.inf, -np.inf), 6):
        rows[row, rng.integers(columns, size=columns // 2)] = value
    want = np.array([np.median(one[np.isfinite(one)]) for one in rows[:5]], dtype)
    found = medians_of_rows(rows)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[:5], want)
    assert np.isnan(found[5])
    for one, value in zip(rows[6:], found[6:], strict=True):
        some = one[np.isfinite(one)]
        assert value == np.median(some) if some.size else np.isnan(value)


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
