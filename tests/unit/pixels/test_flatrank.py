"""The flat that suits a session best: previews, trials, and dust that moved."""

import numpy as np
import pytest
from scipy import ndimage

from plateworks.pixels.flatrank import (
    flat_preview,
    light_preview,
    session_preview,
    shrink,
    trial,
)


@pytest.mark.parametrize("dtype", ["uint16", "int16", ">i2", "float32", "float64"])
@pytest.mark.parametrize(("shape", "factor"), [((16, 24), 8), ((37, 53), 8), ((9, 8), 3)])
def test_shrinking_takes_the_mean_of_each_whole_block(dtype, shape, factor):
    image = np.random.default_rng(1).integers(0, 32767, shape).astype(dtype)
    want = [
        [
            image[y : y + factor, x : x + factor].mean()
            for x in range(0, shape[1] - factor + 1, factor)
        ]
        for y in range(0, shape[0] - factor + 1, factor)
    ]
    small = shrink(image, factor)
    np.testing.assert_allclose(small, want, rtol=1e-6)
    assert small.dtype == np.float32


def test_shrinking_leaves_out_what_is_missing():
    image = np.random.default_rng(2).normal(100, 10, (16, 24))
    image[:8, :8] = np.nan
    image[3, 9:12] = np.nan, np.inf, -np.inf
    image[8:, 8:16] = np.inf
    small = shrink(image)
    block = image[:8, 8:16]
    assert small[0, 1] == pytest.approx(block[np.isfinite(block)].mean())
    np.testing.assert_array_equal(np.isnan(small), [[True, False, False], [False, True, False]])


def test_a_mosaic_becomes_the_mean_of_its_colours():
    mosaic = np.tile([[100, 200], [240, 60]], (8, 12)).astype(np.uint16)
    np.testing.assert_array_equal(shrink(mosaic), np.full((2, 3), 150))


def test_less_than_a_block_is_refused():
    with pytest.raises(ValueError, match=r"\(7, 80\) pixels has no block of 8 x 8"):
        shrink(np.zeros((7, 80)))


def test_a_light_preview_is_the_median_filtered_reduction():
    image = np.random.default_rng(3).normal(500, 30, (250, 330)).astype(np.float32)
    preview = light_preview(image)
    want = ndimage.median_filter(shrink(image), 16)
    whole = np.zeros(preview.shape, bool)
    whole[8:-7, 8:-7] = True
    np.testing.assert_array_equal(preview[whole], want[whole])
    np.testing.assert_array_equal(np.isfinite(preview), whole)
    assert preview.dtype == np.float32


def test_a_hole_in_a_light_stays_and_does_not_spread():
    image = np.full((250, 330), 500.0)
    image[100:130, 80:200] = np.nan
    preview = light_preview(image)
    np.testing.assert_array_equal(
        np.isnan(preview[8:-7, 8:-7]), np.isnan(shrink(image)[8:-7, 8:-7])
    )
    assert np.nanmin(preview) == np.nanmax(preview) == 500


def test_a_frame_smaller_than_the_window_has_no_preview():
    assert np.isnan(light_preview(np.ones((100, 300)))).all()


def test_stars_vanish_from_the_preview():
    rng = np.random.default_rng(4)
    image = rng.normal(500, 20, (512, 640))
    quiet = light_preview(image)
    for y, x in zip(rng.integers(0, 500, 40), rng.integers(0, 620, 40), strict=True):
        image[y : y + 12, x : x + 12] += 20000
    assert np.nanmax(np.abs(light_preview(image) - quiet)) < 3


@pytest.mark.parametrize(("radius", "shown"), [(40, False), (80, True)])
def test_dark_dust_shows_in_the_preview_of_a_light_if_it_fills_half_of_the_window(radius, shown):
    image = np.random.default_rng(11).normal(500, 20, (512, 640))
    preview = light_preview(image * shadow(image.shape, 0.2, radius, 256, 320))
    assert preview[32, 40] == pytest.approx(400 if shown else 500, abs=5)


def test_the_session_is_the_median_at_each_pixel():
    previews = list(np.random.default_rng(5).normal(500, 30, (4, 20, 30)).astype(np.float32))
    previews[1][3, 4:6] = np.nan
    previews[0][0, 0] = previews[1][0, 0] = previews[2][0, 0] = previews[3][0, 0] = np.nan
    session = session_preview(previews)
    assert np.isnan(session[0, 0])
    assert session[3, 4] == np.median([previews[i][3, 4] for i in (0, 2, 3)])
    assert session[9, 9] == pytest.approx(np.median([preview[9, 9] for preview in previews]))
    assert session.dtype == np.float32
    with pytest.raises(ValueError, match="at least one"):
        session_preview([])
    with pytest.raises(ValueError, match="of one shape"):
        session_preview([previews[0], previews[1][1:]])


def test_a_flat_preview_has_a_median_of_5000_and_keeps_its_dust():
    flat = np.random.default_rng(6).normal(30000, 100, (160, 240)).astype(np.uint16)
    flat[80:88, 120:128] //= 2
    preview = flat_preview(flat)
    assert np.median(preview) == pytest.approx(5000, rel=1e-6)
    assert preview[10, 15] == pytest.approx(2500, rel=0.01)
    with pytest.raises(ValueError, match=r"above zero.*0\.0"):
        flat_preview(np.zeros((16, 16)))


def plain_trial(light, flat):
    """The rule step by step with scipy's Gaussian; what is missing has no weight."""
    quotient = light.astype(float) * 5000 / np.where(flat > 0, flat, np.nan)
    quotient /= np.nanmedian(quotient)
    there = np.isfinite(quotient)
    y, x = np.indices(light.shape)
    terms = np.stack([y**0, y, x, y * y, y * x, x * x])[:, there].T
    even = quotient.copy()
    even[there] -= terms @ np.linalg.lstsq(terms, quotient[there], rcond=None)[0]

    def blur(image, sigma):
        weight = ndimage.gaussian_filter(there.astype(float), sigma)
        total = ndimage.gaussian_filter(np.where(there, image, 0), sigma)
        return np.where(there, total / weight, np.nan)

    image = blur(even - blur(even, 0.3 * sum(light.shape) / 2), 5)
    return image, np.nanstd(image)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("shape", [(60, 91), (40, 40), (97, 30)])
def test_a_trial_equals_the_rule_step_by_step(shape, holes):
    rng = np.random.default_rng(7)
    light = rng.normal(300, 10, shape).astype(np.float32) + 20 * np.sin(np.arange(shape[1]) / 5)
    flat = rng.normal(5000, 100, shape).astype(np.float32)
    if holes:
        light[:8], flat[20:23, 5:9], flat[30, 9] = np.nan, 0, -7
    want, score = plain_trial(light, flat)
    tried = trial(light, flat)
    np.testing.assert_allclose(tried.image, want, atol=1e-6)
    assert tried.score == pytest.approx(score, rel=1e-6)
    assert tried.image.dtype == np.float32
    assert np.isnan(tried.image).any() == holes


def test_the_score_knows_neither_the_level_of_the_sky_nor_that_of_the_flat():
    rng = np.random.default_rng(8)
    light, flat = rng.normal(300, 10, (50, 60)), rng.normal(5000, 100, (50, 60))
    want = trial(light, flat).score
    assert trial(7 * light, flat).score == pytest.approx(want)
    assert trial(light, 0.2 * flat).score == pytest.approx(want)


def test_a_smooth_gradient_of_the_sky_scores_nothing():
    y, x = np.mgrid[-1:1:60j, -1:1:90j]
    light = 300 * (1 + 0.1 * x - 0.05 * y + 0.04 * x * y + 0.03 * x**2)
    assert trial(light, np.full((60, 90), 5000.0)).score < 1e-9


def test_what_cannot_be_tried_is_refused():
    light, flat = np.full((20, 30), 100.0), np.full((20, 30), 5000.0)
    with pytest.raises(ValueError, match=r"flat has the shape \(20, 29\), the light \(20, 30\)"):
        trial(light, flat[:, 1:])
    for bad in (-light, np.full_like(light, np.nan)):
        with pytest.raises(ValueError, match="sky of a session must be above zero"):
            trial(bad, flat)


SKY, READ_NOISE, FLAT, FLATS = 1000.0, 5.0, 20000.0, 16
"""Electrons of the sky and of one flat, and flats in a master."""


def shadow(shape, depth, radius, y, x):
    """The transmission of dust: a disc with a soft edge."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    distance = np.hypot(rows - y, columns - x)
    return 1 - depth * np.clip((radius - distance) / (0.2 * radius) + 0.5, 0, 1)


def visible(radius):
    """The depth from which the eye sees a disc of `radius` pixels in one light.

    The eye tells 1 % of brightness under good conditions (Weber's fraction), and needs a signal
    five times the noise within the disc (Rose 1948, J. Opt. Soc. Am. 38, 196).  The noise of a
    pixel is 3.2 % here, so a disc of 80 pixels' radius may be as shallow as 0.11 % for the latter
    and the former decides; below a radius of 9 pixels it is the other way round.
    """
    noise = np.sqrt(SKY + READ_NOISE**2) / SKY
    return max(0.01, 5 * noise / np.sqrt(np.pi * radius**2))


def night(rng, shape, depth, radius, lights, side):
    """Draw lights with dust in one place, and flats with it there and elsewhere.

    A pixel of the drawing is `side` pixels of the camera wide, and `radius` counts those of it.
    """
    height, width = shape
    y, x = (np.linspace(-1, 1, n) for n in shape)
    vignette = 1 - 0.2 * (y[:, None] ** 2 + x**2) + 0.03 * x**4
    margin = radius + 64 / side

    def place():
        return rng.uniform(margin, height - margin), rng.uniform(margin, width - margin)

    here = place()
    there = place()
    while np.hypot(here[0] - there[0], here[1] - there[1]) < 2 * radius:
        there = place()
    right, wrong = (vignette * shadow(shape, depth, radius, *at) for at in (here, there))
    tilt = rng.uniform(-0.05, 0.05, 3)
    sky = SKY * (1 + tilt[0] * x + tilt[1] * y[:, None] + 0.3 * tilt[2] * x * y[:, None])
    expected = sky * right
    count = height * width // 100
    expected[rng.integers(0, height, count), rng.integers(0, width, count)] += 200 * (
        rng.pareto(1.0, count)
    )

    def expose(image, read_noise, frames):
        noise = np.sqrt((image + read_noise**2) / frames) / side
        return image + noise * rng.standard_normal(shape, dtype=np.float32)

    drawn = [expose(expected, READ_NOISE, 1) for _ in range(lights)]
    return drawn, expose(FLAT * right, 0, FLATS), expose(FLAT * wrong, 0, FLATS)


def test_dust_that_moved_is_decided_right_in_100_of_100_trials_at_half_of_what_the_eye_sees():
    """The night is drawn reduced by eight, since the mean of a block is exact, and enlarged."""
    right = 0
    for seed in range(100):
        rng = np.random.default_rng([9, seed])
        radius = rng.uniform(7, 14)
        depth = visible(8 * radius) / 2
        lights, good, bad = night(rng, (130, 196), depth, radius, 3, side=8)
        session = session_preview([light_preview(enlarged(light)) for light in lights])
        scores = [trial(session, flat_preview(enlarged(flat))).score for flat in (good, bad)]
        right += scores[0] < scores[1]
    assert right == 100


def enlarged(image):
    """Return eight pixels for each in both directions."""
    return image.astype(np.float32).repeat(8, axis=0).repeat(8, axis=1)


def test_dust_in_whole_frames_is_decided_right_by_far():
    rng = np.random.default_rng(10)
    lights, good, bad = night(rng, (1024, 1536), visible(80) / 2, 80, 5, side=1)
    session = session_preview([light_preview(light) for light in lights])
    scores = [trial(session, flat_preview(flat)).score for flat in (good, bad)]
    assert scores[1] > 1.2 * scores[0]
