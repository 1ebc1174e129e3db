"""Hot and cold pixels: found above the glow, replaced by good neighbours."""

import itertools
import statistics

import numpy as np
import pytest

from plateworks.pixels.background import local_background
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmetic import find_brightest, find_cold, find_hot, replace, replacements


def replaced_one_by_one(image, mask, method, cell):
    """Replacement in plain Python."""
    step = cell.step
    out = image.astype(float)
    for y, x in zip(*np.nonzero(mask), strict=True):
        for radius in (1, 2):
            reach = [step * k for k in range(-radius, radius + 1)]
            good = [
                float(image[y + dy, x + dx])
                for dy, dx in itertools.product(reach, reach)
                if 0 <= y + dy < image.shape[0]
                and 0 <= x + dx < image.shape[1]
                and not mask[y + dy, x + dx]
                and np.isfinite(image[y + dy, x + dx])
            ]
            if good:
                out[y, x] = {"median": statistics.median, "mean": statistics.fmean}[method](good)
                break
    return np.rint(out) if image.dtype.kind in "iu" else out


@pytest.mark.parametrize("method", ["median", "mean"])
@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
@pytest.mark.parametrize("dtype", ["uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("density", [0.01, 0.3, 0.85, 1.0])
def test_replacement_equals_plain_python(method, cell, dtype, density):
    rng = np.random.default_rng(int(100 * density))
    image = rng.normal(1000, 100, (19, 26)).astype(dtype)
    mask = rng.random(image.shape) < density
    mask[0, 0] = mask[-1, -1] = mask[0, -1] = mask[-1, 0] = mask[0, 7] = True
    if image.dtype.kind == "f":
        image[rng.random(image.shape) < 0.1] = np.nan
    got = replace(image, mask, method, cell)
    np.testing.assert_allclose(got, replaced_one_by_one(image, mask, method, cell), rtol=1e-6)
    assert got.dtype == image.dtype


def test_a_pixel_without_good_neighbours_stays_as_it_is():
    image = np.arange(49.0).reshape(7, 7)
    mask = np.ones((7, 7), bool)
    np.testing.assert_array_equal(replace(image, mask), image)
    assert replacements(image, mask)[0].size == 0
    mask[0, 0] = False  # reaches those two pixels away, not those of three
    changed = replace(image, mask) != image
    assert changed[:3, :3].sum() == 8
    assert changed.sum() == 8


def test_a_colour_is_replaced_by_its_own():
    image = np.tile(np.array([[100.0, 2000], [2100, 50]]), (8, 8))
    mask = np.zeros(image.shape, bool)
    mask[6, 6] = mask[7, 6] = mask[7, 7] = True
    spoilt = np.where(mask, 60000, image)
    np.testing.assert_array_equal(replace(spoilt, mask, cell=MOSAIC), image)
    assert (replace(spoilt, mask) != image).any()


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match=r"'mode'.*median or mean"):
        replace(np.zeros((2, 2)), np.ones((2, 2), bool), "mode")


def dark_with_glow(shape=(420, 500), hot=400, seed=5):
    """A master dark: noise of 2 ADU, an amplifier's glow with its own noise, hot pixels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    glow = 600 * np.exp(-np.hypot(shape[0] - y, x) / 90)
    noise = np.sqrt(4 + glow / 20)
    dark = 50 + glow + noise * rng.normal(size=shape)
    where = rng.choice(dark.size, hot, replace=False)
    strength = 10 ** rng.uniform(1, 3, hot)  # sigmas, at least 10
    dark.ravel()[where] += strength * noise.ravel()[where]
    return dark.astype(np.float32), set(where.tolist())


def indices(found, shape):
    return {int(y) * shape[1] + int(x) for x, y in found}


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_hot_pixels_are_found_even_in_the_glow(seed):
    dark, truth = dark_with_glow(seed=seed)
    found = indices(find_hot(dark), dark.shape)
    assert len(found & truth) / len(truth) > 0.99
    assert len(found & truth) / len(found) > 0.99


def test_the_hottest_come_first_and_ties_by_position():
    dark = np.zeros((64, 96), np.float32)
    dark[5, 7], dark[40, 2], dark[5, 3], dark[20, 90] = 50, 90, 50, 70
    want = [[2, 40], [90, 20], [3, 5], [7, 5]]
    np.testing.assert_array_equal(find_hot(dark), want)
    np.testing.assert_array_equal(find_hot(dark, count=3), want[:3])
    np.testing.assert_array_equal(find_cold(-dark), want)
    assert len(find_cold(dark)) == 0


def test_a_count_gives_the_hottest_above_their_surroundings():
    dark, truth = dark_with_glow()
    found = find_hot(dark, count=200)
    assert len(found) == 200
    assert indices(found, dark.shape) <= truth
    glowing = {int(i) for i in np.argsort(-dark.ravel())[:200]}
    assert len(glowing - truth) > 20  # what a choice by value alone would have listed
    np.testing.assert_array_equal(find_hot(dark, count=500)[:200], found)


def test_no_more_than_a_fraction_of_the_sensor_is_listed():
    dark, _ = dark_with_glow()
    all_found = find_hot(dark)
    assert len(find_hot(dark, count=10_000)) == dark.size // 100
    np.testing.assert_array_equal(find_hot(dark, max_fraction=0.001), all_found[:210])
    assert find_hot(dark, count=0).shape == (0, 2)


def test_a_pixel_without_a_value_is_hotter_than_any():
    dark, truth = dark_with_glow()
    dark[100, 200] = np.nan
    dark[7, 9] = -np.inf
    np.testing.assert_array_equal(find_hot(dark)[:2], [[9, 7], [200, 100]])
    assert len(find_cold(dark)) == 0
    assert len(indices(find_hot(dark), dark.shape) & truth) > 0.99 * len(truth)


def test_colours_with_levels_of_their_own_are_looked_at_one_by_one():
    dark, truth = dark_with_glow()
    dark[::2, ::2] += 40
    found = indices(find_hot(dark, cell=MOSAIC), dark.shape)
    assert len(found & truth) > 0.98 * len(truth)  # the glow is twice as steep in a plane
    assert len(found - truth) < 0.01 * len(truth)
    assert len(indices(find_hot(dark), dark.shape) & truth) < 0.9 * len(truth)


def test_a_master_of_whole_numbers_does_not_list_its_noise():
    rng = np.random.default_rng(8)
    dark = np.where(rng.random((300, 300)) < 0.04, 501, 500).astype(np.uint16)
    dark[10, 20] = 530
    np.testing.assert_array_equal(find_hot(dark), [[20, 10]])


def background_plainly(image):
    """Medians of tiles by numpy, one by one, and all interpolated at once."""
    image = image.astype(np.float32)
    height, width = image.shape

    def smooth(values):
        values = np.pad(values, ((0, -height % 32), (0, -width % 32)), mode="symmetric")
        values[~np.isfinite(values)] = np.nan
        mesh = np.array(
            [
                [np.nanmedian(values[y : y + 32, x : x + 32]) for x in range(0, width, 32)]
                for y in range(0, height, 32)
            ]
        )
        mesh[np.isnan(mesh)] = np.median(mesh[~np.isnan(mesh)])
        (top, down), (left, across) = (
            (first, (position - first).astype(np.float32))
            for n, tiles in zip(image.shape, mesh.shape, strict=True)
            for position in [(np.arange(n) + 0.5) / 32 - 0.5]
            for first in [np.clip(np.floor(position).astype(int), 0, max(tiles - 2, 0))]
        )
        right, bottom = np.minimum(left + 1, mesh.shape[1] - 1), np.minimum(top + 1, len(mesh) - 1)
        columns = mesh[:, left] + (mesh[:, right] - mesh[:, left]) * across
        return columns[top] + (columns[bottom] - columns[top]) * down[:, None]

    residual = image - smooth(image)
    sigma = 1.4826 * smooth(np.abs(residual))
    scatter = 1.4826 * np.median(np.abs(residual[np.isfinite(residual)]))
    return residual, np.maximum(sigma, scatter / 2)


@pytest.mark.filterwarnings("ignore:All-NaN slice")
@pytest.mark.parametrize("shape", [(9, 40), (33, 31), (64, 96), (100, 133)])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_the_background_equals_a_plain_reckoning(shape, dtype):
    rng = np.random.default_rng(shape[0])
    image = (rng.normal(500, 9, shape) + 0.5 * np.arange(shape[1])).astype(dtype)
    if dtype == "float32":
        image[rng.random(shape) < 0.01] = np.nan
        image[rng.random(shape) < 0.01] = np.inf
        image[:32, :32] = -np.inf
        image[0, 0] = 500
    for found, want in zip(local_background(image), background_plainly(image), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
def test_hot_and_cold_pixels_are_those_of_a_plain_reckoning(dtype, cell):
    rng = np.random.default_rng(12)
    dark = rng.normal(5000, 6, (150, 202)) + rng.normal(0, 9, 202) + rng.normal(0, 9, (150, 1))
    dark[rng.random(dark.shape) < 0.004] += 300
    dark[rng.random(dark.shape) < 0.004] -= 300
    dark[:, 40] += 500  # a hot column is no pattern
    dark = dark.astype(dtype)
    excess, noise = np.empty((2, *dark.shape))
    step = cell.step
    for where in itertools.product([np.s_[i::step] for i in range(step)], repeat=2):
        level, scatter = background_plainly(dark[where])
        limit = 8 * np.median(scatter)
        columns = np.median(level, axis=0)
        columns = np.where(np.abs(columns) < limit, columns, 0)
        rows = np.median(level - columns, axis=1)
        rows = np.where(np.abs(rows) < limit, rows, 0)
        excess[where], noise[where] = background_plainly(dark[where] - columns - rows[:, None])
    for found, want in (
        (find_hot(dark, cell=cell, max_fraction=1), excess > 8 * noise),
        (find_cold(dark, cell=cell, max_fraction=1), excess < -8 * noise),
    ):
        assert want.any()
        assert {tuple(pixel) for pixel in found[:, ::-1]} == set(
            zip(*np.nonzero(want), strict=True)
        )


@pytest.mark.parametrize("shape", [(64, 96), (65, 97), (31, 200), (5, 7)])
def test_the_background_of_a_plane_is_the_plane(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    residual, sigma = local_background(100 + 0.0 * x)
    assert np.abs(residual).max() < 1e-4
    if min(shape) >= 64 and shape[0] % 32 == 0:
        residual, _ = local_background(100 + 2.0 * x - 3.0 * y)
        assert np.abs(residual).max() < 1e-3
    assert sigma.shape == shape


def test_the_noise_of_each_region_is_its_own():
    rng = np.random.default_rng(9)
    image = rng.normal(0, 1, (256, 256))
    image[:, 128:] *= 5
    _, sigma = local_background(image)
    assert np.median(sigma[:, :100]) == pytest.approx(1.2, abs=0.25)
    assert np.median(sigma[:, 156:]) == pytest.approx(5, rel=0.05)


def test_the_brightest_are_listed_by_value_whatever_surrounds_them():
    """In the glow of a corner pixels are brighter than a hot one elsewhere."""
    y, x = np.mgrid[:120, :120]
    dark = 100.0 + 2000.0 * np.exp(-(y**2 + x**2) / (2 * 40.0**2))
    dark[100, 90] += 500.0
    assert find_hot(dark, count=1).tolist() == [[90, 100]]
    brightest = find_brightest(dark, 50, max_fraction=1.0)
    order = np.argsort(-dark.ravel(), kind="stable")[:50]
    assert brightest.tolist() == [[x, y] for y, x in zip(*np.divmod(order, 120), strict=True)]
    assert len(find_brightest(dark, 50, max_fraction=0.001)) == 14
