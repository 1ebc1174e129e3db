"""Refinement: from a rough match to the truth, through false pairs; and doubt of chance."""

import numpy as np
import pytest

from plateworks.sky.engines.engine import EngineMatch
from plateworks.sky.lens import Lens, powers
from plateworks.sky.refine import Solution, refine

from .conftest import make_wcs, separation_px

SHAPE = (900, 1200)
#: Three coefficients an axis from 45 stars of 0.1 pixel: 0.037 pixel, more towards the corners.
ERROR = 0.08


def match_of(wcs, stars, shift=0.0, turn=0.0, stretch=1.0) -> EngineMatch:
    """What an engine would answer: the truth, spoilt."""
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    cd = stretch * wcs.wcs.cd @ np.array([[c, -s], [s, c]])
    cards = {"CRVAL1": wcs.wcs.crval[0], "CRVAL2": wcs.wcs.crval[1]}
    cards |= {"CRPIX1": wcs.wcs.crpix[0] + shift, "CRPIX2": wcs.wcs.crpix[1] - shift}
    cards |= {f"CD{i + 1}_{j + 1}": cd[i, j] for i in (0, 1) for j in (0, 1)}
    return EngineMatch(cards, stars, "index.fits", 50.0)


@pytest.fixture
def scene():
    """60 stars, and 200 sources of which 50 are stars with noise of 0.1 pixel."""
    rng = np.random.default_rng(7)
    wcs = make_wcs()
    xy = rng.uniform(1, SHAPE[::-1], (60, 2))
    stars = wcs.all_pix2world(xy, 1)
    others = rng.uniform(1, SHAPE[::-1], (150, 2))
    return wcs, np.vstack([xy[:50] + rng.normal(0, 0.1, (50, 2)), others]), stars


class Truth:
    def __init__(self, wcs):
        self.wcs, self.image = wcs, np.empty(SHAPE)


def test_a_rough_match_becomes_the_truth(scene):
    wcs, xy, stars = scene
    result = refine(match_of(wcs, stars, shift=4, turn=0.2, stretch=1.003), xy, SHAPE, engine="e")
    assert isinstance(result, Solution)
    assert 45 <= result.n_matched <= 51
    assert separation_px(result.lens.to_sky, Truth(wcs)) < ERROR
    assert result.rms_arcsec == pytest.approx(0.1 * np.sqrt(2) * 2, rel=0.25)
    assert (result.engine, result.index) == ("e", "index.fits")


def test_a_residual_points_from_where_a_star_should_be_to_where_it_lies(scene):
    wcs, xy, stars = scene
    xy[:50] = wcs.all_world2pix(stars[:50], 1)
    xy[7] += 0.2, -0.1
    pairs = refine(match_of(wcs, stars), xy, SHAPE).pairs
    [own] = pairs[np.all(pairs[:, :2] == xy[7], axis=1)]
    assert own[2:] == pytest.approx((0.2, -0.1), abs=0.02)
    assert np.median(np.hypot(*pairs[:, 2:].T)) < 0.02


def test_the_centre_is_the_middle_of_the_frame(scene):
    wcs, xy, stars = scene
    result = refine(match_of(wcs, stars), xy, SHAPE)
    assert np.allclose(
        (result.ra, result.dec), wcs.all_pix2world([[600.5, 450.5]], 1)[0], atol=5e-5
    )
    assert result.lens.crpix == (600.5, 450.5)


def test_a_wrong_pair_far_off_does_not_pull_the_fit(scene):
    wcs, xy, stars = scene
    moved = xy.copy()
    moved[:5] += 3.0  # five stars have moved since the catalogue was made
    result = refine(match_of(wcs, stars), moved, SHAPE)
    assert separation_px(result.lens.to_sky, Truth(wcs)) < ERROR and result.n_matched <= 46


def test_a_distorted_field_needs_the_polynomial():
    rng = np.random.default_rng(2)
    exponents = powers(3, 2)
    sip = rng.normal(0, 2.0, (2, len(exponents))) / np.array(
        [600.0 ** (p + q) for p, q in exponents]
    )
    truth = Lens((322.95, 48.43), (600.5, 450.5), make_wcs().wcs.cd, 3, sip)
    xy = rng.uniform(1, SHAPE[::-1], (150, 2))
    stars = np.column_stack(truth.to_sky(xy))
    wcs = make_wcs()
    wcs.wcs.crpix = truth.crpix
    plane = refine(match_of(wcs, stars), xy, SHAPE, sip_order=0)
    bent = refine(match_of(wcs, stars), xy, SHAPE, sip_order=3)
    assert bent.lens.order == 3 and bent.rms_arcsec < 0.01 < 0.5 < plane.rms_arcsec
    assert np.allclose(bent.lens.sip, sip, rtol=1e-3, atol=1e-9)


def test_a_false_match_does_not_verify(scene):
    wcs, xy, stars = scene
    result = refine(match_of(wcs, stars, shift=60), xy, SHAPE)
    assert isinstance(result, str) and result.startswith("does not verify")


@pytest.mark.parametrize("seed", range(10))
def test_random_sources_and_stars_never_verify(seed):
    rng = np.random.default_rng(seed)
    wcs = make_wcs()
    xy = rng.uniform(1, SHAPE[::-1], (800, 2))
    stars = wcs.all_pix2world(rng.uniform(1, SHAPE[::-1], (500, 2)), 1)
    assert isinstance(refine(match_of(wcs, stars), xy, SHAPE, sip_order=3), str)


def test_fewer_matches_than_asked_for_do_not_verify(scene):
    wcs, xy, stars = scene
    result = refine(match_of(wcs, stars[:7]), xy[:7], SHAPE, min_matches=8)
    assert result == "does not verify: 7 stars match, of at least 8"


def test_no_stars_or_no_sources_do_not_verify(scene):
    wcs, xy, stars = scene
    assert isinstance(refine(match_of(wcs, stars[:0]), xy, SHAPE), str)
    assert isinstance(refine(match_of(wcs, stars), xy[:0], SHAPE), str)
