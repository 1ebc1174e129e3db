"""The bound of the robust sigma, by which most columns need no closer look."""

import numpy as np
import pytest

from plateworks.pixels.averages import mean, mean_in_any_order, middle
from plateworks.pixels.scatter import least_robust_sigma, rough
from plateworks.pixels.statistics import MAD_TO_SIGMA


def sorted_stack(n, dtype, seed=1):
    rng = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    middle_of_range = (int(limits.max) + int(limits.min)) // 2
    stack = rng.normal(middle_of_range, rng.choice([0.3, 3, 40], 3000), (n, 3000)).round()
    stack[0, ::50], stack[-1, ::70] = limits.min, limits.max
    stack[: n // 2, ::300], stack[n // 2 :, ::300] = limits.min, limits.max
    return np.sort(stack.clip(limits.min, limits.max).astype(dtype), axis=0)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
@pytest.mark.parametrize("n", [3, 4, 5, 6, 19, 20, 33, 100])
@pytest.mark.parametrize("closely", [False, True])
def test_the_bound_is_never_above_the_robust_sigma(n, dtype, closely):
    stack = sorted_stack(n, dtype)
    values = stack.astype(np.float64)
    want = MAD_TO_SIGMA * np.median(np.abs(values - np.median(values, axis=0)), axis=0)
    rows = list(stack)
    least = least_robust_sigma(rows, *rough(rows, middle(rows)), 0.0, closely=closely)
    assert (least <= want * (1 + 1e-6)).all()
    assert np.median(least[want > 0] / want[want > 0]) > 0.6
    if closely and 4 < n < 40:
        assert np.mean(least >= 0.999 * want) > 0.9
    floats = list(stack.astype(np.float32))
    of_floats = least_robust_sigma(floats, *rough(floats, middle(floats)), 0.0)
    assert (least >= of_floats * (1 - 1e-6)).all()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("n", [1, 2, 3, 20, 255, 256, 257])
def test_a_mean_is_that_of_single_additions(n, dtype):
    stack = sorted_stack(n, dtype) if dtype != "int32" else sorted_stack(n, "int16").astype(dtype)
    found, want = mean(list(stack)), mean_in_any_order(list(stack))
    assert found.dtype == want.dtype
    np.testing.assert_array_equal(found, want)
    exact = stack.astype(np.float64).sum(axis=0) / n
    np.testing.assert_array_equal(found, exact.astype(found.dtype))
    wide = np.sort(np.random.default_rng(2).integers(0, 255, (n, 500)) * 257, axis=0)
    wide = list(wide.astype("uint16"))
    np.testing.assert_array_equal(mean(wide), mean_in_any_order(wide))
