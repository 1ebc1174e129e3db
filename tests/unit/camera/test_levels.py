"""What is measured on a frame, against the plainest ways to measure it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.camera.levels import Meter, fine_median, known_range, measure, read_level


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_the_fine_median_lies_within_the_step_of_the_median(values):
    found = fine_median(np.array(values, np.uint16))
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    distinct = sorted(set(values))
    place = distinct.index(middle)
    below = distinct[place - 1] if place else middle
    above = distinct[place + 1] if place + 1 < len(distinct) else middle
    assert (below + middle) / 2 <= found <= (middle + above) / 2


def test_the_fine_median_tells_signals_below_one_unit():
    noise = np.random.default_rng(1).normal(0, 3.0, 100_000)
    for signal in (100.0, 100.3, 100.6, 100.9):
        assert fine_median(np.rint(noise + signal).astype(np.uint16)) == pytest.approx(
            signal, abs=0.05
        )


def test_the_level_is_that_of_the_middle_without_the_corners():
    pixels = np.full((40, 60), 1000, np.uint16)
    pixels[10:30, 14:46] = 30000
    assert read_level(pixels, 65535).level == 30000


def test_of_a_colour_sensor_the_brightest_colour_counts():
    pixels = np.full((40, 60), 1000, np.uint16)
    pixels[0::2, 1::2] = 30000
    assert read_level(pixels, 65535, colour=True).level == 30000
    assert read_level(pixels, 65535).level < 30000


def test_a_frame_with_two_percent_at_the_end_is_saturated():
    pixels = np.full((100, 100), 30000, np.uint16)
    assert not read_level(pixels, 65535).saturated
    pixels[40:42, 25:75] = 65535
    assert read_level(pixels, 65535).saturated


def test_statistics_of_a_frame():
    pixels = np.random.default_rng(2).integers(0, 4096, (50, 70)).astype(np.uint16)
    pixels[:2] = 4095
    found = measure(pixels, 4095)
    assert found.mean == pytest.approx(np.mean(pixels.astype(float)))
    assert found.deviation == pytest.approx(np.std(pixels.astype(float)))
    assert (found.minimum, found.maximum) == (pixels.min(), 4095)
    assert found.saturated == pytest.approx(np.mean(pixels >= 0.995 * 4095))


def frame(peak: int) -> np.ndarray:
    return np.array([[0, peak]], np.uint16)


@pytest.mark.parametrize(
    ("frames", "known"),
    [
        ([(900, 65535), (4095, 4095), (900, 65535)], 4095),  # 12 bits, said to be 16
        ([(900, 4095), (30000, 65535), (900, 4095)], 65535),  # 16 bits, said to be 12
        ([(900, 65535), (65535, 65535)], 65535),
    ],
)
def test_the_range_is_learnt_from_bright_frames_and_kept_over_faint_ones(frames, known):
    found = None
    for peak, stated in frames:
        found = known_range(found, frame(peak), stated)
    assert found == known


def test_a_meter_remembers_where_frames_were_clipped():
    meter = Meter(colour=False)
    meter.read(np.full((4, 4), 4095, np.uint16), 4095)
    assert meter.read(np.full((4, 4), 2048, np.uint16), 65535).part == pytest.approx(0.5, abs=1e-3)


def test_frames_of_equal_pixels_have_one_digest_whatever_they_are_held_in():
    pixels = np.random.default_rng(4).integers(0, 65536, (300, 4000))
    found = {
        measure(pixels.astype(form), 65535).digest for form in (np.uint16, np.int32, ">i4", "<u4")
    }
    assert len(found) == 1
    other = pixels.copy()
    other[-1, -1] ^= 1
    assert measure(other, 65535).digest not in found
