"""Rejection against a noise that is known: few frames suffice, and hot pixels keep their own."""

import numpy as np
import pytest

from plateworks.pixels.combine import combine
from plateworks.pixels.varianceclip import KnownNoise
from unit.pixels.reference_combine import combine_pixel


@pytest.mark.parametrize("level", [3.0, 60000.0, -1e7])
def test_a_known_noise_of_a_few_steps_of_single_precision_is_used_as_in_double(level):
    rng = np.random.default_rng(8)
    step = float(np.spacing(np.float32(abs(level))))
    stack = (level + step * rng.normal(0, 3, (7, 12, 17))).astype(np.float32)
    noise = KnownNoise(2 * step, level - step, step)
    got = combine(stack, "variance", noise=noise)
    columns = stack.reshape(7, -1).T
    want = [combine_pixel(column, "variance", quantum=0, noise=noise) for column in columns]
    assert (got.count < 7).any()
    np.testing.assert_array_equal(got.count.ravel(), [n for _, n in want])
    np.testing.assert_allclose(got.value.ravel(), [value for value, _ in want], rtol=1e-6)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_known_noise_leaves_clean_values_alone_and_finds_a_weak_cosmic_ray(n):
    clean = np.random.default_rng(n).normal(1000, 10, (n, 100, 100)).astype(np.float32)
    noise = KnownNoise(10.0, 1000.0)
    assert (combine(clean, "variance", noise=noise).count < n).mean() < 0.02
    hit = clean.copy()
    hit[n // 2] += 80
    found = combine(hit, "variance", noise=noise, tell_rejected=True).rejected[n // 2]
    assert found > 0.99 * hit[0].size
    by_scatter = combine(hit, "sigma_clip", tell_rejected=True).rejected[n // 2]
    assert found > by_scatter


def test_a_hot_pixel_keeps_what_its_own_shot_noise_lets_it_have():
    values = np.array([900.0, 1000.0, 1100.0]).reshape(3, 1, 1)
    cold = combine(values, "variance", noise=KnownNoise(5.0, 100.0))
    hot = combine(values, "variance", noise=KnownNoise(5.0, 100.0, 2.0))
    assert (cold.count.item(), hot.count.item()) == (1, 3)
