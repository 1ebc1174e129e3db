"""Pixels that stand out of their surroundings, told without an image of the noise."""

import numpy as np
import pytest

from plateworks.pixels import background
from plateworks.pixels.cfa import MONO, MOSAIC, PLANES
from plateworks.pixels.statistics import median, median_of_parts, medians_of_rows
from plateworks.pixels.surroundings import StandingOut, above_surroundings


def surroundings_of(plane, sigma):
    """The plain reference: an image for each step, of one colour."""
    level, noise = background.without_background(plane)
    limit = float(sigma * np.float32(noise.median()))
    columns = medians_of_rows(np.ascontiguousarray(level.T))
    columns[~(np.abs(columns) < limit)] = 0.0
    rows = medians_of_rows(level - columns)
    rows[~(np.abs(rows) < limit)] = 0.0
    even = np.empty(plane.shape, np.float32)
    np.subtract(plane, columns + rows[:, None], out=even)
    excess, noise = background.without_background(even)
    return excess, noise.whole()


def dark_of(kind, dtype, shape=(150, 202)):
    rng = np.random.default_rng(5)
    dark = rng.normal(500, 6, shape)
    dark[rng.random(dark.shape) < 0.01] += 200
    if kind == "hot column":
        dark[:, 77] += 90
        dark[31] += 90
    elif kind == "bands":
        dark += rng.normal(0, 12, shape[1])
    elif kind == "most are equal":
        dark[:, 20:] = 500
    elif kind == "quiet tiles":
        dark[:70, :70] = 500
    elif kind == "even tiles":
        dark = np.tile(dark[:32, :32], (6, 8))[: shape[0], : shape[1]]
    elif kind == "gaps" and dtype.startswith("float"):
        dark[3, 4], dark[70, 80], dark[80, 80] = np.nan, np.inf, -np.inf
        dark[:, 100], dark[90] = np.nan, np.inf
    return dark.astype(dtype)


KINDS = ["noise", "hot column", "bands", "most are equal", "quiet tiles", "even tiles", "gaps"]


@pytest.mark.parametrize("cell", [MONO, MOSAIC, PLANES])
@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
@np.errstate(invalid="ignore")
def test_surroundings_are_those_that_whole_images_tell(kind, dtype, cell):
    dark = dark_of(kind, dtype)
    excess, noise = above_surroundings(dark, cell, 8.0)
    for where in cell.positions(dark.shape):
        want = surroundings_of(dark[where], 8.0)
        np.testing.assert_array_equal(excess[where], want[0])
        np.testing.assert_array_equal(noise[where], want[1])


@pytest.mark.parametrize("cell", [MONO, MOSAIC, PLANES])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@np.errstate(invalid="ignore")
def test_those_that_stand_out_are_those_of_the_whole_images(cell, dtype):
    dark = dark_of("gaps", dtype)
    excess, noise = above_surroundings(dark, cell, 8.0)
    found = StandingOut(dark, cell, 8.0, 3.5, bright=150.0)
    want = np.flatnonzero(excess > 3.5 * noise)
    assert want.size > 200
    np.testing.assert_array_equal(found.pixels, want)
    np.testing.assert_array_equal(found.excess, excess.ravel()[want])
    np.testing.assert_array_equal(found.noise, noise.ravel()[want])
    bright = np.flatnonzero(excess > 150)
    assert bright.size > 200
    np.testing.assert_array_equal(found.bright, bright)
    np.testing.assert_array_equal(found.empty, np.flatnonzero(~np.isfinite(excess)))
    some = np.random.default_rng(1).permutation(dark.size)[:5000]
    np.testing.assert_array_equal(found.of(some), excess.ravel()[some])


@pytest.mark.parametrize("shape", [(9, 40), (64, 96), (331, 277)])
def test_the_median_of_the_noise_is_that_of_its_whole_image(shape):
    image = np.random.default_rng(1).gamma(2, 9, shape).astype(np.float32)
    _, noise = background.without_background(image)
    assert noise.median() == median(noise.whole())


@pytest.mark.parametrize("size", [1, 2, 7, 5000, 100_001])
@pytest.mark.parametrize("width", [1, 64, 4096])
def test_the_median_of_parts_is_that_of_all(size, width):
    values = np.random.default_rng(size).normal(0, 9, size).astype(np.float32)

    def parts():
        return (values[start : start + width] for start in range(0, size, width))

    assert median_of_parts(parts, size) == median(values)


def test_a_sample_that_misleads_still_gives_the_median_of_parts():
    values = np.arange(27_001, dtype=np.float32)
    values[::31] = -1.0  # every value of the sample: its step is the cube root, made odd
    assert median_of_parts(lambda: iter(np.array_split(values, 9)), values.size) == median(values)
