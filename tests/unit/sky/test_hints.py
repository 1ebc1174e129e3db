"""Hints: what a header promises is tried first, and doubted step by step."""

from dataclasses import replace
from itertools import pairwise

import pytest

from plateworks.metadata.frame import Frame
from plateworks.sky.hints import limits_of, scale_of, widen

FRAME = Frame(
    "a.fits", width=1000, height=800, bitpix=16, ra=10.0, dec=20.0, pixel_size=9.0,
    focal_length=1856.383254, xbin=1,
)  # fmt: skip
LIMITS = (0.1, 180.0)


def test_the_scale_is_206_times_micrometres_over_millimetres():
    assert scale_of(FRAME) == pytest.approx(1.0)


def test_a_scale_that_the_header_states_comes_first():
    assert scale_of(replace(FRAME, pixel_scale=2.5)) == 2.5


@pytest.mark.parametrize("field", ["pixel_size", "focal_length"])
@pytest.mark.parametrize("value", [None, 0.0, -1.0])
def test_without_both_there_is_no_scale(field, value):
    assert scale_of(replace(FRAME, **{field: value})) is None


def test_every_attempt_contains_the_one_before():
    attempts = widen(FRAME, LIMITS)
    assert len(attempts) == 4
    for narrow, wide in pairwise(attempts[:3]):
        assert wide.scale_low <= narrow.scale_low <= 1 <= narrow.scale_high <= wide.scale_high
        assert wide.radius is None or wide.radius > narrow.radius


def test_scales_that_the_header_does_not_state_are_searched_about_its_pointing_alone_and_not_long():
    last = widen(FRAME, LIMITS)[-1]
    assert (last.scale_low, last.scale_high, last.radius, last.most_s) == (*LIMITS, 10.0, 3.0)
    unpointed = widen(replace(FRAME, ra=None), LIMITS)
    assert all(one.scale_high < 2 for one in unpointed)


@pytest.mark.parametrize("change", [{"focal_length": None}, {"pixel_scale": 500.0}])
def test_the_last_attempt_without_a_scale_searches_all_the_sky_at_all_scales(change):
    last = widen(replace(FRAME, **change), LIMITS)[-1]
    assert (last.scale_low, last.scale_high, last.radius, last.most_s) == (*LIMITS, None, None)


def test_narrow_limits_that_somebody_has_set_are_searched_everywhere():
    last = widen(FRAME, (0.5, 4.0))[-1]
    assert (last.scale_low, last.scale_high, last.radius) == (0.5, 4.0, None)


def test_without_any_hint_there_is_one_attempt():
    bare = Frame("a.fits", width=10, height=10, bitpix=16)
    assert [a.radius for a in widen(bare, LIMITS)] == [None]


def test_without_a_pointing_no_attempt_has_a_circle():
    assert all(a.radius is None for a in widen(replace(FRAME, ra=None), LIMITS))


def test_without_a_scale_the_pointing_is_still_used():
    first, last = widen(replace(FRAME, focal_length=None), LIMITS)
    assert first.radius and (first.scale_low, first.scale_high) == LIMITS
    assert last.radius is None


def test_the_first_circle_holds_the_whole_field_of_a_wide_lens():
    first = widen(replace(FRAME, pixel_scale=40.0), LIMITS)[0]
    assert first.radius > 40 * 1280 / 3600


def test_pixel_sizes_before_and_after_binning_are_both_tried():
    binned = widen(replace(FRAME, xbin=3), LIMITS)
    assert not any(a.scale_low <= 3 <= a.scale_high for a in binned[:1])
    assert binned[1].scale_low <= 1 / 3 and binned[1].scale_high >= 3


def test_a_header_outside_the_configured_scales_is_not_believed():
    assert all(a.scale_low == 5 for a in widen(FRAME, (5.0, 20.0)))
    assert all(a.scale_high <= 1.1 for a in widen(FRAME, (0.5, 1.1)))


def test_the_wider_the_window_the_fewer_sources_make_quads():
    depths = [attempt.depth for attempt in widen(replace(FRAME, xbin=2), LIMITS)]
    assert depths == [60, 40, 40, 20]


def test_the_width_of_the_field_takes_the_place_of_the_scales():
    assert limits_of(1000, 0.5, 1.0, [0.9, 1.1]) == pytest.approx((3.24, 3.96))
    assert limits_of(1000, 0.5, None) == (0.5, 180.0)
