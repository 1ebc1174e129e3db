"""The light of single stars, beside sums that are taken star by star."""

import numpy as np
import pytest

from knownsky import KnownField
from plateworks.sky.brightness import INSIDE, RINGS, Field, measure_fluxes
from plateworks.sky.cutouts import cut_out
from plateworks.sky.moffat import Moffat, fit_spread, growth
from plateworks.sky.sources import extract


def plain_sum(image, x, y, inner, outer, fine=9):
    """The light of a ring: every pixel by how many of its small parts lie in it."""
    total = area = 0.0
    for row in range(int(y - outer) - 2, int(y + outer) + 3):
        for column in range(int(x - outer) - 2, int(x + outer) + 3):
            parts = 0
            for i in range(fine):
                for j in range(fine):
                    dx = column + (j + 0.5) / fine - 0.5 - x
                    dy = row + (i + 0.5) / fine - 0.5 - y
                    parts += inner**2 <= dx * dx + dy * dy < outer**2
            total += image[row, column] * parts / fine**2
            area += parts / fine**2
    return total, area


def test_the_light_is_what_a_plain_sum_gives():
    field = KnownField(stars=5, catalogued=5, brightest=11.0, shape=(200, 220), seed=3)
    sources = extract(field.image, field.mask)
    width = sources.median_fwhm
    wanted = np.flatnonzero(
        (sources.x > 60) & (sources.x < 160) & (sources.y > 60) & (sources.y < 140)
    )
    xy = sources.fits_xy - 1
    whole = Field(field.image, field.mask, False, xy, sources.flux, width)
    found = measure_fluxes(whole, wanted)
    assert len(found.rows)
    for row, flux in zip(found.rows, found.flux, strict=True):
        x, y = xy[wanted[row]]
        light, area = plain_sum(field.image, x, y, 0, RINGS[INSIDE] * width)
        sky, pixels = plain_sum(field.image, x, y, 4.5 * width, 7 * width, 3)
        held = light - sky / pixels * area
        ratio = flux / held  # the rest of the light
        assert ratio == pytest.approx(
            1 / growth(RINGS[INSIDE] * width, field.radius, 3.0), rel=0.03
        )


@pytest.mark.parametrize(("width", "exponent"), [(2.2, 2.5), (3.0, 3.0), (5.0, 4.5), (4.0, 15.0)])
def test_the_profile_is_found_from_its_rings(width, exponent):
    radius = width / (2 * np.sqrt(2 ** (1 / exponent) - 1))
    edges = RINGS * width
    light = growth(edges, radius, exponent)
    sky = 4.5 * width, 7 * width
    level = (growth(sky[1], radius, exponent) - growth(sky[0], radius, exponent)) / (
        sky[1] ** 2 - sky[0] ** 2
    )
    seen = light - level * edges**2
    parts = np.diff(seen) / seen[INSIDE]
    spread = fit_spread(edges, edges[INSIDE], parts, np.full(7, 0.001), sky, 1.1 * width)
    assert spread.whole == pytest.approx(1 / seen[INSIDE], abs=0.006)
    assert spread.profile.width == pytest.approx(width, rel=0.04)
    assert abs(spread.whole - 1 / seen[INSIDE]) < 3 * spread.error


def test_of_rings_that_say_nothing_the_usual_profile_is_taken_with_its_error():
    spread = fit_spread(RINGS * 3.0, 6.0, np.zeros(7), np.full(7, np.inf), (13.5, 21.0), 3.0)
    assert 1.01 < spread.whole < 1.2 and spread.error > 0.005


def test_the_half_of_the_light_is_within_its_radius():
    profile = Moffat(2.7, 3.2)
    assert profile.within(profile.half_light) == pytest.approx(0.5)
    assert profile.width == pytest.approx(2 * 2.7 * np.sqrt(2 ** (1 / 3.2) - 1))


@pytest.mark.parametrize("mosaic", [False, True])
def test_a_neighbour_is_cut_away_and_a_star_under_it_is_left_out(mosaic):
    image = np.random.default_rng(1).normal(100, 1, (120, 120)).astype(np.float32)
    xy = np.array([[60.0, 60.0], [64.0, 60.0], [20.0, 90.0], [45.0, 90.0]])
    flux = np.array([1000.0, 5000.0, 1000.0, 1000.0])
    cutouts = cut_out(image, None, mosaic, xy, flux, np.array([0, 2]), 3.0)
    assert cutouts.core.tolist() == [True, False]
    side = cutouts.data.shape[1]
    assert cutouts.bad[side:].any()  # that of the third, far off
    assert abs(np.median(cutouts.data[~cutouts.bad])) < 0.2
    assert cutouts.noise == pytest.approx(0.5 if mosaic else 1.0, rel=0.15)


def test_what_is_beyond_the_edge_is_bad():
    image = np.full((60, 70), 7.0, np.float32)
    cutouts = cut_out(
        image, None, False, np.array([[1.0, 30.0]]), np.array([100.0]), np.array([0]), 3.0
    )
    assert cutouts.core.tolist() == [True]
    assert cutouts.bad.sum() > 0.3 * cutouts.bad.size
