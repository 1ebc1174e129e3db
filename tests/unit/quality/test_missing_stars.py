"""Stars that should show in a cell and do not, and cells whose sky is another."""

import numpy as np
import pytest

from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars
from plateworks.quality.missing import Cells, in_cells, likely
from plateworks.quality.night import measure_night
from plateworks.quality.obstruction import Sky, blocked, skies
from plateworks.quality.throughput import follow

SHAPE = (600, 800)
#: The cell that something hides, and where it begins.
BLOCKED, CORNER = 19, np.array([300.0, 200.0])
CELL = np.array([100.0, 100.0])


def field(inside: int, flux: float = 900.0) -> tuple[np.ndarray, np.ndarray]:
    """Stars all over a frame, of which so many of some flux lie in one cell; the limit is 100."""
    rng = np.random.default_rng(4)
    xy = rng.uniform([20, 20], [780, 580], (220, 2))
    xy = xy[((xy < CORNER - 5) | (xy > CORNER + CELL + 5)).any(axis=1)]
    within = CORNER + CELL * (0.2 + 0.15 * np.column_stack([np.arange(inside), [2] * inside]))
    bright = 100 * (1 + np.arange(len(xy)) % 30)
    return np.vstack([xy, within]), np.append(bright, np.full(inside, flux)).astype(float)


def night(xy, flux, hidden=(7,), sky=1.0, lights: int = 12) -> list[Measured]:
    """Lights of a field; in the hidden ones no star shows in a cell, whose sky is another."""
    some = []
    for number in range(lights):
        shows = np.ones(len(xy), bool)
        cells = np.full(ROWS * COLUMNS, 500.0) * (1 + 0.002 * np.cos(np.arange(48.0) + number))
        if number in hidden:
            shows = ((xy < CORNER) | (xy > CORNER + CELL)).any(axis=1)
            cells[BLOCKED] *= sky
        seen = flux[shows] * (1 + 0.01 * np.cos(np.arange(shows.sum()) * (number + 1)))
        order = np.argsort(-seen, kind="stable")
        nothing = np.full(len(seen), np.nan)
        stars = Stars(*xy[shows][order].T, nothing, nothing, seen[order],
                      np.full(len(seen), 15.0), *np.zeros((2, len(seen))))  # fmt: skip
        values = {
            "frame": f"light_{number}", "object": "M 31", "camera": "camera", "filter": "L",
            "exposure_s": 1.0, "mjd": 61000 + number / 700, "sources": len(seen), "fwhm_px": 3.0,
        }  # fmt: skip
        some.append(Measured(values, (10.0, 41.0), SHAPE, stars, cells))
    return some


@pytest.mark.parametrize(
    ("stars", "sky", "cells"),
    [
        (5, 1.0, 1),  # as bright as the sky, and no star shows of five
        (1, 1.0, 0),  # one is missed now and then
        (1, 0.96, 1),  # and the sky is another as well
        (1, 1.06, 1),
        (0, 1.06, 0),  # little, and nothing else says so
        (0, 0.92, 1),  # darker than any other cell
        (0, 1.2, 1),  # lit from before
    ],
)
def test_a_blocked_cell_shows_by_stars_that_are_missing_and_by_its_sky(stars, sky, cells):
    found = measure_night(night(*field(stars), sky=sky))
    assert list(found.blocked_cells) == [0] * 7 + [cells] + [0] * 4
    if cells:
        told = found.iloc[7]
        assert told.darkest_cell == "4,3"
        assert told.darkest_shown == 0
        assert told.darkest_expected == pytest.approx(stars, abs=0.3)


def test_stars_that_hardly_stand_above_the_limit_are_not_missed():
    found = follow(night(*field(5, flux=115.0)))[7].cells
    assert found.expected[BLOCKED] < 4
    assert not np.isneginf(found.through[BLOCKED])


def test_a_star_that_shows_in_every_other_light_is_not_expected():
    margin = np.full((20, 40), 2.0)
    residual = np.zeros((20, 40))
    residual[::2, 0] = np.nan
    shows = likely(margin, residual, np.zeros(20))
    assert shows[1, 1:].min() > 0.95
    assert shows[1, 0] < 0.65


def test_clouds_do_not_make_stars_seem_to_be_missed_often():
    margin = np.full((20, 40), 2.0)
    residual = np.zeros((20, 40))
    residual[:8, ::2] = np.nan
    factors = np.where(np.arange(20) < 8, -1.0, 0.0)
    assert likely(margin, residual, factors)[10].min() > 0.95


def test_where_stars_are_missed_all_over_a_light_no_cell_is_blocked():
    cells = np.repeat(np.arange(48), 5)
    shows, error = np.full(240, 0.98), np.full(240, 0.02)
    residual = np.zeros(240)
    residual[cells == BLOCKED] = np.nan
    assert np.isneginf(in_cells(cells, shows, residual, error).through[BLOCKED])
    residual[np.arange(240) % 5 < 4] = np.nan
    assert not np.isneginf(in_cells(cells, shows, residual, error).through).any()


def test_a_slope_of_the_sky_that_turns_is_no_dark_corner():
    y, x = np.divmod(np.arange(48), COLUMNS)
    lights = night(*field(3), hidden=())
    for number, light in enumerate(lights):
        way = number / 2
        light.sky[:] *= np.exp(0.08 * (np.cos(way) * x + np.sin(way) * y))
    off = np.array([sky.off for sky in skies(lights, follow(lights))])
    assert np.abs(off).max() < 0.03
    assert not measure_night(lights).blocked_cells.any()


def test_a_trail_that_brightens_several_cells_is_nothing_in_the_way():
    off = np.zeros(48)
    off[[BLOCKED, BLOCKED + 1]] = 0.2, 0.15
    stars = Cells(np.full(48, np.nan), *np.zeros((3, 48)), np.full(48, 1e-3))
    assert blocked(stars, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 0
    off[BLOCKED + 1] = 0.0
    assert blocked(stars, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 1


def test_stars_that_a_trail_dims_under_a_sky_as_before_are_nothing_in_the_way():
    through, trust = np.full(48, np.nan), np.zeros(48)
    through[BLOCKED], trust[BLOCKED] = np.log(0.6), 9.0
    stars = Cells(through, trust, np.full(48, 4.0), np.full(48, 4), np.ones(48))
    known, off = np.ones(48, bool), np.zeros(48)
    assert blocked(stars, Sky(off, off, known))["blocked_cells"] == 0
    assert blocked(stars, Sky(off, off, ~known))["blocked_cells"] == 1
    off[BLOCKED] = np.log(0.9)
    assert blocked(stars, Sky(off, off / 0.05, known))["blocked_cells"] == 1
    through[BLOCKED], off[BLOCKED] = np.log(0.3), 0.0
    assert blocked(stars, Sky(off, off, known))["blocked_cells"] == 1
