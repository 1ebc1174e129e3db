"""Twilight flats under skies that dim and brighten."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.camera.levels import Reading
from plateworks.camera.search import LightError
from plateworks.camera.twilight import WAIT_S, Expose, Twilight, Wait

RANGE, BIAS, READOUT_S = 65535, 500.0, 5.0


class Sky:
    """A sky that changes by a factor of two in `doubling` seconds, and a clock."""

    def __init__(self, right: float, evening: bool, doubling: float = 180.0):
        self.right, self.sign, self.doubling = right, -1.0 if evening else 1.0, doubling
        self.now = 0.0

    def expose(self, seconds: float) -> tuple[float, Reading]:
        """Return the start of an exposure and what it shows."""
        start = self.now
        rate = self.sign * math.log(2) / self.doubling
        light = math.exp(rate * start) * math.expm1(rate * seconds) / rate / self.right
        level = min(BIAS + (0.5 * RANGE - BIAS) * light, RANGE)
        self.now += seconds + READOUT_S
        return start, Reading(level, RANGE, level >= 0.995 * RANGE)


def run(sky: Sky, evening: bool, frames: int, start: float = 0.01):
    """Take flats; return the exposures of the good ones and how many were dropped and waited."""
    twilight = Twilight(evening, 0.01, 10.0, start, BIAS, 0.5, 0.1)
    good, dropped, waits = [], 0, 0
    while len(good) < frames:
        step = twilight.next(sky.now)
        if isinstance(step, Wait):
            assert step.seconds == WAIT_S
            sky.now += step.seconds
            waits += 1
            continue
        assert 0.01 <= step.seconds <= 10.0
        when, reading = sky.expose(step.seconds)
        if twilight.judge(when, step.seconds, reading):
            good.append(step.seconds)
        else:
            dropped += 1
    return good, dropped, waits


@given(right=st.floats(0.02, 0.5), doubling=st.floats(150.0, 220.0))
def test_evening_flats_keep_their_level_while_exposures_grow(right, doubling):
    good, dropped, waits = run(Sky(right, True, doubling), True, 20)
    assert good == sorted(good)
    assert (dropped <= 4, waits) == (True, 0)


@given(right=st.floats(2.0, 9.0), doubling=st.floats(150.0, 220.0))
def test_morning_flats_keep_their_level_while_exposures_shrink(right, doubling):
    good, dropped, waits = run(Sky(right, False, doubling), False, 20, start=10.0)
    assert good[-1] < 0.8 * good[0]
    assert (dropped <= 3, waits) == (True, 0)


def test_an_evening_sky_that_is_still_too_bright_is_waited_for():
    good, dropped, waits = run(Sky(0.0005, True), True, 10)
    assert len(good) == 10
    assert waits >= 5
    assert dropped <= 5


def test_a_morning_sky_that_is_still_too_dark_is_waited_for():
    good, _, waits = run(Sky(300.0, False), False, 10, start=10.0)
    assert len(good) == 10
    assert waits >= 5


def test_an_evening_that_is_over_says_so_with_the_reading():
    with pytest.raises(LightError, match=r"is over.*too dark.*limit is 10 s.*max_exposure"):
        run(Sky(2.0, True), True, 1000)


def test_a_morning_that_is_over_says_so_with_the_reading():
    with pytest.raises(LightError, match=r"twilight is over.*too bright.*0\.01 s.*min_exposure"):
        run(Sky(2.0, False), False, 1000, start=10.0)


def test_a_frame_under_a_passing_cloud_is_dropped_and_the_next_ones_are_good():
    twilight = Twilight(True, 0.01, 10.0, 1.0, BIAS, 0.5, 0.1)
    assert twilight.judge(0.0, 1.0, Reading(0.5 * RANGE, RANGE))
    assert not twilight.judge(6.0, 1.0, Reading(0.3 * RANGE, RANGE))
    step = twilight.next(12.0)
    assert isinstance(step, Expose)
    assert step.seconds == pytest.approx((0.5 * RANGE - BIAS) / (0.3 * RANGE - BIAS), rel=0.05)
