"""The type and the full range of pixels, when MaxADU is wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.camera.pixeltype import full_range, native_type, unsigned


def flat(level: int, clip: int = 65535) -> np.ndarray:
    """A flat with noise, clipped as a converter clips."""
    noise = np.random.default_rng(5).normal(level, 0.02 * level, (50, 80))
    return np.clip(noise, 0, clip).astype(np.uint16)


def test_a_true_maxadu_is_the_full_range():
    assert full_range(65535, flat(30000)) == 65535
    assert full_range(4095, flat(2000, 4095)) == 4095


@pytest.mark.parametrize("missing", [None, 0])
def test_without_maxadu_the_type_gives_the_full_range(missing):
    assert full_range(missing, flat(30000)) == 65535


def test_pixels_above_maxadu_prove_it_wrong():
    assert full_range(255, flat(30000)) == 65535


def test_a_maxadu_that_the_type_cannot_hold_is_wrong():
    assert full_range(2**31 - 1, flat(30000)) == 65535


@pytest.mark.parametrize("clip", [1023, 4095, 16383, 65520, 16380])
def test_a_frame_clipped_below_maxadu_shows_where_the_camera_ends(clip):
    assert full_range(65535, flat(clip, clip)) == clip


def test_hot_pixels_and_even_bias_are_no_clipping():
    bias = np.full((50, 80), 300, np.uint16)
    assert full_range(65535, bias) == 65535
    bias[::10, ::4] = 16383
    assert full_range(65535, bias) == 65535


@given(
    low=st.integers(-(2**15), 2**16 - 1),
    span=st.integers(0, 2**16 - 1),
    max_adu=st.one_of(st.none(), st.integers(1, 2**40)),
)
def test_the_type_holds_every_pixel(low, span, max_adu):
    limits = np.iinfo(native_type(max_adu, low, low + span))
    assert limits.min <= low
    assert low + span <= limits.max


def test_negative_pixels_get_a_signed_type():
    assert native_type(65535, -5, 40000) == np.int32
    assert native_type(32767, -5, 20000) == np.int16


@given(st.integers(256, 65535), st.integers(0, 255), st.integers(256, 65535))
def test_the_type_does_not_change_from_a_bias_to_a_flat(max_adu, faint, bright):
    assert native_type(max_adu, 0, faint) == native_type(max_adu, 0, bright) == np.uint16


@pytest.mark.parametrize("level", [20000, 33000, 45000, 70000])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("max_adu", [65535, 65520, 40000, None, 2**31 - 1])
def test_bright_pixels_that_come_as_signed_are_the_unsigned_ones(level, wide, max_adu):
    true = flat(level)
    came = true.view(np.int16)
    if wide:
        came = came.astype(np.int32)
    assert np.array_equal(unsigned(max_adu, came), true)


@pytest.mark.parametrize("max_adu", [65535, None])
def test_pixels_that_a_driver_left_a_little_below_zero_stay_so(max_adu):
    dark = np.random.default_rng(7).normal(0, 20, (50, 80)).astype(np.int32)
    assert unsigned(max_adu, dark) is dark


def test_pixels_of_a_camera_whose_range_int16_holds_stay_as_they_came():
    dark = np.random.default_rng(7).normal(-9000, 20, (50, 80)).astype(np.int16)
    assert unsigned(16383, dark) is dark
    wider = dark.astype(np.int32) - 40000
    assert unsigned(65535, wider) is wider
