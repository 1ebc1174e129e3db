"""Three planes that lie below each other: what is done to them is done to each by itself."""

import numpy as np
import pytest

from plateworks.pixels.badpixels import bad_from_flat, dead_in_flat
from plateworks.pixels.blocks import Changed, Pixels
from plateworks.pixels.calibrate import subtraction
from plateworks.pixels.cfa import MONO, MOSAIC, PLANES, Cell
from plateworks.pixels.cosmetic import find_cold, find_hot, replace
from plateworks.pixels.darkscale import _tiles
from plateworks.pixels.defects import COLUMN, find_defects
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.framemeasure import sample_of
from plateworks.pixels.lightnoise import counting, light_noise
from plateworks.pixels.noisefloor import floor_of
from plateworks.pixels.pedestal import pedestal_for
from plateworks.pixels.repair import Repair, listed
from plateworks.pixels.scaled import STORED
from plateworks.pixels.skylevel import sky_level
from plateworks.pixels.variance import Camera, Divisor

HIGH, WIDE = 50, 64


@pytest.fixture
def planes():
    """Three pictures of different levels, with hot, cold and dead pixels at their edges too."""
    rng = np.random.default_rng(11)
    found = []
    for number, at in enumerate((1000.0, 2000.0, 1400.0)):
        one = rng.normal(at, 5.0, (HIGH, WIDE)).astype(np.float32)
        one[[0, HIGH - 1, 20], [number, 7 + number, 30]] += 900
        one[[1, HIGH - 2], [40 + number, 50]] -= 700
        found.append(one)
    return found


@pytest.fixture
def below(planes):
    return np.concatenate(planes)


def as_mask(pixels, shape):
    mask = np.zeros(shape, bool)
    mask[pixels[:, 1], pixels[:, 0]] = True
    return mask


@pytest.mark.parametrize(
    "kernel",
    [
        lambda image, cell: as_mask(find_hot(image, cell=cell, max_fraction=1), image.shape),
        lambda image, cell: as_mask(find_cold(image, cell=cell, max_fraction=1), image.shape),
        bad_from_flat,
        dead_in_flat,
        lambda image, cell: replace(image, np.abs(image % 1400 - 700) > 650, "median", cell),
        lambda image, cell: replace(image, image % 10 < 4, "mean", cell),
    ],
    ids=["hot", "cold", "bad", "dead", "replace", "replace many"],
)
def test_each_plane_is_treated_as_if_it_were_alone(kernel, planes, below):
    apart = [kernel(one, MONO) for one in planes]
    assert any(one.any() for one in apart)
    np.testing.assert_array_equal(kernel(below, PLANES), np.concatenate(apart))


def test_a_listed_pixel_at_the_edge_of_a_plane_gets_the_value_of_its_own_plane(planes, below):
    bits = np.zeros(below.shape, np.uint8)
    bits[HIGH - 1, 7] = bits[HIGH, 30] = 1
    image = below.copy()
    Repair(Changed(below, [subtraction(below.shape)]), listed(bits), "median", PLANES)(
        Pixels(slice(0, len(below)), below, image, None)
    )
    assert image[HIGH - 1, 7] == pytest.approx(1000, abs=15)
    assert image[HIGH, 30] == pytest.approx(2000, abs=15)


def test_each_plane_of_a_flat_has_its_level_and_is_scaled_by_it(planes, below):
    levels = level(below, PLANES)
    assert levels.ravel().tolist() == [np.median(one) for one in planes]
    even = scale_rows(below, 5000 / levels)
    np.testing.assert_allclose(level(even, PLANES), 5000, rtol=1e-6)
    for rows in (1, 7, HIGH, 2 * HIGH + 3):
        parts = [
            scale_rows(below[y : y + rows], 5000 / levels, y, height=len(below))
            for y in range(0, len(below), rows)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), even)


def test_the_sample_of_planes_is_that_of_each(planes, below):
    rows, columns = sample_of(*below.shape, 600, PLANES)
    alone = sample_of(HIGH, WIDE, 200)
    assert rows == [y + plane * HIGH for plane in range(3) for y in alone.rows]
    np.testing.assert_array_equal(columns, alone.columns)


def test_the_sky_of_each_plane_counts(planes, below):
    found, alone = sky_level(below, cell=PLANES), [sky_level(one) for one in planes]
    assert found.lowest == min(one.level for one in alone)
    assert found.level == pytest.approx(1400, abs=10)


def test_an_integer_has_room_for_the_darkest_plane():
    noise = np.random.default_rng(2).normal(0, 5.0, (3 * 199, 200)).astype(np.float32)
    noise[199 : 2 * 199] -= 300
    assert pedestal_for(noise, np.uint16, cell=PLANES) == 500


def test_faint_light_is_expected_from_neighbours_of_the_same_plane():
    rng = np.random.default_rng(3)
    planes = [rng.normal(at, 3, (HIGH, WIDE)).astype(np.float32) for at in (2.0, 20.0, 8.0)]

    def deviations(light, cell, rows):
        camera = Camera(1.0, 3.0, 1.0, ())
        noise = light_noise(
            floor_of(light.shape, camera, None, [], Divisor()), Divisor(), 1.0, 65535.0, cell=cell
        )
        counts = np.zeros(light.shape, STORED)
        change = counting(noise, counts)
        for y in range(0, len(light), rows):
            where = slice(y, min(y + rows, len(light)))
            change(Pixels(where, light[where], light[where].copy(), None))
        return counts

    apart = [deviations(one, MONO, HIGH) for one in planes]
    below = np.concatenate(planes)
    for rows in (len(below), HIGH):
        np.testing.assert_array_equal(deviations(below, PLANES, rows), np.concatenate(apart))


def test_defects_of_two_planes_are_no_line_of_one():
    rng = np.random.default_rng(5)
    dark = rng.normal(100, 3, (3 * HIGH, WIDE)).astype(np.float32)
    dark[HIGH - 13 : HIGH + 13, 20] += 500  # half a column in each of two planes
    one = find_defects(dark, 3.0, egain=1.0)
    many = find_defects(dark, 3.0, egain=1.0, cell=PLANES)
    assert (one.kinds & COLUMN).any() and not (many.kinds & COLUMN).any()


@pytest.mark.parametrize("cell", [MONO, MOSAIC, PLANES], ids=str)
@pytest.mark.parametrize("shape", [(30, 20), (51, 7), (3, 2)])
def test_every_pixel_is_of_one_colour(cell: Cell, shape):
    seen = np.zeros(shape, int)
    for where in cell.positions(shape):
        seen[where] += 1
    assert (seen == 1).all()
    assert len(cell.positions(shape)) == np.prod(cell.levels)
    tiles = np.zeros(shape, int)
    for where in _tiles(shape, 8, cell):
        tiles[where] += 1
    assert (tiles == 1).all()


def test_a_place_is_marked_in_all_planes_where_it_is_in_one():
    bits = np.zeros((6, 3), np.uint8)
    bits[0, 1], bits[5, 2] = 1, 2
    assert PLANES.everywhere(bits).tolist() == [[0, 1, 0], [0, 0, 2]] * 3
    assert MOSAIC.everywhere(bits) is bits
    assert PLANES.merged(np.array([[1.0], [2.0], [np.nan], [4.0], [2.0], [6.0]])).tolist()[1] == [4]
