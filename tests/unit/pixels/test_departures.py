"""Pixels that do not follow the light as all others do, by flats of several levels."""

import numpy as np
import pytest

from plateworks.pixels.cfa import MOSAIC
from plateworks.pixels.departures import departing

SHAPE, GAIN, FULL = (120, 160), 0.5, 60000.0
LEVELS = (48000.0, 24000.0, 12000.0, 6000.0)
FLATS = 8  # of each level


def series(response, levels=LEVELS, seed=1):
    """Return flats of some levels, brought to one, of pixels that respond by a function of ADU."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    shade = 1 - 0.4 * ((y / SHAPE[0] - 0.5) ** 2 + (x / SHAPE[1] - 0.5) ** 2)
    shade = shade * rng.normal(1.0, 0.005, SHAPE)
    shade[30:34, 40:44] *= 0.9  # dust
    for level in levels:
        light = level * shade
        noise = rng.normal(0.0, np.sqrt(light / GAIN / FLATS))
        values = response(light) + noise
        yield (values / level * 20000).astype(np.float32), FLATS * level


def too_full(light):
    """Three pixels that are full before the others, and one that answers too little to little."""
    bent = light.copy()
    bent[10, 10] = min(light[10, 10], 30000.0)
    bent[50, 70] = light[50, 70] * (1 - 0.05 * light[50, 70] / FULL)
    bent[90, 20] = light[90, 20] - 300.0
    return bent


def test_pixels_that_bend_are_found_and_no_others():
    found = departing(series(too_full))
    assert {*zip(*map(np.ndarray.tolist, np.nonzero(found)), strict=True)} == {
        (10, 10), (50, 70), (90, 20),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [2, 3])
def test_what_all_pixels_lack_alike_dust_and_noise_are_no_departure(seed):
    bend = lambda light: light * (1 - 0.2 * light / FULL)  # noqa: E731
    assert not departing(series(bend, seed=seed)).any()


def test_less_than_a_part_in_a_hundred_is_no_matter_and_nor_is_a_pixel_without_light():
    def slightly(light):
        bent = light.copy()
        bent[60, 60] *= 1 - 0.004 * light[60, 60] / FULL
        bent[80, 80] = 20.0
        bent[70, 20] = np.nan
        return bent

    assert not departing(series(slightly)).any()


def test_the_colours_of_a_mosaic_are_looked_at_one_by_one():
    def colours(light):
        bent = too_full(light)
        bent[::2, ::2] *= 0.5
        return bent

    assert departing(series(colours), cell=MOSAIC)[10, 10]
