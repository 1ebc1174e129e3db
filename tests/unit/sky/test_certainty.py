"""How well the corners of a frame are known: what a solution says of them is so."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bentfields import random_optics, see
from plateworks.settings.solve import SolveOptions
from plateworks.sky.certainty import corner_error
from plateworks.sky.lens import Lens
from plateworks.sky.models import PLANE, POLYNOMIALS, ROUND_5, fit_model
from plateworks.sky.quality import why_poor
from plateworks.sky.refine import Solution, refine

SHAPE = 1200, 1600
FLAT = Lens((10.0, 20.0), (800.5, 600.5), np.eye(2) * 20 / 3600, 1, np.empty((2, 0)))
OPTIONS = SolveOptions()


def solved(seeds, stars):
    """Refine random fields behind lenses that bend: solutions, and by how much corners are off."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        field = see(random_optics(rng), rng, int(rng.integers(*stars)))
        found = refine(field.match, field.xy, field.optics.shape, sip_order="auto", min_matches=8)
        if isinstance(found, Solution):
            yield found, field.errors(found.lens.to_sky, field.corners).max()


def pairs_of(xy, noise=0.1, lens=FLAT):
    """Stars where a lens has some pixels, and those pixels as they are measured."""
    return xy + np.random.default_rng(3).normal(0, noise, xy.shape), np.column_stack(
        lens.to_sky(xy)
    )


def test_a_solution_of_few_stars_whose_corners_are_pixels_off_is_poor():
    fields = list(solved(range(2000, 2024), (12, 30)))
    off = [found for found, error in fields if error > 1]
    assert len(fields) > 12 and len(off) > 2
    assert all(why_poor(found, math.nan, OPTIONS) for found in off)


def test_corners_lie_within_what_is_said_of_them():
    fields = list(solved(range(3000, 3030), (20, 60)))
    beyond = sum(error > found.corner_px for found, error in fields)
    assert len(fields) > 25 and beyond <= 4


def test_a_field_full_of_stars_is_known_to_its_corners_and_good():
    found, error = next(solved([1], (300, 400)))
    assert error < found.corner_px < 0.4 and not why_poor(found, math.nan, OPTIONS)


def test_nine_stars_behind_a_lens_that_bends_are_not_taken_for_a_plane():
    orders = [found.lens.order for found, _ in solved(range(2000, 2024), (12, 14))]
    assert len(orders) > 5 and np.mean(np.array(orders) > 1) > 0.7


def test_a_solution_whose_corners_are_unknown_says_so_in_pixels():
    found, _ = next(solved([1], (300, 400)))
    why = why_poor(replace(found, corner_px=2.5), 2.0, OPTIONS)
    assert why.endswith(
        "the corners are known to 2.50 pixels (19 of 20 cases), and 1.00 are allowed"
    )


@pytest.mark.parametrize("model", [PLANE, POLYNOMIALS[3], ROUND_5])
def test_stars_of_the_middle_alone_know_the_corners_less(model):
    rng = np.random.default_rng(1)
    everywhere = rng.uniform((1, 1), (1600, 1200), (60, 2))
    middle = (everywhere - (800.5, 600.5)) / 2 + (800.5, 600.5)
    near, far = (corner_error(model, *pairs_of(xy), FLAT, SHAPE) for xy in (everywhere, middle))
    assert far > 2 * near


def test_what_is_said_grows_with_the_scatter_of_the_stars():
    xy = np.random.default_rng(1).uniform((1, 1), (1600, 1200), (60, 2))
    fine, coarse = (
        corner_error(POLYNOMIALS[3], *pairs_of(xy, noise), FLAT, SHAPE) for noise in (0.1, 0.3)
    )
    assert coarse > 2 * fine


def test_a_polynomial_is_known_as_well_as_repeated_fits_of_it_agree():
    rng = np.random.default_rng(2)
    xy = rng.uniform((1, 1), (1600, 1200), (60, 2))
    stars = np.column_stack(FLAT.to_sky(xy))
    corners = np.array([[1, 1], [1600, 1], [1, 1200], [1600, 1200]], float)
    misses, said = [], []
    for _ in range(40):
        seen = xy + rng.normal(0, 0.1, xy.shape)
        lens = fit_model(POLYNOMIALS[3], seen, stars, FLAT, 800)
        offsets = (lens.to_plane(corners) - FLAT.to_plane(corners)) * 180
        shift = (np.array(lens.crval) - FLAT.crval) * [np.cos(np.radians(20)), 1] * 180
        misses.append(np.hypot(*(offsets + shift).T).max())
        said.append(corner_error(POLYNOMIALS[3], seen, stars, FLAT, SHAPE))
    assert np.mean(np.array(misses) > said) <= 0.15
    assert np.median(said) < 4 * np.median(misses)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_stars_on_a_line_say_nothing_of_the_corners(noise):
    line = np.column_stack([np.linspace(1, 1600, 9), np.linspace(1, 1200, 9)])
    assert corner_error(PLANE, *pairs_of(line, noise), FLAT, SHAPE) == 2000
