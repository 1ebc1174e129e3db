"""Which frames of a set are poor, by their pixels."""

import numpy as np
import pytest

from drawnsets import SENSORS, SHAPES, Sensor, draw_set, levelled
from plateworks.pixels.framemeasure import SAMPLE, sample_of
from plateworks.pixels.screening import screen

SHAPE = (96, 128)
PLAIN = Sensor()
NOISE = 7.6  # ADU, of a pixel of PLAIN's darks


def judged(frames, kind, sensor=PLAIN, top=65_535):
    """Return the faults of each frame, and why the set is refused."""
    limits = [float(top)] * len(frames)
    if kind == "flat":
        even, lights = levelled(frames, sensor)
        found = screen(list(even), kind, full_scale=limits, lights=lights, raw=list(frames))
    else:
        found = screen(list(frames), kind, full_scale=limits)
    return [one.faults for one in found.frames], found.refusal


def poor(frames, kind, sensor=PLAIN):
    """Return the places of the frames that are poor."""
    faults, refusal = judged(frames, kind, sensor)
    assert not refusal
    return [place for place, bad in enumerate(faults) if bad]


def drawn(kind, count=9, shape=SHAPE, sensor=PLAIN, seed=4):
    return draw_set(kind, sensor, count, shape, seed)


def added(frames, places, what):
    """Return frames of which some have something added."""
    changed = frames.astype(np.float64)
    for place in places:
        changed[place] += what
    return np.clip(np.rint(changed), 0, 65_535).astype(np.uint16)


# -- clean sets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat", "flat"])
@pytest.mark.parametrize("sensor", SENSORS, ids=lambda one: f"{one.top}:{one.read_noise}")
def test_of_a_clean_set_of_any_sensor_and_size_no_frame_is_poor(kind, sensor):
    for seed, shape in enumerate(SHAPES[:2]):
        for count in (3, 10):
            frames = draw_set(kind, sensor, count, shape, 100 * seed + count)
            faults, refusal = judged(frames, kind, sensor, sensor.top)
            assert not refusal and not any(faults), (kind, sensor, shape, faults)


@pytest.mark.parametrize("shape", [(1, 1), (1, 64), (64, 1), (2, 3), (5, 7)])
def test_frames_of_a_few_pixels_can_be_judged(shape):
    frames = draw_set("bias", PLAIN, 6, (24, 32), 3)[:, : shape[0], : shape[1]]
    faults, _ = judged(frames, "bias")
    assert len(faults) == 6


def test_the_level_of_a_series_may_drift_and_a_twilight_may_fade():
    warming = drawn("dark", 12, sensor=Sensor(drift=4.0))
    assert poor(warming, "dark") == []
    fading = Sensor(fade=0.3)
    assert poor(drawn("flat", 12, sensor=fading), "flat", fading) == []


def test_pixels_without_a_value_do_not_hinder():
    frames = drawn("dark").astype(np.float32)
    frames[:, 10:20, 30:60] = np.nan
    frames[4] += 30
    assert poor(frames, "dark") == [4]


def test_what_is_looked_at_is_spread_over_a_big_frame_and_meets_all_colours():
    rows, columns = sample_of(4176, 6248)
    assert len(rows) * len(columns) <= SAMPLE
    assert rows[0] < 100 and rows[-1] > 4076 and columns[0] < 20 and columns[-1] > 6228
    assert {(row % 2, column % 2) for row in rows for column in columns[:2]} == {
        (0, 0), (0, 1), (1, 0), (1, 1),
    }  # fmt: skip
    assert [list(one) for one in sample_of(4, 6)] == [list(range(4)), list(range(6))]


# -- levels ----------------------------------------------------------------------------------------


def test_white_frames_are_poor_though_they_are_half_of_the_set():
    frames = drawn("bias", 10)
    frames[5:] = 65_535
    faults, refusal = judged(frames, "bias")
    assert not refusal
    assert [bool(bad) for bad in faults] == [False] * 5 + [True] * 5
    assert faults[5] == ("100.0% of its pixels are saturated",)


@pytest.mark.parametrize("kind", ["dark", "darkflat"])
def test_a_dark_two_sigma_above_most_is_poor_and_so_are_four_of_ten(kind):
    frames = drawn(kind, 10)
    assert poor(added(frames, [7], 2 * NOISE), kind) == [7]
    assert poor(added(frames, [0, 3, 4, 9], 2 * NOISE), kind) == [0, 3, 4, 9]
    assert poor(added(frames, [2], -2 * NOISE), kind) == [2]
    (fault,) = judged(added(frames, [7], 2 * NOISE), kind)[0][7]
    assert "its level is" in fault and "that of most is" in fault


def test_one_frame_of_three_is_poor_beside_two_that_agree():
    frames = drawn("dark", 3, sensor=Sensor(drift=0.05))
    assert poor(added(frames, [1], 3 * NOISE), "dark") == [1]


def test_two_bad_frames_of_different_levels_are_both_poor():
    frames = added(drawn("dark", 7), [2], 3000.0)
    frames[5] = drawn("flat", 1)[0]
    assert poor(frames, "dark") == [2, 5]


def test_halves_of_a_set_make_no_master_and_both_levels_are_named():
    _, refusal = judged(added(drawn("dark", 10), range(5), 40.0), "dark")
    assert "several groups of levels (5 at" in refusal and "none is most of them" in refusal
    _, refusal = judged(added(drawn("bias", 2), [1], 400.0), "bias")
    assert "(1 at" in refusal


def test_levels_that_jump_from_frame_to_frame_are_no_groups():
    jumps = np.random.default_rng(3).uniform(-8, 8, 9) * NOISE
    frames = drawn("dark", 9).astype(np.float64) + jumps[:, None, None]
    assert poor(np.rint(frames).astype(np.uint16), "dark") == []


# -- structure, noise, hot pixels ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat"])
def test_light_on_a_part_of_the_sensor_is_found_at_an_even_level(kind):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    leak = 12 * NOISE * np.exp(-((x - 10) ** 2 + (y - 10) ** 2) / 800)
    frames = added(drawn(kind, 9, sensor=Sensor(drift=0.0)), [3], leak - np.median(leak))
    faults = judged(frames, kind)[0]
    assert [place for place, bad in enumerate(faults) if bad] == [3]
    assert any("spread otherwise" in bad for bad in faults[3])


@pytest.mark.parametrize("axis", [0, 1])
def test_a_banded_frame_is_poor(axis):
    bands = np.random.default_rng(2).normal(0, NOISE, SHAPE[axis])
    bands -= np.median(bands)
    what = bands[:, None] if axis == 0 else bands[None, :]
    faults = judged(added(drawn("dark"), [1], np.broadcast_to(what, SHAPE)), "dark")[0]
    assert "banded" in "; ".join(faults[1]) and sum(map(bool, faults)) == 1


@pytest.mark.parametrize("kind", ["bias", "dark"])
def test_a_noisier_frame_is_poor(kind):
    more = np.random.default_rng(2).normal(0, 1.2 * NOISE, SHAPE)
    faults = judged(added(drawn(kind), [6], more), kind)[0]
    assert "its noise is" in "; ".join(faults[6]) and sum(map(bool, faults)) == 1


def test_a_warm_dark_is_poor_by_its_hot_pixels_though_its_level_was_clamped():
    frames = drawn("dark")
    rng = np.random.default_rng(2)
    warm = np.where(rng.random(SHAPE) < 0.01, rng.exponential(3000.0, SHAPE), 0.0)
    faults = judged(added(frames, [5], warm), "dark")[0]
    assert "hot pixels" in "; ".join(faults[5]) and sum(map(bool, faults)) == 1


def test_a_frame_of_which_a_part_is_missing_is_poor():
    frames = drawn("dark")
    frames[2, 60:] = 0
    assert poor(frames, "dark") == [2]


def test_a_frame_with_a_pattern_of_its_own_is_poor_by_what_lies_far_from_the_set():
    frames = drawn("dark")
    faults = judged(added(frames, [4], np.where(np.arange(128) % 16 == 3, -90.0, 0.0)), "dark")[0]
    assert "lie far from" in "; ".join(faults[4]) and sum(map(bool, faults)) == 1


# -- flats -----------------------------------------------------------------------------------------


def test_saturated_flats_are_poor_by_the_word_of_the_type_or_of_where_their_values_pile_up():
    frames = drawn("flat")
    frames[3] = np.clip(frames[3].astype(np.float64) * 2.2, 0, 65_535)
    assert poor(frames, "flat") == [3]
    twelve_bits = Sensor(egain=12.0, read_noise=5.0, top=4095)
    frames = draw_set("flat", twelve_bits, 8, SHAPE, 5)
    frames[6] = np.clip(frames[6].astype(np.float64) * 2.2, 0, 4095)
    faults, _ = judged(frames, "flat", twelve_bits)
    assert "saturated" in "; ".join(faults[6]) and sum(map(bool, faults)) == 1


def test_where_all_flats_are_saturated_all_are_poor():
    frames = np.full((5, *SHAPE), 65_535, np.uint16)
    frames[:, 0, :9] = 60_000 + np.arange(9)
    assert poor(frames, "flat") == [0, 1, 2, 3, 4]


def test_flats_at_the_level_of_the_bias_hold_too_little_light():
    rng = np.random.default_rng(1)
    raw = np.rint(rng.normal(500.6, 3, (5, *SHAPE))).astype(np.uint16)
    faults, _ = judged(raw, "flat")
    assert all("too little light" in bad[0] for bad in faults)


def test_dim_flats_are_poor_beside_good_ones_though_they_are_most():
    good = draw_set("flat", PLAIN, 5, SHAPE, 5).astype(np.float64)
    light = good - 500
    noise = np.random.default_rng(4)
    for dim in (4, 5):
        frames = good.copy()
        frames[:dim] = 500 + light[:dim] / 90 + noise.normal(0, 25, (dim, *SHAPE))
        more = np.concatenate([frames, good[: dim - 1] + noise.normal(0, 200, (dim - 1, *SHAPE))])
        found = poor(np.rint(more).astype(np.uint16), "flat")
        assert found == list(range(dim))


def test_flats_of_two_levels_are_all_kept():
    frames = drawn("flat", 10, sensor=Sensor(fade=1.0))
    dim = np.random.default_rng(4).poisson((frames[:5].astype(np.float64) - 500) / 9 * 0.8) / 0.8
    noise = np.random.default_rng(5).normal(0, 5, dim.shape)
    frames[:5] = np.rint(500 + dim + noise)
    assert poor(frames, "flat") == []


def test_a_flat_lit_from_the_side_is_poor_and_a_slight_slope_is_not():
    frames = drawn("flat").astype(np.float64)
    slope = np.linspace(-1, 1, SHAPE[1])
    for share, found in ((0.25, [2]), (0.01, [])):
        changed = frames.copy()
        changed[2] = 500 + (changed[2] - 500) * (1 + share * slope)
        assert poor(np.rint(changed).astype(np.uint16), "flat") == found


def test_a_dark_among_flats_is_poor():
    frames = drawn("flat")
    frames[4] = drawn("dark", 1)[0]
    assert poor(frames, "flat") == [4]


# -- copies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
def test_frames_with_the_pixels_of_another_are_poor_but_the_first(kind):
    frames = drawn(kind)
    frames[4] = frames[7] = frames[1]
    faults = judged(frames, kind)[0]
    assert [place for place, bad in enumerate(faults) if bad] == [4, 7]
    assert faults[4] == ("its pixels are those of frame 2 of the set, to the last",)


def test_six_identical_frames_leave_one():
    frames = np.repeat(drawn("bias", 1), 6, axis=0)
    assert poor(frames, "bias") == [1, 2, 3, 4, 5]


def test_frames_too_coarse_to_show_noise_are_no_copies():
    frames = np.floor(drawn("bias") / 4096)
    assert len(np.unique(frames)) == 1
    assert poor(frames, "bias") == []
