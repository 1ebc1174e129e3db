"""The running median, against scipy's."""

import itertools

import numpy as np
import pytest
from scipy.ndimage import median_filter

from plateworks.pixels import runningmedian
from plateworks.pixels.runningmedian import merging, running_median


@pytest.mark.parametrize("chunk", [1, 50, 32768])
@pytest.mark.parametrize("shape", [(7, 7), (7, 40), (40, 7), (8, 9), (37, 61)])
def test_every_median_is_that_of_scipy(shape, chunk, monkeypatch):
    monkeypatch.setattr(runningmedian, "CHUNK", chunk)
    rng = np.random.default_rng(shape[1])
    for image in (
        rng.normal(0, 1, shape).astype(np.float32),
        rng.integers(0, 4, shape).astype(np.uint16),
        rng.standard_cauchy(shape),
    ):
        found = running_median(image)
        assert found.dtype == image.dtype
        np.testing.assert_array_equal(found, median_filter(image, 7)[3:-3, 3:-3])


@pytest.mark.parametrize("m, n", [(1, 1), (2, 5), (7, 7), (14, 7), (14, 14)])
def test_two_sorted_lists_are_merged_whatever_they_hold(m, n):
    def merged(ranks):
        comparators, order = merging(m, n, ranks)
        # By the zero-one principle, what merges zeros and ones merges everything.
        for a, b in itertools.product(range(m + 1), range(n + 1)):
            row = [0] * a + [1] * (m - a) + [0] * b + [1] * (n - b)
            for i, j, lower, upper in comparators:
                pair = sorted((row[i], row[j]))
                row[i], row[j] = pair[0] if lower else None, pair[1] if upper else None
            values = [row[wire] for wire in order]
            want = sorted([0] * (a + b) + [1] * (m + n - a - b))
            yield values[slice(*ranks)] == want[slice(*ranks)]

    assert all(merged((0, m + n)))
    assert all(merged(((m + n) // 3, m + n - 1)))
