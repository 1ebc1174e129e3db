"""The search for the exposure of flats, over lights, starting points and sensors."""

import math

from hypothesis import given
from hypothesis import strategies as st
from light import Lamp

from plateworks.camera.search import Knob, Search

EXPOSURE = Knob(
    "exposure of", "s", 0.001, 10.0,
    dim="Dim the light.", brighten="Brighten the light.",
)  # fmt: skip

#: Anywhere in the range, in equal parts of its decades.
settings = st.floats(math.log(0.001), math.log(10.0)).map(math.exp)


def search(lamp: Lamp, start: float, attempts: int = 10, knob: Knob = EXPOSURE) -> Search:
    """Run a search to its end."""
    state = Search(knob, start, lamp.bias * lamp.full_range, lamp.target, 0.1, attempts)
    while not state.judge(lamp.read(state.setting)):
        assert knob.low <= state.setting <= knob.high
    return state


@given(
    right=settings,
    start=settings,
    bias=st.floats(0.0, 0.1),
    target=st.floats(0.3, 0.7),
    full_range=st.sampled_from([4095, 16383, 65535]),
)
def test_four_trials_do_on_a_linear_camera(right, start, bias, target, full_range):
    lamp = Lamp(right, target, bias, full_range)
    found = search(lamp, start)
    assert found.trials <= 4
    assert abs(lamp.read(found.setting).part - target) <= 0.1 * target


@given(
    right=settings,
    start=settings,
    power=st.floats(0.65, 1.4),
    full_range=st.sampled_from([4095, 65535]),
)
def test_eight_trials_do_where_the_response_is_a_power(right, start, power, full_range):
    lamp = Lamp(right, full_range=full_range, response=lambda x: x**power)
    assert search(lamp, start).trials <= 8


@given(right=settings, start=settings, depth=st.floats(0.05, 1.5))
def test_eight_trials_do_where_the_response_flattens(right, start, depth):
    # A full well of 1/depth times the target, approached exponentially.
    whole = 1 - math.exp(-depth)
    lamp = Lamp(right, response=lambda x: (1 - math.exp(-depth * x)) / whole)
    assert search(lamp, start).trials <= 8


@given(right=settings, start=settings, knee=st.floats(0.1, 1.2), slope=st.floats(0.5, 2.0))
def test_eight_trials_do_where_the_response_has_a_knee(right, start, knee, slope):
    def bent(x):
        return x if x < knee else knee + slope * (x - knee)

    lamp = Lamp(right, response=lambda x: bent(x) / bent(1.0))
    assert search(lamp, start).trials <= 8
