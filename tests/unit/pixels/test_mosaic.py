"""A mosaic of colours is told from uneven amplifiers, and from a flat without either."""

import itertools

import numpy as np
import pytest

from plateworks.pixels.mosaic import patterns_seen

SHAPE = (96, 128)
#: Red, green, green, blue as lamps, the twilight and narrow bands show them.
LIGHTS = {
    "panel": (0.52, 1.0, 1.01, 0.71),
    "bulb": (1.35, 1.0, 0.995, 0.42),
    "twilight": (0.62, 1.0, 1.0, 0.97),
    "blue": (0.98, 1.0, 1.0, 1.3),
    "H alpha": (1.0, 0.06, 0.068, 0.03),
    "O III": (0.05, 1.0, 0.99, 0.93),
    "red and blue alike": (0.6, 1.0, 1.0, 0.6),
}
#: Where red, green, green and blue lie.
PATTERNS = {"RGGB": (0, 1, 2, 3), "BGGR": (3, 1, 2, 0), "GRBG": (1, 0, 3, 2), "GBRG": (1, 3, 0, 2)}


def flat(cell, level=20_000.0, noise=None, seed=0):
    """A flat whose 2x2 cells have these levels, in parts of one, with vignette and shot noise."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    light = level * (1.0 - 0.5 * ((x / 128 - 0.3) ** 2 + (y / 96 - 0.4) ** 2))
    light = light * np.tile(np.reshape(cell, (2, 2)), (SHAPE[0] // 2, SHAPE[1] // 2))
    sigma = np.sqrt(np.abs(light) + 25) if noise is None else noise
    return light + np.random.default_rng(seed).normal(0, 1, SHAPE) * sigma


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("level", [300.0, 30_000.0])
def test_colours_are_seen_in_whatever_light_and_order(pattern, light, level):
    cell = [LIGHTS[light][place] for place in PATTERNS[pattern]]
    seen = patterns_seen(flat(cell, level))
    assert pattern in seen
    # Red and blue change places without a trace, and greens with them where those are even too.
    assert len(seen) == (4 if light == "red and blue alike" else 2)


ALTERNATING = {
    "none": (1, 1, 1, 1),
    "columns": (1, 1.3, 1, 1.3),
    "rows": (0.7, 0.7, 1, 1),
    "a little by columns and rows": (1, 1.02, 0.99, 1.01),
    "columns and rows alike": (1, 1.15, 1.15, 1.3),
    "columns and rows against each other": (1.2, 1.0, 1.44, 1.2),
    "four amplifiers": (0.96, 1.04, 1.0, 0.98),
    "four, far apart": (1.0, 1.2, 0.9, 1.1),
}


@pytest.mark.parametrize("name", ALTERNATING)
@pytest.mark.parametrize("level", [300.0, 30_000.0])
def test_amplifiers_that_alternate_are_no_colours(name, level):
    for cell in (ALTERNATING[name], ALTERNATING[name][::-1]):
        assert not patterns_seen(flat(cell, level))


def test_no_noise_is_taken_for_colours():
    for seed, (level, noise) in itertools.product(range(40), [(0.0, 30.0), (2.0, 30.0), (50, 40)]):
        assert not patterns_seen(flat((1, 1, 1, 1), level, noise, seed))


def test_what_has_no_light_or_no_cells_shows_none():
    assert not patterns_seen(np.full(SHAPE, np.nan))
    assert not patterns_seen(-flat(LIGHTS["panel"]))
    assert not patterns_seen(np.ones((1, 50)))


def test_a_colour_without_light_leaves_a_flat_as_a_whole():
    assert not patterns_seen(flat((1.0, 0.06, 0.06, 0.0)))
