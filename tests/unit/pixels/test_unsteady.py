"""How pixels scatter from frame to frame, and which of them have two levels."""

import itertools
import math
import statistics

import numpy as np
import pytest

from plateworks.pixels.combine import combine
from plateworks.pixels.unsteady import ends, width_of_noise

SIGMA = 8.0


def telegraph(rng, frames, pixels, steps, duty=(0.1, 0.5)):
    """Values of pixels that jump between two levels, in sigmas of the step; (N, 1, K) uint16."""
    step = SIGMA * rng.uniform(*steps, pixels)
    high = rng.random((frames, pixels)) < rng.uniform(*duty, pixels)
    high ^= rng.random(pixels) < 0.5  # some are mostly up
    values = rng.normal(500, SIGMA, (frames, pixels)) + high * step
    return values.round().astype(np.uint16)[:, None]


def flickering(stack):
    looked = combine(stack, ordinary=SIGMA).unsteady.looked
    return looked.pixels[looked.jump > np.maximum(looked.within, SIGMA)]


# -- a plain reference -----------------------------------------------------------------------------


def expected(values):
    """Deviation, jump, deviation about two levels, and the lower of them, in plain Python."""
    values = sorted(map(float, values))
    if values[-1] - values[-2] > 5 * max(statistics.stdev(values[:-1]), SIGMA):
        values.pop()  # a cosmic ray
    n = len(values)
    best = (0.0, 0.0, 0.0, 0.0)
    for low in range(1, n - 1):
        below, above = values[:low], values[low:]
        step = statistics.fmean(above) - statistics.fmean(below)
        squares = sum((v - statistics.fmean(part)) ** 2 for part in (below, above) for v in part)
        left = math.sqrt(squares / max(n - 2, 1))
        chance = 5e-6 / n / math.comb(n, low)
        most = -statistics.NormalDist().inv_cdf(chance) * math.sqrt(1 / low + 1 / (n - low))
        clear = step / most / max(left, SIGMA)
        if clear > best[0]:
            best = (clear, step / most, left, statistics.fmean(below))
    return statistics.stdev(values), *best[1:]


@pytest.mark.parametrize("frames", [4, 5, 9, 10, 23])
@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32", "float64"])
def test_what_is_seen_equals_plain_python(frames, dtype):
    rng = np.random.default_rng(frames)
    steady = rng.normal(500, SIGMA, (frames, 1, 300)).round()
    jumping = telegraph(rng, frames, 200, (2, 30))
    stack = np.concatenate([steady, jumping], axis=2).astype(dtype)
    stack[1, 0, ::7] += 500  # cosmic rays
    found = combine(stack, ordinary=SIGMA).unsteady
    ranks = np.sort(stack[:, 0].astype(np.float64), axis=0)
    low, high = (0, -1) if frames < 5 else (0, -2)
    width = ranks[high] - ranks[low]
    # In the median of pixels that only scatter it is their deviation.
    many = rng.normal(0, 1, (frames, 1, 20_000))
    assert np.median(combine(many, ordinary=1.0).unsteady.spread) == pytest.approx(1, rel=0.03)
    [ratio] = {round(float(s / w), 5) for s, w in zip(found.spread[0], width, strict=True) if w > 9}
    wide = np.flatnonzero(ratio * width > 1.6 * SIGMA)
    assert set(found.looked.pixels) == set(wide) and len(wide) > 100
    for pixel, *seen in zip(*found.looked, strict=True):
        assert seen == pytest.approx(expected(stack[:, 0, pixel]), rel=1e-9, abs=1e-5)


@pytest.mark.parametrize("method", ["median", "mean", "minmax", "winsorized"])
def test_neither_order_nor_blocks_nor_processes_nor_method_make_a_difference(method):
    rng = np.random.default_rng(3)
    stack = rng.normal(500, SIGMA, (12, 40, 3000)).round().astype(np.uint16)
    stack[:6, ::3, ::50] += 100
    first = combine(stack, ordinary=SIGMA).unsteady
    assert first.looked.pixels.size > 800
    ways = ({}, {"threads": 3}, {"memory": 1.0}, {"tell_rejected": True})
    for way, order in itertools.product(ways, (slice(None), slice(None, None, -1))):
        other = combine(stack[order], method, ordinary=SIGMA, **way).unsteady
        assert other.spread.tobytes() == first.spread.tobytes()
        for a, b in zip(other.looked, first.looked, strict=True):
            assert a.tobytes() == b.tobytes()


def test_missing_values_leave_those_that_are_there_to_be_judged():
    rng = np.random.default_rng(4)
    stack = rng.normal(500, SIGMA, (12, 1, 400)).astype(np.float32)
    stack[:5, 0, :50] += 200
    gaps = stack.copy()
    gaps[-2:, 0, ::2] = np.nan
    gaps[:-1, 0, 399] = np.nan
    found, without = (combine(some, ordinary=SIGMA).unsteady for some in (gaps, stack[:-2]))
    assert np.array_equal(found.spread[0, ::2], without.spread[0, ::2])
    assert np.isnan(found.spread[0, 399])
    assert set(range(50)) <= set(found.looked.pixels)


def test_watching_changes_no_value():
    stack = np.random.default_rng(5).normal(500, SIGMA, (7, 30, 40)).astype(np.float32)
    for method in ("median", "mean", "winsorized"):
        watched = combine(stack, method, ordinary=SIGMA)
        assert np.array_equal(watched.value, combine(stack, method).value)
        assert combine(stack, method).unsteady is None


# -- two levels ------------------------------------------------------------------------------------


def test_pixels_with_two_levels_are_found_in_twenty_frames():
    rng = np.random.default_rng(6)
    assert flickering(telegraph(rng, 20, 20_000, (5, 30))).size > 0.93 * 20_000
    assert flickering(telegraph(rng, 20, 20_000, (5, 5))).size > 0.87 * 20_000


def test_one_low_value_is_the_other_level_since_no_cosmic_ray_takes_charge_away():
    rng = np.random.default_rng(9)
    stack = rng.normal(500, SIGMA, (20, 1, 2000))
    stack[rng.integers(0, 20, 1000), 0, np.arange(1000)] -= 9 * SIGMA
    stack[rng.integers(0, 20, 1000), 0, np.arange(1000, 2000)] += 9 * SIGMA
    found = flickering(stack.astype(np.float32))
    assert (found < 1000).sum() > 900 and (found >= 1000).sum() < 5


def test_pixels_that_only_scatter_are_not_taken_for_such():
    rng = np.random.default_rng(7)
    for frames in (6, 10, 20, 40):
        stack = np.rint(rng.normal(500, SIGMA, (frames, 200, 2500))).astype(np.uint16)
        assert flickering(stack).size <= 3


def test_a_cosmic_ray_is_no_level():
    rng = np.random.default_rng(8)
    stack = rng.normal(500, SIGMA, (20, 1, 50_000))
    stack[rng.integers(0, 20, 50_000), 0, np.arange(50_000)] += rng.exponential(400, 50_000)
    # Faint ones may look like the lower part of a level: one of a thousand.
    assert flickering(stack.astype(np.float32)).size < 100


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
@pytest.mark.parametrize("frames", [2, 4, 20])
def test_the_scatter_of_integers_is_told_by_their_differences(frames, dtype):
    stack = np.random.default_rng(4).normal(0, 7, (frames, 50, 60))
    stack[0, :5] += 20_000
    stack = (stack.round() + (0 if dtype == "int16" else 500)).astype(dtype)
    stack[-1, 0, :9] = np.iinfo(dtype).min
    found, want = (
        combine(some, ordinary=7.0).unsteady for some in (stack, stack.astype(np.float32))
    )
    assert found.distance.dtype == np.uint16
    low, high = ends(frames)
    ranked = np.sort(stack.astype(np.int64), axis=0)
    plainly = (ranked[high] - ranked[low]).astype(np.float32)
    plainly *= np.float32(1 / width_of_noise(frames))
    np.testing.assert_array_equal(found.spread, plainly)
    np.testing.assert_allclose(found.spread, want.spread, rtol=1e-6)
    wide = np.flatnonzero(plainly > 1.6 * 7.0) if frames > 3 else []
    np.testing.assert_array_equal(found.looked.pixels, wide)
    some = np.array([3, 700, 0])
    np.testing.assert_array_equal(found.of(some), plainly.ravel()[some])
