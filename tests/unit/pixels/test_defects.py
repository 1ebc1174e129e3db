"""Pixels of a dark that harm a light: how much, and of which kinds they are."""

import numpy as np
import pytest

from plateworks.pixels.combine import combine
from plateworks.pixels.defects import (
    CLUSTER,
    COLUMN,
    EMPTY,
    FLICKERS,
    FULL,
    HOT,
    NOISY,
    NONLINEAR,
    ROW,
    UNPREDICTED,
    find_defects,
)

SHAPE = (400, 500)
NOISE = 6.0  # of a frame, e⁻ and ADU


def stack_of(current, frames, seed=1, gain=1.0, noise=NOISE):
    """Draw darks of a dark current, e⁻; uint16 ADU."""
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(current, (frames, *current.shape)) + rng.normal(
        0, noise, (frames, *current.shape)
    )
    return np.clip((500 + drawn / gain).round(), 0, 65535).astype(np.uint16)


def defects_of(stack, noise=NOISE, **more):
    found = combine(stack, ordinary=noise)
    return find_defects(
        found.value, noise, step=1.0, count=len(stack), unsteady=found.unsteady, **more
    )


def kinds_of(defects, shape=SHAPE):
    """The kinds of every pixel."""
    kinds = np.zeros(shape[0] * shape[1], np.int16)
    kinds[defects.pixels] = defects.kinds
    return kinds.reshape(shape)


def with_hot(seed=2, part=0.02, mean=100.0):
    rng = np.random.default_rng(seed)
    current = np.zeros(SHAPE)
    hot = rng.random(SHAPE) < part
    current[hot] = rng.exponential(mean, hot.sum())
    return current


@pytest.mark.parametrize("gain", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("frames", [3, 7, 20])
def test_harm_is_what_the_shot_noise_adds_to_the_noise_of_a_frame(frames, gain):
    current = with_hot(mean=400)
    # What the numbers of the converter add to the noise belongs to it.
    noise = (NOISE**2 / gain**2 + 1 / 12) ** 0.5
    found = defects_of(stack_of(current, frames, gain=gain), noise)
    assert found.shot == pytest.approx(1 / gain, rel=0.08)
    of_level = found.kinds & (NOISY | FLICKERS) == 0
    true = np.sqrt(noise**2 + current.ravel() / gain**2)[found.pixels] / noise - 1
    strong = of_level & (true > 0.5)
    assert strong.sum() > 1000
    assert np.median(found.harm[strong] / true[strong]) == pytest.approx(1, rel=0.08)
    np.testing.assert_allclose(found.harm[strong], true[strong], rtol=0.5)


@pytest.mark.parametrize("frames", [3, 5, 9, 12, 20, 50])
def test_stable_hot_pixels_that_do_no_harm_are_none_and_those_that_do_are(frames):
    current = with_hot()
    found = defects_of(stack_of(current, frames))
    listed = np.zeros(SHAPE, bool)
    listed.ravel()[found.pixels[(found.harm > 0.25) | (found.kinds & UNPREDICTED != 0)]] = True
    harm = np.sqrt(1 + current / NOISE**2) - 1
    assert (listed & (harm < 0.15)).sum() < 0.02 * listed.sum()
    assert (listed & (harm > 0.4)).sum() > 0.97 * (harm > 0.4).sum()
    assert not (listed & (current == 0)).sum() > 3


def test_the_scatter_of_few_frames_has_no_say():
    stack = stack_of(with_hot(), 5)
    rng = np.random.default_rng(3)
    stack[:, 0, :] = (500 + rng.normal(0, 40, (5, SHAPE[1]))).round().astype(np.uint16)
    assert not (defects_of(stack).kinds & (NOISY | FLICKERS)).any()


def test_a_noisy_pixel_is_told_from_one_that_flickers():
    rng = np.random.default_rng(4)
    stack = stack_of(with_hot(), 20)
    stack[:, 10, ::4] = (500 + rng.normal(0, 5 * NOISE, (20, 125))).round()
    stack[:, 20, ::4] = 500 + rng.normal(0, NOISE, (20, 125)).round()
    stack[::2, 20, ::4] += 60
    kinds = kinds_of(defects_of(stack))
    assert (kinds[10, ::4] & NOISY != 0).mean() > 0.95
    assert (kinds[10, ::4] & FLICKERS != 0).mean() < 0.5
    assert (kinds[20, ::4] & FLICKERS != 0).all()


def test_the_upper_of_two_levels_is_not_taken_for_charge_whose_shot_noise_hides_the_step():
    rng = np.random.default_rng(5)
    stack = stack_of(with_hot(), 20, noise=3.0)
    up = rng.random((20, SHAPE[1])) < rng.uniform(0.5, 0.9, SHAPE[1])
    stack[:, 20] = (500 + rng.normal(0, 3, up.shape) + 18 * up).round()
    kinds = kinds_of(defects_of(stack, 3.0))
    assert (kinds[20] & FLICKERS != 0).mean() > 0.9
    assert (np.delete(kinds, 20, axis=0) & FLICKERS != 0).sum() <= 3


@pytest.mark.parametrize(("part", "least"), [(0.0, 5), (0.02, 4)])
def test_a_pixel_of_four_sigmas_is_hot_where_few_of_those_are_chance(part, least):
    rng = np.random.default_rng(6)
    dark = rng.normal(500, 1, SHAPE).astype(np.float32)
    dark[rng.random(SHAPE) < part] += 8
    dark[7, ::20] = 504.6
    found = find_defects(dark, 1.0, count=9, egain=1.0)
    assert (kinds_of(found)[7, ::20] & HOT != 0).mean() == (least < 5)
    assert (found.excess < 5).any() == (least < 5)


def test_pixels_near_saturation_and_without_a_value_are_named():
    stack = stack_of(with_hot(), 6).astype(np.float32)
    stack[:, 5, 5], stack[:, 5, 50], stack[:, 5, 100] = 60_000, 50_000, 40_000
    stack[:, 5, 150] = np.nan
    kinds = kinds_of(defects_of(stack, full=60_000.0))
    assert kinds[5, 5] & (FULL | NONLINEAR) == FULL
    assert kinds[5, 50] & (FULL | NONLINEAR) == NONLINEAR
    assert kinds[5, 100] & (FULL | NONLINEAR) == 0
    assert kinds[5, 150] & EMPTY


def test_columns_rows_and_clusters_are_named_as_such():
    current = with_hot(part=0.002)
    current[50:300, 77] += 500
    current[333, 100:450] += 500
    current[200:203, 300:303] += 500
    kinds = kinds_of(defects_of(stack_of(current, 12)))
    assert (kinds[50:300, 77] & COLUMN != 0).all() and not (kinds[50:300, 77] & ROW).any()
    assert (kinds[333, 100:450] & ROW != 0).all()
    assert (kinds[200:203, 300:303] & CLUSTER != 0).all()
    others = kinds & (COLUMN | ROW | CLUSTER) != 0
    assert others.sum() < 250 + 350 + 9 + 30


def test_a_few_hot_pixels_leave_the_shot_noise_to_the_gain():
    current = np.zeros(SHAPE)
    current[5, 5] = 900.0
    stack = stack_of(current, 4, gain=2.0)
    assert defects_of(stack, NOISE / 2, egain=2.0).shot == 0.5
    [harm] = defects_of(stack, NOISE / 2, egain=2.0).harm
    assert harm == pytest.approx((1 + 900 / NOISE**2) ** 0.5 - 1, rel=0.1)
    unknown = defects_of(stack, NOISE / 2)
    assert unknown.shot is None and unknown.kinds.tolist() == [HOT]
    assert np.isnan(unknown.harm).all()


def test_in_the_glow_of_an_amplifier_a_pixel_is_judged_beside_its_surroundings():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    current = 2000 * np.exp(-np.hypot(SHAPE[0] - y, x) / 90) + with_hot(part=0.01)
    kinds = kinds_of(defects_of(stack_of(current, 20)))
    bright = 2000 * np.exp(-np.hypot(SHAPE[0] - y, x) / 90) > 500
    hot = with_hot(part=0.01) > 0
    assert (kinds[bright & ~hot] != 0).mean() < 1e-3
    # Beside the shot noise of the glow, what is warm does little.
    assert (kinds[bright & hot] != 0).mean() < (kinds[~bright & hot] != 0).mean() / 2


def test_a_coarse_converter_does_not_make_pixels_jump():
    rng = np.random.default_rng(6)
    levels = 500 + rng.uniform(0, 1, SHAPE)  # some lie between two numbers
    stack = np.rint(levels + rng.normal(0, 0.2, (20, *SHAPE))).astype(np.uint16)
    found = defects_of(stack, 0.35)
    assert (found.kinds & (FLICKERS | NOISY) != 0).sum() <= 2


def test_in_8_bits_a_step_in_one_of_many_frames_makes_no_pixel_hot():
    rng = np.random.default_rng(5)
    frames = np.full((16, *SHAPE), 10, np.uint8)
    frames[(rng.random(frames.shape) < 0.002)] += 1  # rarely beyond the next step
    frames[:, 50, 60] = 90
    master = frames.mean(axis=0, dtype=np.float32)
    assert np.median(np.abs(master - np.median(master))) == 0  # nothing tells the noise
    with np.errstate(all="raise"):
        found = find_defects(master, 0.05, step=1.0, count=16)
    assert np.argwhere(kinds_of(found) & HOT).tolist() == [[50, 60]]


def test_in_a_dark_without_any_noise_a_pixel_above_the_others_is_hot():
    master = np.full(SHAPE, 10.0, np.float32)
    master[50, 60] = 90
    with np.errstate(all="raise"):
        found = find_defects(master, 0.0)
    assert np.argwhere(kinds_of(found) & HOT).tolist() == [[50, 60]]
