"""A figure beside those of former masters: limits, steps, and a new usual."""

import numpy as np
import pytest

from plateworks.quality.former import RUN, Former, Way

LEVEL = Way(scatter=2.0, alarm=4e-3, below=True, run_alarm=1e-3)


def followed(values, way=LEVEL):
    former = Former()
    return former, [former.next(float(value), way) for value in values]


def normal(count, seed=1, mean=500.0, sigma=0.5):
    return np.random.default_rng(seed).normal(mean, sigma, count)


def test_few_good_ones_are_called_off():
    found = [one for seed in range(12) for one in followed(normal(100, seed))[1]]
    assert np.mean([one.beyond for one in found]) < 0.008


@pytest.mark.parametrize("sign", [1, -1])
def test_what_lies_3_sigma_off_its_history_is_seen(sign):
    values = normal(100)
    former, _ = followed(values)
    apart = 3 * np.sqrt(np.mean((values - np.median(values)) ** 2))
    assert former.next(np.median(values) + sign * apart, LEVEL).beyond


def test_few_former_ones_leave_room():
    former, _ = followed(normal(3))
    assert not former.next(503.0, LEVEL).beyond
    assert former.next(600.0, LEVEL).beyond


def test_the_first_of_all_is_compared_with_nothing():
    assert not followed([500.0])[1][0].beyond
    _, [one] = followed([0.03], Way(0.003, 1e-4, first=0.02))
    assert one.beyond and one.usual == 0


def test_a_small_step_shows_as_the_mean_of_several():
    former, _ = followed(normal(100, sigma=0.5))
    found = [former.next(501.2, LEVEL) for _ in range(RUN)]  # 2.4 sigma
    assert not found[0].beyond
    assert found[-1].beyond and found[-1].run == RUN


def test_a_step_that_holds_is_the_new_usual():
    former, _ = followed(normal(30))
    found = [former.next(value, LEVEL) for value in normal(8, seed=2, mean=520.0)]
    assert all(one.beyond for one in found[:5])
    assert not any(one.beyond for one in found[5:])


def test_single_strange_ones_are_no_example():
    values = normal(60)
    values[::10] += 50
    former, found = followed(values)
    assert [one.beyond for one in found[20::10]] == [True] * 4
    assert former.next(510.0, LEVEL).beyond


def test_less_noise_is_no_fault():
    way = Way(0.05, 1e-3, worth=0.03)
    former, _ = followed(np.zeros(40), way)
    assert former.next(0.05, way).beyond
    assert not former.next(-0.5, way).beyond


def test_what_is_not_known_says_nothing():
    former, _ = followed(normal(10))
    assert not former.next(float("nan"), LEVEL).beyond
    assert former.next(500.0, LEVEL).former == 10
