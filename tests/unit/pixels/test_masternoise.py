"""The noise of a master, from how its frames scatter."""

import numpy as np
import pytest

from plateworks.pixels.combine import combine
from plateworks.pixels.masternoise import noise_of_master, scatter_of

SHAPE = (160, 200)
LEVEL = 4000.0


def drawn(sigma, count, seed, *, step=4.0, pattern=0.8, place=0.3):
    """Draw frames of one pattern, and others of it: two (N, H, W) arrays."""
    draw = np.random.default_rng(seed)
    level = LEVEL + step * (place + pattern * draw.standard_normal(SHAPE))
    sets = (level + sigma * step * draw.standard_normal((count, *SHAPE)) for _ in range(2))
    if step:
        return tuple((np.rint(one / step) * step).astype(np.uint16) for one in sets)
    return tuple(one.astype(np.float32) for one in sets)


def stated_and_true(first, second, method, **options):
    def combined(values):
        return combine(values, method, **options).value

    stated = noise_of_master(scatter_of(list(first)), combined, LEVEL)
    difference = combined(first).astype(float) - combined(second)
    return stated, np.std(difference) / 2**0.5


@pytest.mark.parametrize("method", ["median", "minmax", "winsorized", "sigma_clip"])
@pytest.mark.parametrize("sigma", [0.3, 0.7, 1.1, 30.0])
@pytest.mark.parametrize("count", [3, 8, 15])
def test_it_is_right_within_3_percent_whatever_the_steps(method, sigma, count):
    stated, true = stated_and_true(*drawn(sigma, count, 1), method, quantum=4.0)
    assert stated == pytest.approx(true, rel=0.03)


@pytest.mark.parametrize("place", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("count", [3, 6])
def test_so_it_is_where_all_pixels_have_one_level_between_two_steps(place, count):
    for method in ("median", "minmax") if count == 3 else ("minmax",):
        sets = drawn(0.35, count, 2, pattern=0.0, place=place)
        stated, true = stated_and_true(*sets, method, quantum=4.0)
        assert stated == pytest.approx(true, rel=0.03)


def test_the_mean_of_frames_needs_no_drawing():
    first, second = drawn(0.4, 5, 3)
    true = np.std(first.mean(axis=0) - second.mean(axis=0)) / 2**0.5
    assert noise_of_master(scatter_of(list(first)), None, LEVEL) == pytest.approx(true, rel=0.02)


def test_fractions_have_no_steps():
    first, _ = drawn(0.0, 4, 4, step=0.0)
    first = first + np.random.default_rng(1).normal(0, 2.5, first.shape).astype(np.float32)
    scatter = scatter_of(list(first))
    assert not scatter.steps.any()
    assert scatter.of_mean == pytest.approx(2.5 / 2, rel=0.02)


def test_hot_pixels_and_struck_ones_are_not_ordinary():
    first, _ = drawn(3.0, 5, 5)
    draw = np.random.default_rng(6)
    first = first.astype(np.float64)
    first += np.where(draw.random(SHAPE) < 0.01, 900.0, 0.0) * draw.standard_normal(first.shape)
    first += np.where(draw.random(first.shape) < 1e-3, 5000.0, 0.0)
    scatter = scatter_of(list(np.rint(first)))
    assert scatter.variance**0.5 == pytest.approx(12.0, rel=0.02)


def test_what_frames_lie_above_others_is_no_noise_of_a_pixel_but_shows_in_the_halves():
    first, _ = drawn(3.0, 6, 7)
    plain = scatter_of(list(first))
    assert plain.halves == pytest.approx(plain.of_mean, rel=0.03)
    moved = first.astype(np.float64)
    moved[3] += 40
    scatter = scatter_of(list(moved))
    assert scatter.of_mean == pytest.approx(plain.of_mean, rel=1e-3)
    assert scatter.offsets[3] - scatter.offsets[2] == pytest.approx(40, abs=0.5)
    assert scatter.halves > 1.3 * scatter.of_mean


def test_frames_of_their_own_noise_are_told_apart():
    first, _ = drawn(3.0, 5, 8, step=0.0)
    draw = np.random.default_rng(9)
    sigmas = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    first = first + sigmas[:, None, None] * draw.standard_normal(first.shape)
    assert np.sqrt(scatter_of(list(first)).of_frames) == pytest.approx(sigmas, rel=0.03)


def test_equal_frames_have_no_scatter_and_frames_without_a_common_pixel_none_that_is_known():
    first, _ = drawn(3.0, 1, 10)
    assert scatter_of([first[0]] * 3).variance == 0
    assert scatter_of([first[0]] * 3).halves == 0
    assert scatter_of([np.full(SHAPE, np.nan, np.float32)] * 2) is None
