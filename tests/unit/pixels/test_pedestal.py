"""The pedestal that is chosen: no sky is cut off by the integers it is rounded to."""

import numpy as np
import pytest

from plateworks.pixels.calibrate import to_integer
from plateworks.pixels.masks import BAD, CLAMPED
from plateworks.pixels.pedestal import pedestal_for

SHAPE = (240, 320)


def sky(level, noise, corner=1.0, cell=((1, 1), (1, 1)), seed=0):
    """A sky whose noise grows towards the corners, as behind a flat, seen through 2x2 cells."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    radius2 = ((y / 120 - 1) ** 2 + (x / 160 - 1) ** 2) / 2
    light = level * np.tile(cell, (SHAPE[0] // 2, SHAPE[1] // 2))
    chance = np.random.default_rng(seed).normal(0, noise, SHAPE) * (1 + (corner - 1) * radius2)
    return (light + chance).astype(np.float32)


@pytest.mark.parametrize(
    "image",
    [
        sky(0.0, 3.0),
        sky(0.0, 60.0),
        sky(40.0, 15.0, corner=6.0),
        sky(-300.0, 9.0),
        sky(90.0, 25.0, cell=((1, 0.3), (-1, 1))),
        sky(5000.0, 40.0),
    ],
    ids=["dark", "noisy", "vignette", "black level", "colours", "bright"],
)
@pytest.mark.parametrize("dtype", ["uint16", "uint32", "int16"])
def test_no_sky_is_clamped(image, dtype):
    mask = np.zeros(SHAPE, np.uint8)
    pedestal = pedestal_for(image, dtype)
    stored = to_integer(image, dtype, pedestal, mask)
    assert not mask.any()
    assert np.median(stored.astype(float) - pedestal) == pytest.approx(np.median(image), abs=0.6)


def test_frames_of_a_night_share_a_round_one():
    night = [pedestal_for(sky(level, 6.0, seed=level), "uint16") for level in range(0, 900, 90)]
    assert set(night) == {100.0}
    assert pedestal_for(sky(0.0, 22.0), "uint16") == 200
    assert pedestal_for(sky(-300.0, 9.0), "uint16") == 500


def test_types_with_little_room_or_numbers_below_zero_get_what_they_need():
    assert pedestal_for(sky(10.0, 1.0), "uint8") == 0
    assert pedestal_for(sky(2.0, 1.0), "uint8") in (5, 10)
    assert pedestal_for(sky(-900.0, 5.0), "uint8") == 63  # a quarter of what there is
    assert pedestal_for(sky(0.0, 60.0), "int16") == 0


def test_stars_marked_pixels_and_missing_ones_do_not_count():
    image, mask = sky(0.0, 6.0), np.zeros(SHAPE, np.uint8)
    image[::17, ::13] = 50_000
    image[5:9, 5:9], mask[5:9, 5:9] = -8000.0, BAD
    image[100:120] = np.nan
    assert pedestal_for(image, "uint16", mask) == 100
    assert pedestal_for(np.full((2, 3), np.nan, np.float32), "uint16") == 100
    assert pedestal_for(np.array([[7.0, -5.0, 8.0], [9.0, 7.0, 8.0]], np.float32), "uint16") >= 5


def test_what_is_clamped_is_marked():
    image = np.array([[-3.0, -0.4, 0.0, 65535.4, 65536.0, np.nan, 9.0]], np.float32)
    mask = np.array([[0, 0, 0, 0, 4, 8, 1]], np.uint8)
    stored = to_integer(image, "uint16", 0.0, mask)
    assert stored.tolist() == [[0, 0, 0, 65535, 65535, 0, 9]]
    assert mask.tolist() == [[CLAMPED, 0, 0, 0, 4 | CLAMPED, 8, 1]]
