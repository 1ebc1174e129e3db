"""A dark for any exposure and temperature, held against the sensor that darks are drawn from."""

import numpy as np
import pytest

from plateworks.darklaw import Place
from plateworks.pixels.darkfit import Doubling, Noise, Terms, doubling_of, fit, law_of, most_misfit

#: Exposures and temperatures of the darks of these tests.
PLACES = [Place(t, degc) for degc in (-15.0, -5.0) for t in (30.0, 120.0, 300.0)]
EGAIN, FRAMES, READ = 0.8, 20, 3.0
NOTHING = Terms(0.0, 0.0, 0.0)


def drawn(doubling=6.2, hot=2000, flickering=0, seed=3, glow=0.0):
    """Return master darks (N, 100, 100), their noise, and the true pattern and rates."""
    rng = np.random.default_rng(seed)
    pattern = 500 + rng.normal(0, 2, (100, 100))
    rates = np.full((100, 100), 0.01)
    rates.flat[:hot] += np.exp(rng.uniform(np.log(0.5), np.log(20), hot))
    darks, variances = [], []
    for exposure, degc in PLACES:
        electrons = (rates * 2 ** ((degc + 5.0) / doubling) + glow) * exposure
        many = FRAMES, *pattern.shape
        frames = rng.poisson(electrons, many) + rng.normal(0, READ, many)
        dark = pattern + frames.mean(axis=0) / EGAIN
        if flickering:
            dark.flat[-flickering:] += rng.choice([0.0, 20.0], flickering)
        darks.append(dark.astype(np.float32))
        variances.append((READ**2 + electrons.flat[-1]) / EGAIN**2 / FRAMES)
    growths = np.full(len(PLACES), 1 / EGAIN / FRAMES)
    return np.array(darks), Noise(np.array(variances), growths), pattern, rates / EGAIN


def columns(darks):
    hot = darks.reshape(len(darks), -1).astype(np.float64)
    return hot[:, :2000] - np.median(hot, axis=1)[:, None]


def slowly(darks, noise, doubling, reference, *more):
    """Fit every pixel by itself, as the text books write it."""
    x = np.array([t * 2 ** ((degc - reference) / doubling) for t, degc in PLACES])
    design = np.stack([np.ones_like(x), x, *more], axis=1)
    weights = np.diag(1 / noise.variances)
    solve = np.linalg.inv(design.T @ weights @ design) @ design.T @ weights
    return np.einsum("pn,nyx->pyx", solve, darks.astype(np.float64))


@pytest.mark.parametrize("doubling", [5.0, 6.2, 8.5])
def test_hot_pixels_tell_how_fast_dark_current_doubles(doubling):
    darks, noise, _, _ = drawn(doubling)
    found = doubling_of(columns(darks), PLACES, noise)
    assert abs(found.value - doubling) < max(4 * found.error, 0.02) < 0.3
    assert found.pixels > 500


def test_without_hot_pixels_the_doubling_is_the_usual_one_and_uncertain():
    darks, noise, _, _ = drawn(hot=0)
    assert doubling_of(columns(darks), PLACES, noise) == Doubling()


def test_the_fit_is_that_of_least_squares_pixel_by_pixel():
    darks, noise, _, _ = drawn()
    law = law_of(PLACES, noise, Doubling(6.2, 0.1, 99))
    found = fit(list(darks), law, NOTHING)
    pattern, rate = slowly(darks, noise, 6.2, law.reference)
    np.testing.assert_allclose(found.pattern, pattern, atol=1e-3)
    np.testing.assert_allclose(found.rate, rate, rtol=1e-5, atol=1e-6)
    assert not found.glow.any()


def test_with_a_glow_it_is_so_too_and_the_misfit_that_of_the_darks():
    darks, noise, *_ = drawn(hot=500, glow=0.3)
    law = law_of(PLACES, noise, Doubling(6.2, 0.1, 99)).with_glow()
    exposures = np.array([place.exposure for place in PLACES])
    found = fit(list(darks), law, NOTHING)
    expected = slowly(darks, noise, 6.2, law.reference, exposures)
    for plane, slow in zip(found.terms, expected, strict=True):
        np.testing.assert_allclose(plane, slow, rtol=1e-5, atol=1e-3)
    seconds = exposures * 2 ** ((np.array([p.temperature for p in PLACES]) + 15.0) / 6.2)
    made = np.einsum("pn,pyx->nyx", np.stack([np.ones(6), seconds, exposures]), expected)
    growths = noise.growths[:, None, None]
    charge = np.maximum(expected[1], 0) * seconds[:, None, None]
    charge += np.maximum(expected[2], 0) * exposures[:, None, None]
    squares = (darks - made) ** 2 / (noise.variances[:, None, None] + growths * charge)
    np.testing.assert_allclose(found.misfit, np.sqrt(squares.sum(axis=0) / 3), rtol=1e-3)


def test_a_dark_with_glow_between_the_others_is_predicted_within_its_stated_error():
    darks, noise, pattern, rates = drawn(glow=0.3)
    law = law_of(PLACES, noise, Doubling(6.2, 0.02, 99)).with_glow()
    planes, asked = fit(list(darks), law, NOTHING), Place(200.0, -10.0)
    expected = law.at(asked)
    made = expected.dark(planes.terms)
    true = pattern + (rates * 2 ** (-5.0 / 6.2) + 0.3 / EGAIN) * 200.0
    middle = Terms(*map(np.median, planes.terms))
    pulls = ((made - true) / expected.deviations(planes.terms, middle)).ravel()
    assert np.std(pulls[2000:]) == pytest.approx(1.0, abs=0.05)
    assert np.std(pulls[:2000]) == pytest.approx(1.0, abs=0.1)
    assert abs(np.mean(made - true)) < 0.1


@pytest.mark.parametrize("degrees", [0.0, 0.5, 2.0])
def test_darks_of_one_temperature_or_of_two_close_ones_tell_no_glow(degrees):
    places = [Place(t, -10.0 + more) for more in (0.0, degrees) for t in (30.0, 120.0, 300.0)]
    noise = Noise(np.ones(6), np.zeros(6))
    assert law_of(places, noise, Doubling(6.2, 0.1, 99)).with_glow() is None


def test_a_dark_between_the_others_is_predicted_within_its_stated_error():
    darks, noise, pattern, rates = drawn()
    law = law_of(PLACES, noise, Doubling(6.2, 0.02, 99))
    planes, asked = fit(list(darks), law, Terms(0.0, 0.01 / EGAIN, 0.0)), Place(200.0, -10.0)
    expected = law.at(asked)
    made = planes.pattern + planes.rate * expected.seconds
    true = pattern + rates * 200.0 * 2 ** (-5.0 / 6.2)
    middle = Terms(*map(np.median, planes.terms))
    pulls = (made - true) / expected.deviations(planes.terms, middle)
    hot, others = pulls.ravel()[:2000], pulls.ravel()[2000:]
    assert np.std(others) == pytest.approx(1.0, abs=0.05)
    assert np.std(hot) == pytest.approx(1.0, abs=0.1)
    assert abs(np.mean(made - true)) < 0.1


def test_what_a_wrong_doubling_does_is_in_the_error():
    darks, noise, pattern, rates = drawn()
    wrong = law_of(PLACES, noise, Doubling(6.7, 0.5, 99))
    planes = fit(list(darks), wrong, Terms(0.0, 0.01, 0.0))
    expected = wrong.at(Place(200.0, -10.0))
    made = planes.pattern + planes.rate * expected.seconds
    true = pattern + rates * 200.0 * 2 ** (-5.0 / 6.2)
    off = np.abs(made - true).ravel()[:2000]
    stated = expected.deviations(planes.terms, NOTHING).ravel()[:2000]
    hottest = rates.ravel()[:2000] > 10
    assert 0.3 < np.median(off[hottest] / stated[hottest]) < 2.0


def test_pixels_that_the_law_does_not_hold_for_stand_out_by_their_misfit():
    darks, noise, _, _ = drawn(flickering=50)
    law = law_of(PLACES, noise, Doubling(6.2, 0.02, 99))
    ordinary = Terms(0.0, 0.01 / EGAIN, 0.0)
    beyond = fit(list(darks), law, ordinary).misfit.ravel() > most_misfit(law)
    assert np.count_nonzero(beyond[-50:]) >= 40
    assert np.count_nonzero(beyond[:-50]) <= 3
