"""How a master differs from the one before it: pixels, large-scale light, spots."""

import numpy as np
import pytest

from plateworks.pixels.masterpair import Side, compare_masters

SHAPE, LIGHT, NOISE = (120, 160), 5000.0, 8.0
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def master(seed, pattern=1.0, level=LIGHT, noise=NOISE):
    """A master of this noise; its fixed pattern is that of all others."""
    fixed = np.random.default_rng(0).normal(1.0, 0.01, SHAPE)
    values = level * pattern * fixed + np.random.default_rng(seed).normal(0.0, noise, SHAPE)
    return values.astype(np.float32)


def compared(new, old, *, flat, noise=NOISE, **more):
    return compare_masters(Side(new, noise, **more), Side(old, noise), flat=flat)


def ring(x, y, radius, depth):
    far = np.hypot(X - x, Y - y) / radius
    return 1 - depth * ((far > 0.4) & (far < 1))


@pytest.mark.parametrize("flat", [True, False])
def test_masters_that_differ_by_noise_and_level_alone_are_alike(flat):
    # The pattern of a dark does not grow with its level.
    more = {"pattern": 1.02} if flat else {}
    new = master(1, **more) + (0 if flat else 30)
    found = compared(new.astype(np.float32), master(2), flat=flat)
    assert found.share == 0
    assert found.noise == pytest.approx(1.0, abs=0.03)
    assert found.uneven < (0.002 if flat else 3.0)
    assert (found.appeared, found.vanished) == (0, 0)


@pytest.mark.parametrize(("depth", "seen"), [(0.02, 1), (0.002, 0)])
def test_a_ring_that_went_elsewhere_vanished_and_appeared(depth, seen):
    new, old = (master(n, ring(x, 60, 8, depth)) for n, x in ((1, 40), (2, 110)))
    found = compared(new, old, flat=True)
    assert (found.appeared, found.vanished) == (seen, seen)
    assert found.depth == pytest.approx(depth * seen, abs=0.008)


def test_a_slope_is_a_plane_and_a_blot_is_none():
    slope = compared(master(1, 1 + 0.03 * (X / SHAPE[1] - 0.5)), master(2), flat=True)
    assert slope.tilt == pytest.approx(0.03, abs=0.003)
    assert slope.bent < 0.2 * slope.uneven
    blot = 1 - 0.03 * np.exp(-0.5 * (np.hypot(X - 80, Y - 60) / 25) ** 2)
    damp = compared(master(1, blot), master(2), flat=True)
    assert damp.bent > 0.6 * damp.uneven
    assert damp.uneven == pytest.approx(0.03, abs=0.006)
    assert (damp.appeared, damp.vanished) == (0, 0)  # it is no spot


def test_a_bright_corner_of_a_dark_is_told_in_adu():
    leak = 40 * np.exp(-np.hypot(X, Y) / 40)
    found = compared((master(1) + leak).astype(np.float32), master(2), flat=False)
    assert found.brighter == found.uneven
    assert 20 < found.brighter < 40


def test_pixels_that_jump_are_counted_unless_a_mask_knows_them():
    new, jumped = master(1), np.zeros(SHAPE, np.uint8)
    jumped[::4, ::5] = 2
    new[jumped > 0] += 20 * NOISE
    assert compared(new, master(2), flat=False).share == pytest.approx(1 / 20, abs=0.01)
    assert compared(new, master(2), flat=False, mask=jumped).share == 0
    sigma = np.full(SHAPE, 20 * NOISE, np.float32)  # nor those whose error explains it
    assert compared(new, master(2), flat=False, sigma=sigma).share == 0


def test_noise_beyond_what_is_stated_shows_in_the_difference():
    found = compared(master(1, noise=2 * NOISE), master(2, noise=2 * NOISE), flat=False)
    assert found.noise == pytest.approx(2.0, abs=0.06)


def test_masters_of_two_sizes_are_not_compared():
    with pytest.raises(ValueError, match="masters of"):
        compared(master(1), master(2)[:60], flat=False)
