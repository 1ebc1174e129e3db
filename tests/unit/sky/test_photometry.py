"""All the light of stars, its error, and how stars are parted, beside sums taken pixel by pixel."""

import numpy as np
import pytest

from plateworks.sky.moffat import Moffat, fit_spread, growth
from plateworks.sky.parting import Surroundings, part
from plateworks.sky.rings import Ring, Stars
from plateworks.sky.sources import extract
from pointstars import EGAIN, draw_stars, in_pixels

EDGES = 3.0 * np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0])


def places(fine=5, reach=60):
    """Places about a middle, and the area that each stands for."""
    way = (np.arange(-reach * fine, reach * fine) + 0.5) / fine
    return way, way[:, None], 1 / fine**2


@pytest.mark.parametrize("away", [0.0, 3.0, 9.0])
@pytest.mark.parametrize("ring", [Ring(0.0, 4.0), Ring(0.7, 2.0), Ring(6.0, 11.0)])
def test_what_a_ring_holds_of_a_star_is_the_sum_over_it(ring, away):
    x, y, area = places(fine=20, reach=25)
    profile = Moffat.seen(3.0, 2.7, 1.0)
    light = profile.at((x - away) ** 2 + y**2) * area
    distance = np.hypot(x, y)
    plain = light[(distance >= ring.inner) & (distance < ring.outer)].sum()
    assert ring.holds(profile, np.array([away])) == pytest.approx([plain], abs=2e-3)


@pytest.mark.parametrize(("width", "exponent"), [(2.0, 3.0), (3.0, 2.5), (5.0, 4.0), (3.0, 200.0)])
def test_pixels_blur_the_middle_of_a_star_and_leave_its_wings(width, exponent):
    way, _, area = places(reach=40, fine=10)
    star = Moffat.seen(width, exponent, 0.0).at(way**2 + way[:, None] ** 2) * area
    for axis in (0, 1):
        star = np.apply_along_axis(np.convolve, axis, star, np.full(10, 0.1), "same")
    away, seen = np.hypot(way, way[:, None]), Moffat.seen(width, exponent, 1.0)
    for radius in np.array([0.5, 0.7, 1.0, 1.5, 3.0]) * width:
        assert seen.within(radius) == pytest.approx(star[away < radius].sum(), abs=0.006)
    assert seen.within(seen.half_light) == pytest.approx(0.5)


@pytest.mark.parametrize("pixel", [1, 2])
def test_pixels_widen_a_star_by_their_variance(pixel):
    x, y, area = places(reach=20)
    star = Moffat.seen(3.0, 200.0, 0.0).at(x**2 + y**2)
    side = np.ones(5 * pixel) / (5 * pixel)
    seen = np.apply_along_axis(np.convolve, 1, star, side, "same")
    middle = seen[len(seen) // 2]
    width = (middle > middle.max() / 2).sum() / 5
    assert Moffat.seen(3.0, 200.0, pixel).width == pytest.approx(width, abs=0.2)
    assert (star * area).sum() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(("width", "exponent"), [(2.2, 2.5), (3.0, 3.0), (5.0, 4.5), (4.0, 15.0)])
def test_the_profile_is_found_from_its_rings(width, exponent):
    radius = width / (2 * np.sqrt(2 ** (1 / exponent) - 1))
    edges = EDGES / 3 * width
    light = growth(edges, radius, exponent)
    parts = np.diff(light) / light[3]
    known = Moffat.seen(1.1 * width, 3.5, 0.0)
    spread = fit_spread(edges, edges[3], parts, np.full(7, 0.001), np.zeros(7), known)
    assert spread.whole == pytest.approx(1 / light[3], abs=0.006)
    assert spread.profile.width == pytest.approx(width, rel=0.04)
    assert abs(spread.whole - 1 / light[3]) < 3 * spread.error


@pytest.mark.parametrize("off", [-0.004, 0.003])
def test_the_profile_is_found_where_the_sky_is_wrong_in_all_rings(off):
    star = Moffat.seen(3.0, 3.0, 0.0)
    held, area = star.within(EDGES[1]), np.diff(EDGES**2) / 9
    parts = np.diff(star.within(EDGES)) / held - off * area
    known = Moffat.seen(3.0, 4.0, 0.0)
    spread = fit_spread(EDGES, EDGES[1], parts, np.full(7, 0.001), 0.004 * area, known)
    assert spread.whole == pytest.approx(1 / held, abs=0.01)
    assert spread.profile.exponent == pytest.approx(3.0, abs=0.3)


def test_of_rings_that_say_nothing_what_was_known_is_taken_with_its_error():
    known = Moffat.seen(3.0, 3.5, 0.0)
    spread = fit_spread(EDGES, 6.0, np.zeros(7), np.full(7, np.inf), np.zeros(7), known)
    assert 1.01 < spread.whole < 1.2 and spread.error > 0.005


def test_the_half_of_the_light_is_within_its_radius():
    profile = Moffat(2.7, 3.2)
    assert profile.within(profile.half_light) == pytest.approx(0.5)
    assert profile.width == pytest.approx(2 * 2.7 * np.sqrt(2 ** (1 / 3.2) - 1))


def test_neighbours_are_parted_and_an_uneven_sky_is_taken_off():
    image = np.random.default_rng(1).normal(0, 0.5, (200, 240)).astype(np.float32)
    image += np.linspace(-3, 3, 240, dtype=np.float32)
    xy = np.array([[60.0, 60.0], [65.0, 60.0], [150.4, 90.3], [155.0, 94.0], [190.0, 150.0]])
    flux = np.array([4000.0, 1000.0, 2500.0, 5000.0, 3000.0])
    for (x, y), light in zip(xy, flux, strict=True):
        image += light * in_pixels(x, y, 0, 0, 240, 3.0, 3.0)[:200]
    stars = Stars(image, None, 1, xy, np.full(5, 0.5))
    profile, circle = Moffat.seen(3.0, 3.0, 1.0), Ring(0.0, 4.0)
    parted = part(stars, circle, Surroundings(stars, profile.width), profile)
    assert parted.light / profile.within(4.0) == pytest.approx(flux, rel=0.03)
    assert parted.sky.level == pytest.approx(np.interp(xy[:, 0], [0, 239], [-3, 3]), abs=0.3)
    assert parted.added[1] > 0.5 * parted.light[1] and parted.added[4] < 0.01 * parted.light[4]


@pytest.mark.parametrize(("pixel", "radius"), [(1, 3.0), (2, 2.0), (2, 6.0)])
def test_the_noise_of_a_circle_is_that_of_many_sums(pixel, radius):
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 3.0, (700, 700))
    windows = sum(
        noise[y : y + 690, x : x + 690] for y in range(pixel) for x in range(pixel)
    ) / pixel**2  # fmt: skip
    xy = rng.uniform(20, 670, (3000, 2))
    stars = Stars(windows.astype(np.float32), None, pixel, xy, np.full(3000, 3.0 / pixel))
    sums = stars.light(Ring(0.0, radius), stars.every).light
    told = stars.pixel_noise * np.sqrt(stars.noisy_area(Ring(0.0, radius)))
    assert np.std(sums / told) == pytest.approx(1.0, abs=0.06)


def test_what_is_no_star_is_not_taken_for_the_sky():
    drawn = draw_stars(3.0, 3.0, stars=49, seed=4)
    bright = int(np.argmax(drawn.flux))
    spoilt = drawn.image.copy()
    rows, columns = np.indices(spoilt.shape)
    away = np.hypot(columns - drawn.x[bright] - 16, rows - drawn.y[bright])
    spoilt[away < 3] += 4000  # a smear that is as long as no star, in the ring of one
    spoilt[(away < 9) & (np.abs(rows - drawn.y[bright]) < 1)] += 4000
    clean, found = (extract(image, egain=EGAIN) for image in (drawn.image, spoilt))
    where = [np.hypot(one.x - drawn.x[bright], one.y - drawn.y[bright]).argmin()
             for one in (clean, found)]  # fmt: skip
    assert found.flux[where[1]] == pytest.approx(clean.flux[where[0]], rel=0.02)


@pytest.mark.parametrize("bayer", [None, "RGGB"])
@pytest.mark.parametrize("beta", [None, 2.5])
@pytest.mark.parametrize("fwhm", [1.5, 3.0, 5.0, 8.0])
def test_errors_of_the_light_are_true(fwhm, beta, bayer):
    misses = []
    for seed in (11, 12, 13):
        drawn = draw_stars(fwhm, beta, stars=100, faintest=20, brightest=500, seed=seed)
        found = extract(drawn.image, bayer=bayer, egain=EGAIN)
        apart = np.hypot(found.x[:, None] - drawn.x, found.y[:, None] - drawn.y)
        good = (apart.min(axis=1) < 2) & (found.flags == 0)
        true = drawn.flux[apart.argmin(axis=1)]
        misses.append(((found.flux - true) / found.flux_err)[good])
    assert len(np.concatenate(misses)) > 120
    assert np.sqrt(np.mean(np.concatenate(misses) ** 2)) == pytest.approx(1.0, abs=0.2)


def test_without_a_gain_errors_know_the_noise_of_the_sky_alone():
    drawn = draw_stars(3.0, 3.0, seed=5)
    with_gain, without = extract(drawn.image, egain=EGAIN), extract(drawn.image)
    assert np.array_equal(with_gain.flux, without.flux)
    shot = np.sqrt(with_gain.flux_err**2 - without.flux_err**2)
    assert shot == pytest.approx(np.sqrt(with_gain.flux / EGAIN), rel=0.15)
