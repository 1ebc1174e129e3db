"""Flats a part of which is full, each pixel at a level of its own."""

import numpy as np
import pytest

from plateworks.pixels.plateau import plateau
from plateworks.pixels.saturation import find_ending

SHAPE = (600, 900)
FULL = 40_000.0
Y, X = np.ogrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]
R2 = (X * X + Y * Y) / 2


def flat(light: np.ndarray, scatter: float | None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw a flat, uint16, and where it is full."""
    draw = np.random.default_rng(seed)
    read = light + np.sqrt(light / 1.5 + 25) * draw.standard_normal(SHAPE)
    full = np.full(SHAPE, np.inf)
    if scatter is not None:
        full = FULL + scatter * draw.standard_normal(SHAPE)
    return np.rint(np.minimum(read, full)).astype(np.uint16), read >= full


@pytest.mark.parametrize("scatter", [30.0, 120.0, 300.0])
@pytest.mark.parametrize("peak", [1.06, 1.2])
def test_the_part_that_is_full_is_found_though_no_value_stands_out(scatter, peak):
    pixels, full = flat(300 + peak * FULL * (1 - 0.35 * R2), scatter)
    level = find_ending(pixels, full=65535.0).pile
    assert (pixels >= level)[full].mean() >= 0.99
    assert (pixels >= level)[pixels < FULL - 3 * scatter].sum() == 0


def test_one_colour_of_a_mosaic_that_is_full_is_enough():
    light = 300 + 1.2 * FULL * (1 - 0.35 * R2)
    light[::2, ::2] *= 0.6
    light[1::2, 1::2] *= 0.5
    pixels, full = flat(light, 60.0)
    assert (pixels >= plateau(pixels))[full].mean() >= 0.99


@pytest.mark.parametrize(
    "light",
    [
        30_000 * (1 - 0.35 * R2),
        30_000 * (1 - 0.35 * R2**2),
        30_000 * (1 - 0.35 * R2**3),
        30_000 * (1 - 0.02 * X) + 0 * Y,
        np.full(SHAPE, 30_000.0),
        np.where((R2 > 0.7), 9_000.0, 30_000.0),
    ],
    ids=["vignetting", "a flat top", "a flatter top", "a gradient", "none", "dark corners"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_flat_that_is_nowhere_full_has_no_such_part(light, seed):
    pixels, _ = flat(light, None, seed)
    assert plateau(pixels) is None
    assert find_ending(pixels, full=65535.0).pile is None


def test_small_frames_and_frames_without_noise_have_none():
    assert plateau(np.full((40, 40), 30_000, np.uint16)) is None
    assert plateau(np.full(SHAPE, 30_000, np.uint16)) is None
    assert plateau(np.full(SHAPE, np.nan, np.float32)) is None
