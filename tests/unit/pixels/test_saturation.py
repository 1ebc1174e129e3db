"""Where the values of a raw frame end: converters, full wells, frames in which nothing is full."""

import numpy as np
import pytest

from plateworks.pixels.saturation import find_ending

SHAPE = (300, 420)
BIAS = 300.0


def field(rng, peaks, width=1.8):
    """A sky with stars of some peaks, ADU, as a camera without an end would read it."""
    image = np.full(SHAPE, 900.0)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    for peak in peaks:
        row, column = rng.uniform(15, SHAPE[0] - 15), rng.uniform(15, SHAPE[1] - 15)
        image += peak / (1 + ((y - row) ** 2 + (x - column) ** 2) / (2 * width**2)) ** 2.5
    return noisy(rng, image)


def noisy(rng, image):
    return image + rng.standard_normal(image.shape) * np.sqrt(np.abs(image) / 1.5 + 25)


def flat(rng, peak):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    shade = 1 - 0.3 * ((y / SHAPE[0] - 0.5) ** 2 + (x / SHAPE[1] - 0.5) ** 2)
    return noisy(rng, BIAS + peak * shade)


def shifted(bits):
    step = 1 << (16 - bits)
    return lambda adu: (np.floor(adu / step) * step).clip(0, 65536 - step).astype(np.uint16)


def native(bits):
    step = 1 << (16 - bits)
    return lambda adu: np.floor(adu / step).clip(0, (1 << bits) - 1).astype(np.uint16)


def clipped(level, dtype=np.uint16):
    return lambda adu: np.rint(adu.clip(0, level)).astype(dtype)


def ending_of(pixels, zero=0.0):
    integers = pixels.dtype.kind in "iu"
    return find_ending(pixels, zero, float(np.iinfo(pixels.dtype).max) if integers else None)


#: Camera -> what it makes of what falls in, and the value where it is full.
CAMERAS = {
    "16 bits": (clipped(65535), 65535),
    "14 bits x 4": (shifted(14), 65532),
    "13 bits x 8": (shifted(13), 65528),
    "12 bits x 16": (shifted(12), 65520),
    "native 14 bits": (native(14), 16383),
    "native 12 bits": (native(12), 4095),
    "native 11 bits": (native(11), 2047),
    "black level taken off": (clipped(64377), 64377),
    "CCD": (clipped(38211), 38211),
    "32 bits": (clipped(51000, np.int32), 51000),
    "16 bits in 32": (clipped(65535, np.uint32), 65535),
    "floats": (clipped(44000, np.float32), 44000),
    "four of 12 bits added up": (lambda adu: native(12)(adu) * np.uint16(4), 16380),
    "four of 12 bits x 16 averaged": (lambda adu: np.minimum(clipped(65535)(adu), 65520), 65520),
    "8 bits": (lambda adu: np.floor(adu / 256).clip(0, 255).astype(np.uint8), 255),
}


@pytest.mark.parametrize("camera", CAMERAS)
def test_where_stars_are_full_is_found_for_each_kind_of_camera(camera):
    store, full = CAMERAS[camera]
    rng = np.random.default_rng(1)
    pixels = store(field(rng, rng.uniform(500, 40_000, 40).tolist() + [2e5] * 8))
    assert ending_of(pixels).pile == full
    assert np.count_nonzero(pixels == full) > 30


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_few_full_pixels_are_enough(camera):
    store, full = CAMERAS[camera]
    pixels = store(field(np.random.default_rng(2), [3000.0, 20_000.0, 1.6e5]))
    assert 3 <= np.count_nonzero(pixels == full) <= 40
    assert ending_of(pixels).pile == full


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("peak", [85_000, 300_000])
def test_where_flats_are_full_is_found_in_part_of_them_and_all_over(camera, peak):
    store, full = CAMERAS[camera]
    assert find_full(store(flat(np.random.default_rng(3), peak))) == full


def find_full(pixels):
    found = ending_of(pixels)
    return found.last if found.pile is None else found.pile


@pytest.mark.parametrize(("level", "scatter"), [(40_000, 20), (40_000, 120), (55_000, 250)])
def test_a_level_with_some_scatter_is_found_by_the_stars_that_it_cuts_off(level, scatter):
    rng = np.random.default_rng(4)
    light = field(rng, rng.uniform(500, 30_000, 60).tolist() + [3e5] * 8)
    ends = rng.normal(level, scatter, SHAPE)
    pixels = np.rint(np.minimum(light, ends)).astype(np.uint16)
    pile = ending_of(pixels).pile
    assert level - 4.5 * scatter < pile < level - 2 * scatter
    assert np.mean(pixels[light >= ends] >= pile) >= 0.99
    near = light >= level - 4.5 * scatter
    assert not np.any(pixels[~near] >= pile)


def test_frames_from_which_a_bias_was_taken_end_with_its_scatter():
    rng = np.random.default_rng(5)
    light = clipped(65535)(field(rng, [2000.0, 30_000.0] + [4e5] * 6)).astype(np.float32)
    bias = rng.normal(800, 5, SHAPE).astype(np.float32)
    pile = ending_of(light - bias).pile
    assert 64_700 < pile < 64_730
    assert np.mean((light - bias)[light == 65535] >= pile) >= 0.99


def test_hot_pixels_above_the_stars_do_not_hide_where_those_are_full():
    rng = np.random.default_rng(6)
    pixels = clipped(38_211)(field(rng, [2e5] * 8))
    pixels[rng.integers(0, SHAPE[0], 4), rng.integers(0, SHAPE[1], 4)] = [41_000, 50_000, 9, 65_535]
    assert ending_of(pixels).pile == 38_211


def test_pixels_without_a_value_and_infinite_ones_do_not_hinder():
    pixels = clipped(44_000, np.float32)(field(np.random.default_rng(7), [2e5] * 5))
    pixels[:40], pixels[50, 50] = np.nan, np.inf
    assert ending_of(pixels).pile == 44_000


def test_what_was_added_to_the_numbers_is_counted():
    pixels = native(12)(field(np.random.default_rng(8), [1.2e5])).astype(np.float32) - 50
    assert find_ending(pixels, -50.0, 65535.0).pile == 4045
    assert find_ending(pixels, -50.0, 65535.0).last == 65485


# -- where nothing is full -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("width", [0.8, 1.8, 4.0])
@pytest.mark.parametrize("step", [1, 4, 16])
def test_stars_that_are_not_full_end_nowhere(seed, width, step):
    rng = np.random.default_rng(seed)
    light = field(rng, 500 / rng.uniform(0.02, 1, 25) + rng.choice([0, 20_000]), width)
    pixels = (np.floor(light / step) * step).clip(0, 65_000).astype(np.uint16)
    assert ending_of(pixels).pile is None
    assert ending_of(pixels).last == 65_536 - step
    assert ending_of(light.astype(np.float32))[:2] == (None, None)


@pytest.mark.parametrize("sigma", [0.15, 0.3, 0.6, 1.0, 3.0, 30.0])
@pytest.mark.parametrize("step", [1, 16, 257])
def test_noise_ends_nowhere_however_coarse_the_numbers_are(sigma, step):
    rng = np.random.default_rng(9)
    for _ in range(20):
        values = np.rint(rng.normal(40, sigma, (90, 130))).clip(0, 200)
        for dtype in (np.uint16, np.int32, np.float32):
            assert ending_of((values * step).astype(dtype)).pile is None
        assert ending_of(values.astype(np.uint8)).pile is None


@pytest.mark.parametrize("sigma", [0.5, 3.0, 15.0])
def test_hot_pixels_alike_are_no_end(sigma):
    rng = np.random.default_rng(10)
    for _ in range(20):
        dark = np.full((96, 128), 530.0)
        dark[rng.integers(0, 96, 14), rng.integers(0, 128, 14)] = 9000
        dark += rng.normal(0, sigma, dark.shape)
        assert ending_of(np.rint(dark).astype(np.uint16)).pile is None
        assert ending_of(dark.astype(np.float32)).pile is None


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("count", [12, 300])
def test_hot_pixels_of_one_value_are_no_end_and_hide_none(dtype, count):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        hot = rng.integers(0, SHAPE[0], count), rng.integers(0, SHAPE[1], count)
        light = np.rint(field(rng, rng.uniform(500, 9000, 20)))
        light[hot] = 30_000
        assert ending_of(light.astype(dtype)).pile is None
        light = np.rint(field(rng, [2000.0, 1.5e5, 1.5e5, 1.5e5]).clip(0, 25_000))
        light[hot[0][:9], hot[1][:9]] = 30_000
        assert ending_of(light.astype(dtype)).pile == 25_000


@pytest.mark.parametrize("level", [2500, 21_000, 52_000])
def test_flats_of_one_colour_or_four_and_discs_of_planets_are_no_end(level):
    rng = np.random.default_rng(11)
    mosaic = np.ones(SHAPE)
    mosaic[::2, ::2], mosaic[1::2, 1::2] = 0.7, 0.45
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    disc = (y - 140) ** 2 + (x - 200) ** 2 < 35**2
    for scene in (np.ones(SHAPE), mosaic, disc):
        pixels = np.rint(noisy(rng, 500 + level * scene)).astype(np.uint16)
        assert ending_of(pixels).pile is None
    assert ending_of(np.rint(flat(rng, level)).astype(np.uint16)).pile is None


@pytest.mark.parametrize("value", [0, 3, 500, 12_000])
def test_a_frame_of_one_low_value_is_not_full(value):
    assert ending_of(np.full((20, 30), value, np.uint16)).pile is None


@pytest.mark.parametrize("value", [4095, 16_383, 40_000, 65_520])
def test_a_frame_of_one_high_value_is(value):
    assert ending_of(np.full((20, 30), value, np.uint16)).pile == value


def test_a_frame_without_values_has_no_end():
    assert ending_of(np.full((4, 5), np.nan, np.float32))[:2] == (None, None)
