"""Levels of what can only be lowered."""

import numpy as np
import pytest

from plateworks.quality.robust import upper_level


@pytest.mark.parametrize("count", [5, 8, 40])
def test_the_best_of_values_of_a_known_error_are_no_better_than_they_are(count):
    drawn = np.random.default_rng(2).normal(1.0, 0.1, (400, count))
    assert np.mean([upper_level(some, 0.1) for some in drawn]) == pytest.approx(1.0, abs=0.02)
    assert np.mean([upper_level(some) for some in drawn]) > 1.05


def test_of_one_value_it_is_the_level():
    assert upper_level(np.array([2.0, np.nan]), 0.1) == 2.0
    assert np.isnan(upper_level(np.array([np.nan])))
