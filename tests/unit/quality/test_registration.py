"""Which source of one light is which of another."""

import numpy as np
import pytest

from plateworks.quality.measured import Stars, cell_of
from plateworks.quality.registration import register

WIDTH, HEIGHT = 1500, 1000


def stars(xy: np.ndarray, sky: np.ndarray | None = None) -> Stars:
    count = len(xy)
    ra, dec = (np.full(count, np.nan),) * 2 if sky is None else sky.T
    rest = np.ones(count)
    return Stars(xy[:, 0], xy[:, 1], ra, dec, np.arange(count, 0, -1.0), rest, rest, rest)


@pytest.fixture
def field():
    return np.random.default_rng(4).uniform([1, 1], [WIDTH, HEIGHT], (80, 2))


@pytest.mark.parametrize("turned", [False, True])
def test_unsolved_lights_are_paired_by_their_shift(field, turned):
    moved = field + np.array([31.5, -12.25])
    if turned:
        moved = np.array([WIDTH + 1, HEIGHT + 1]) - moved
    moved = moved[10:]  # the brightest are not found
    found = register(stars(field), stars(moved))
    assert found is not None
    assert found.turned is turned
    np.testing.assert_array_equal(found.field, np.arange(10, 80))
    np.testing.assert_array_equal(found.here, np.arange(70))
    np.testing.assert_allclose(found.places(field[10:]), moved, atol=1e-6)


def test_solved_lights_are_paired_by_the_sky_however_the_camera_is_turned(field):
    sky = np.array([359.9, 80.0]) + field / [2000, 4000] * [3, 1]
    sky[:, 0] %= 360
    angle = np.radians(35)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    found = register(stars(field, sky), stars(field @ turn, sky))
    assert found is not None
    np.testing.assert_array_equal(found.field, np.arange(80))


def test_another_field_is_not_taken_for_this_one(field):
    other = np.random.default_rng(5).uniform([1, 1], [WIDTH, HEIGHT], (80, 2))
    assert register(stars(field), stars(other)) is None


def test_positions_outside_of_a_frame_are_in_no_cell():
    xy = np.array([[1.0, 1.0], [WIDTH, HEIGHT], [0.4, 5.0], [5.0, HEIGHT + 0.6]])
    np.testing.assert_array_equal(cell_of(xy, (HEIGHT, WIDTH)), [0, 47, -1, -1])
