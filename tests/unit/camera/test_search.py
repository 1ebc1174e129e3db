"""The search for the exposure of flats, over lights, starting points and sensors."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.camera.levels import Reading
from plateworks.camera.search import Knob, LightError, Search
from unit.camera.lamp import Lamp

EXPOSURE = Knob(
    "exposure", "s", 0.001, 10.0, dim="Dim the light.", brighten="Brighten the light."
)  # fmt: skip
BRIGHTNESS = Knob("brightness", "", 1, 255, whole=True)

#: Anywhere in the range, each decade as likely as the others.
settings = st.floats(math.log(0.001), math.log(10.0)).map(math.exp)
ranges = st.sampled_from([4095, 16383, 65535])


def search(lamp: Lamp, start: float, attempts: int = 10, knob: Knob = EXPOSURE) -> Search:
    """Run a search to its end."""
    state = Search(knob, start, lamp.bias * lamp.full_range, lamp.target, 0.1, attempts)
    while not state.judge(lamp.read(state.setting)):
        assert knob.low <= state.setting <= knob.high
    assert abs(lamp.read(state.setting).part - lamp.target) <= 0.1 * lamp.target
    return state


@given(
    right=settings,
    start=settings,
    bias=st.floats(0.0, 0.1),
    target=st.floats(0.3, 0.7),
    full_range=ranges,
)
def test_four_trials_do_on_a_linear_camera(right, start, bias, target, full_range):
    assert search(Lamp(right, target, bias, full_range), start).trials <= 4


@given(right=settings, start=settings, power=st.floats(0.65, 1.4), full_range=ranges)
def test_eight_trials_do_where_the_response_is_a_power(right, start, power, full_range):
    lamp = Lamp(right, full_range=full_range, response=lambda x: x**power)
    assert search(lamp, start).trials <= 8


@given(right=settings, start=settings, depth=st.floats(0.05, 1.5), full_range=ranges)
def test_eight_trials_do_where_the_response_flattens(right, start, depth, full_range):
    whole = 1 - math.exp(-depth)
    lamp = Lamp(right, full_range=full_range, response=lambda x: (1 - math.exp(-depth * x)) / whole)
    assert search(lamp, start).trials <= 8


@given(right=settings, start=settings, knee=st.floats(0.1, 1.2), slope=st.floats(0.5, 2.0))
def test_eight_trials_do_where_the_response_has_a_knee(right, start, knee, slope):
    def bent(x):
        return x if x < knee else knee + slope * (x - knee)

    lamp = Lamp(right, response=lambda x: bent(x) / bent(1.0))
    assert search(lamp, start).trials <= 8


def flattening(depth):
    return lambda x: (1 - math.exp(-depth * x)) / (1 - math.exp(-depth))


@pytest.mark.parametrize(
    ("response", "most"),
    [
        (float, 4),
        (lambda x: x**0.5, 8),
        (lambda x: x**1.5, 8),
        (flattening(0.5), 8),
        (flattening(1.0), 8),
        (flattening(1.5), 8),
    ],
)
def test_no_light_and_start_on_a_fine_grid_needs_more(response, most):
    """Chance seldom finds the worst pairs; a grid of 40 by 40 does."""
    grid = [0.001 * 10 ** (4 * i / 39) for i in range(40)]
    for full_range in (4095, 65535):
        lamps = [Lamp(right, full_range=full_range, response=response) for right in grid]
        assert max(search(lamp, start).trials for lamp in lamps for start in grid) <= most


@given(right=st.floats(8.0, 255.0), start=st.integers(1, 255), power=st.floats(0.8, 1.2))
def test_a_brightness_is_found_in_whole_numbers(right, start, power):
    found = search(Lamp(right, response=lambda x: x**power), start, knob=BRIGHTNESS)
    assert found.setting == int(found.setting)
    assert found.trials <= 8


@given(right=st.floats(1e-9, 0.0009), start=settings)
def test_too_bright_a_light_ends_with_the_reading_and_what_to_change(right, start):
    with pytest.raises(LightError, match=r"too bright.*least exposure 0\.001 s.*Dim the light"):
        search(Lamp(right), start)


@given(right=st.floats(11.2, 1e9), start=settings)
def test_too_faint_a_light_ends_with_the_reading_and_what_to_change(right, start):
    with pytest.raises(LightError, match=r"too faint.*exposure 10 s.*wanted 50%.*Brighten"):
        search(Lamp(right), start)


def test_a_panel_of_too_coarse_steps_names_the_two_nearest():
    with pytest.raises(LightError, match=r"brightness 1 is too faint, brightness 2 .*too bright"):
        search(Lamp(1.5), 100, knob=BRIGHTNESS)


def test_a_flickering_light_ends_after_the_attempts():
    state = Search(EXPOSURE, 0.1, 600.0, 0.5, 0.1, attempts=6)
    with pytest.raises(LightError, match=r"After 6 trials.*steadier light"):
        for trial in range(20):
            state.judge(Reading(20000 if trial % 2 else 60000, 65535))


def test_a_full_well_below_the_converters_end_is_taken_for_saturated():
    # 60300 ADU whatever the exposure, as a sensor that is full before its converter is.
    lamp = Lamp(0.002)

    def read(setting):
        reading = lamp.read(setting)
        return Reading(60300, 65535, piled=True) if reading.level > 60300 else reading

    state = Search(EXPOSURE, 10.0, lamp.bias * 65535, 0.5, 0.1, 10)
    while not state.judge(read(state.setting)):
        pass
    assert state.trials <= 4


def test_a_range_that_turns_out_smaller_than_stated_is_followed():
    """A driver that promises 65535 for a converter of 12 bits."""
    lamp = Lamp(0.3, full_range=4095)
    state = Search(EXPOSURE, 0.01, lamp.bias * 4095, 0.5, 0.1, 10)
    clipped = False
    while True:
        reading = lamp.read(state.setting)
        clipped = clipped or reading.saturated
        seen = reading if clipped else Reading(reading.level, 65535)
        if state.judge(seen):
            break
    assert state.setting == pytest.approx(0.3, rel=0.1)
