"""The level of an overscan: what is left of a drift, and how little is added."""

import numpy as np
import pytest

from plateworks.pixels.overscan import subtract_overscan, trim

ROWS, COLUMNS = 400, 300


def frame(levels, noise=5.0, seed=1):
    """A dark picture and its overscan, whose rows have these levels."""
    random = np.random.default_rng(seed)
    whole = np.rint(levels[:, np.newaxis] + random.normal(0, noise, (ROWS, COLUMNS + 32)))
    whole = whole.astype(np.uint16)
    return whole[:, :COLUMNS], whole[:, COLUMNS:]


def rows_left(found):
    return found.pixels.mean(axis=1)


DRIFT = 1000 + np.linspace(-20, 20, ROWS)
WAVE = 1000 + 20 * np.sin(np.linspace(0, 3 * np.pi, ROWS))
STEP = 1000 + np.where(np.arange(ROWS) < 150, -20.0, 20.0)


@pytest.mark.parametrize("levels", [DRIFT, WAVE, STEP], ids=["drift", "wave", "step"])
def test_a_drift_leaves_nothing(levels):
    pixels, strip = frame(levels)
    left = rows_left(subtract_overscan(pixels, strip))
    assert abs(left.mean()) < 0.15
    tenths = left.reshape(10, -1).mean(axis=1)
    assert np.abs(tenths).max() < 0.6  # of 40 rows, whose own levels have a noise of 1.1 each


def test_a_smooth_drift_is_told_by_a_curve_which_makes_no_bands():
    pixels, strip = frame(DRIFT)
    curve, median = subtract_overscan(pixels, strip), subtract_overscan(pixels, strip, "median")
    assert curve.fitted and not median.fitted
    assert rows_left(curve).std() < 0.6 * rows_left(median).std()
    assert (curve.level, curve.spread) == pytest.approx((1000, 40), abs=1.5)


def test_rows_that_jump_have_a_level_each():
    assert not subtract_overscan(*frame(STEP)).fitted
    jitter = DRIFT + np.random.default_rng(2).normal(0, 6, ROWS)
    found = subtract_overscan(*frame(jitter))
    assert not found.fitted
    assert rows_left(found).std() < 1.5


def test_a_star_that_bleeds_into_the_overscan_pulls_no_other_row():
    pixels, strip = frame(DRIFT)
    strip = strip.copy()
    strip[200:212] += 8000
    found = subtract_overscan(pixels, strip, "fit")
    assert np.abs(rows_left(found)).max() < 2


@pytest.mark.parametrize("method", ["median", "fit"])
def test_gaps_in_an_overscan_leave_no_gaps_in_the_picture(method):
    pixels, strip = frame(DRIFT)
    strip = strip.astype(np.float32)
    strip[:, 3] = strip[40] = np.nan
    left = rows_left(subtract_overscan(pixels, strip, method))
    assert np.abs(left).max() < 5
    assert abs(left[40]) < 3


def test_a_picture_of_one_row_has_its_level():
    pixels, strip = frame(DRIFT)
    assert abs(subtract_overscan(pixels[:1], strip[:1], "fit").pixels.mean()) < 4


def test_a_curve_may_be_asked_for_of_few_rows():
    pixels, strip = frame(DRIFT)
    found = subtract_overscan(pixels[:20], strip[:20], "fit")
    assert found.pixels.shape == (20, COLUMNS)
    assert abs(found.pixels.mean()) < 2


def test_what_is_trimmed_is_what_the_section_names():
    pixels = np.arange(24, dtype=np.uint16).reshape(4, 6)
    assert np.array_equal(trim(pixels, (1, 5, 2, 4)), pixels[2:4, 1:5])
