"""The fit of a zero point: robust, weighted, and with errors that are true."""

import itertools

import numpy as np
import pytest

from plateworks.sky.zeropoint import COLOUR_STARS, TERM_STARS, ZeroPoint, fit_zero_point


def drawn(stars, seed=1, *, value=21.3, scatter=0.0, term=0.0, spread=0.4, known=True):
    """Differences of magnitudes, their two errors, and colours."""
    rng = np.random.default_rng(seed)
    told, noise = rng.uniform(0.01, 0.03, stars), rng.uniform(0.001, 0.05, stars)
    colour = rng.normal(0.8, spread, stars)
    difference = value + term * colour + rng.normal(0, np.sqrt(told**2 + noise**2 + scatter**2))
    return difference, told, noise, colour if known else np.full(stars, np.nan)


def reference(difference, told, noise):
    """Weighted mean with the likeliest scatter, star by star, over a grid of both scatters."""
    best = None
    for times, extra in itertools.product((1, 2, 4, 8), np.arange(0, 0.5, 0.001)):
        variance = [a * a + (times * b) ** 2 + extra**2 for a, b in zip(told, noise, strict=True)]
        weight = sum(1 / v for v in variance)
        mean = sum(d / v for d, v in zip(difference, variance, strict=True)) / weight
        chi = sum((d - mean) ** 2 / v for d, v in zip(difference, variance, strict=True))
        if chi <= len(difference) - 1:  # the least scatter by which that is so
            score = chi + sum(np.log(v) for v in variance)
            if best is None or times not in best[0]:
                best = best or ({}, None)
                best[0][times] = score, mean, weight**-0.5
    return min(best[0].values())[1:]


@pytest.mark.parametrize("scatter", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(3))
def test_the_fit_is_what_a_plain_search_finds(scatter, seed):
    difference, told, noise, colour = drawn(40, seed, scatter=scatter, known=False)
    found = fit_zero_point(difference, told, noise, colour)
    kept = np.abs(difference - found.value) < 3 * np.sqrt(told**2 + noise**2 + found.scatter**2)
    if kept.all() and found.stars == 40:
        value, error = reference(difference, told, noise)
        assert found.value == pytest.approx(value, abs=0.001)
        assert found.error == pytest.approx(error, rel=0.05)
    assert found.colour_term is None and found.colour is None


@pytest.mark.parametrize("stars", [5, 12, 80])
@pytest.mark.parametrize("scatter", [0.0, 0.08])
def test_errors_are_true(stars, scatter):
    pulls = []
    for seed in range(300):
        found = fit_zero_point(*drawn(stars, seed, scatter=scatter, known=False))
        pulls.append((found.value - 21.3) / found.error)
    assert 0.85 < np.std(pulls) < (1.6 if stars == 5 else 1.3)


def test_a_third_of_wrong_stars_does_no_harm():
    difference, told, noise, colour = drawn(30, known=False)
    difference[::3] += np.random.default_rng(2).uniform(0.5, 4.0, 10)
    found = fit_zero_point(difference, told, noise, colour)
    assert found.value == pytest.approx(21.3, abs=0.02) and found.stars <= 20


def test_the_colour_term_and_the_zero_point_of_colour_zero_are_found():
    found = fit_zero_point(*drawn(60, term=-0.15))
    assert found.colour_term == pytest.approx(-0.15, abs=3 * found.colour_error)
    assert found.value == pytest.approx(21.3, abs=3 * found.error) and found.colour == 0.0
    assert found.colour_error < 0.02


@pytest.mark.parametrize(
    ("stars", "spread"), [(TERM_STARS - 1, 0.4), (40, 0.0)], ids=["few", "all alike"]
)
def test_without_colours_enough_the_mean_colour_is_told_instead(stars, spread):
    found = fit_zero_point(*drawn(stars, term=0.2, spread=spread))
    assert found.colour_term is None and found.colour == pytest.approx(0.8, abs=0.4)
    assert found.value == pytest.approx(21.3 + 0.2 * found.colour, abs=0.1)


def test_a_few_stars_tell_a_term_and_leave_it_out_of_the_zero_point():
    difference, told, noise, colour = drawn(COLOUR_STARS - 1, term=0.2, spread=2.0)
    found = fit_zero_point(difference, told, noise, colour)
    assert found.colour_term == pytest.approx(0.2, abs=4 * found.colour_error)
    assert found.colour != 0.0
    assert found.colour_spread == pytest.approx(np.sqrt(np.sum((colour - colour.mean()) ** 2)))


def test_a_term_that_is_poorly_known_is_told_with_its_error_and_left_out_of_the_zero_point():
    pulls, moved = [], []
    for seed in range(100):
        found = fit_zero_point(*drawn(12, seed, term=0.2, spread=0.05))
        assert found.colour_error > 0.05 and found.colour == pytest.approx(0.8, abs=0.1)
        pulls.append((found.colour_term - 0.2) / found.colour_error)
        moved.append((found.value - 0.2 * found.colour - 21.3) / found.error)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.3)
    assert np.std(moved) == pytest.approx(1.0, abs=0.3)


def test_noise_that_is_greater_than_thought_takes_weight_from_faint_stars():
    rng = np.random.default_rng(5)
    noise = np.concatenate([np.full(15, 0.002), np.full(100, 0.05)])
    difference = 21.0 + rng.normal(0, 6 * noise) + np.where(noise > 0.01, 0.1, 0.0)
    found = fit_zero_point(difference, np.full(115, 0.005), noise, np.full(115, np.nan))
    assert found.value == pytest.approx(21.0, abs=0.03)


@pytest.mark.parametrize("stars", [0, 1, 2])
def test_too_few_stars_say_so(stars):
    told = fit_zero_point(*drawn(stars))
    assert isinstance(told, str) and "3 are needed" in told and not told.endswith(".")


def test_stars_of_the_very_same_difference_are_a_zero_point():
    found = fit_zero_point(np.full(4, 20.0), np.zeros(4), np.zeros(4), np.full(4, np.nan))
    assert isinstance(found, ZeroPoint) and found.value == 20.0 and found.scatter == 0.0
