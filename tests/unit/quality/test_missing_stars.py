"""Stars that should show in a cell and do not, and cells whose sky is another."""

from dataclasses import replace

import numpy as np
import pytest

from plateworks.quality.measured import COLUMNS, ROWS, Measured, Stars, cell_of
from plateworks.quality.missing import Cells, beside_trails, in_cells, likely
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
    within = CORNER + CELL * (
        0.2 + 0.15 * np.column_stack([np.arange(inside), np.arange(inside) * 2 % 5])
    )
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


#: Sky noise of a pixel beside the sky: as through broad filters, and as through narrow ones.
NOISE = (5.0, 150.0)


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize(
    ("stars", "sky", "cells"),
    [
        (5, 1.0, 1),  # as bright as the sky, and no star shows of five
        (1, 1.0, 0),  # one is missed now and then
        (1, 0.97, 1),  # and the sky is another as well
        (1, 1.06, 1),
        (0, 1.06, 0),  # little, and nothing else says so
        (0, 0.92, 1),  # darker than any other cell
        (0, 1.2, 1),  # lit from before
    ],
)
def test_a_blocked_cell_shows_by_missing_stars_and_by_a_sky_as_even_as_the_night_shows_it(
    stars, sky, cells, noise
):
    lights = night(*field(stars), sky=sky)
    told = {"sky": 500.0, "sky_noise": noise}
    found = measure_night([replace(one, values=dict(one.values) | told) for one in lights])
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
    stars = Cells(np.full(48, np.nan), *np.zeros((3, 48)), np.full(48, 1e-3), np.zeros(48, bool))
    assert blocked(stars, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 0
    off[BLOCKED + 1] = 0.0
    assert blocked(stars, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 1


def test_stars_that_a_trail_dims_under_a_sky_as_before_are_nothing_in_the_way():
    through, trust = np.full(48, np.nan), np.zeros(48)
    through[BLOCKED], trust[BLOCKED] = np.log(0.6), 9.0
    stars = Cells(through, trust, np.full(48, 4.0), np.full(48, 4), np.ones(48), np.zeros(48, bool))
    known, off = np.ones(48, bool), np.zeros(48)
    assert blocked(stars, Sky(off, off, known))["blocked_cells"] == 0
    assert blocked(stars, Sky(off, off, ~known))["blocked_cells"] == 1
    off[BLOCKED] = np.log(0.9)
    assert blocked(stars, Sky(off, off / 0.05, known))["blocked_cells"] == 1
    through[BLOCKED], off[BLOCKED] = np.log(0.3), 0.0
    assert blocked(stars, Sky(off, off, known))["blocked_cells"] == 1


def test_beside_cells_that_a_trail_lights_a_corner_looks_dark_and_is_not():
    unknown = Cells(np.full(48, np.nan), *np.zeros((3, 48)), np.ones(48), np.zeros(48, bool))
    off = np.zeros(48)
    off[[47, 46, 38]] = -0.1, 0.15, 0.14
    assert blocked(unknown, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 0
    off[47] = -0.4
    assert blocked(unknown, Sky(off, off / 0.01, np.ones(48, bool)))["blocked_cells"] == 1


def test_stars_that_show_under_a_sky_a_little_darker_say_that_nothing_is_in_the_way():
    off, shown = np.zeros(48), np.zeros(48)
    off[BLOCKED] = -0.08
    for seen, cells in ((0, 1), (2, 0)):
        shown[BLOCKED] = seen
        stars = Cells(np.full(48, np.nan), np.zeros(48), np.full(48, 2.0), shown, np.ones(48),
                      np.zeros(48, bool))  # fmt: skip
        assert blocked(stars, Sky(off, off / 0.005, np.ones(48, bool)))["blocked_cells"] == cells


def test_a_star_that_is_found_but_faint_is_rarer_than_one_that_is_missed():
    residual = np.zeros((40, 60))
    residual[np.arange(40), np.arange(40)] = np.nan
    residual[7, 50] = -3.0
    shows = likely(np.full((40, 60), 2.0), residual, np.zeros(40))
    assert 1 - shows[7, 50] < (1 - shows[7, 7]) / 5


@pytest.mark.parametrize(
    ("strewn", "beyond", "cells"),
    [
        (False, True, 0),  # stars of other cells are missing, too
        (False, False, 0),  # no other does, and yet one trail may hide all
        (True, False, 1),
    ],
)
def test_stars_missing_on_one_line_are_hidden_by_a_trail(strewn, beyond, cells):
    rng = np.random.default_rng(7)
    middle, along = CORNER + CELL / 2, np.array([0.8, 0.6])
    others = rng.uniform([20, 20], [780, 580], (150, 2))
    beside = np.abs((others - middle) @ [-0.6, 0.8]) > 15
    others = others[beside & ((others < CORNER) | (others > CORNER + CELL)).any(axis=1)]
    on = middle + along * np.append(np.linspace(-45, 45, 6), np.r_[-290:-80:9j, 80:280:9j])[:, None]
    on[:6] += [[0, 30], [0, -30]] * 3 if strewn else 0
    xy = np.vstack([on + rng.normal(0, 2, on.shape), others])
    residual = np.zeros(len(xy))
    residual[: 24 if beyond else 6] = np.nan
    shows, errors = np.full(len(xy), 0.97), np.full(len(xy), 0.02)
    found = beside_trails(xy, cell_of(xy, SHAPE), shows, residual, errors, fwhm=3.0)
    assert np.isneginf(found.through).sum() == cells
    assert found.crossed[BLOCKED] == beyond
