"""Flats brought to a common level."""

import statistics

import numpy as np
import pytest

from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.flats import level, scale_rows


def coloured_flat(shape=(31, 44), seed=0):
    """A flat whose four colours differ in level."""
    image = np.random.default_rng(seed).normal(1, 0.02, shape)
    for (y, x), colour in {(0, 0): 9000, (0, 1): 20000, (1, 0): 21000, (1, 1): 5000}.items():
        image[y::2, x::2] *= colour
    return image.astype(np.float32)


def test_the_level_is_the_exact_median_of_each_colour():
    image = coloured_flat()
    image[4, 4], image[7, 8] = np.nan, np.inf
    assert level(image).item() == statistics.median(image[np.isfinite(image)].tolist())
    for y in (0, 1):
        for x in (0, 1):
            plane = image[y::2, x::2]
            want = statistics.median(plane[np.isfinite(plane)].tolist())
            assert level(image, cell=MOSAIC)[y, x] == want


@pytest.mark.parametrize(("statistic", "plain"), [("mean", statistics.fmean), ("maximum", max)])
def test_the_level_may_be_the_mean_or_the_maximum(statistic, plain):
    image = coloured_flat()
    image[4, 4], image[7, 8] = np.nan, np.inf
    finite = image[np.isfinite(image)].tolist()
    assert level(image, statistic=statistic).item() == pytest.approx(plain(finite), rel=1e-12)


def test_a_flat_without_light_is_refused():
    with pytest.raises(ValueError, match=r"above zero.*-5\.0"):
        level(np.full((4, 4), -5.0))
    with pytest.raises(ValueError, match="nan"):
        level(np.full((4, 4), np.nan))


@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
@pytest.mark.parametrize("height", [1, 2, 3, 31])
def test_scaling_by_slabs_of_rows_scales_the_whole(cell, height):
    image = coloured_flat()
    factors = 5000 / level(image, cell)
    want = np.array(
        [
            [value * factors[y % len(factors), x % len(factors)] for x, value in enumerate(row)]
            for y, row in enumerate(image)
        ]
    )
    slabs = [scale_rows(image[y : y + height], factors, y) for y in range(0, 31, height)]
    np.testing.assert_allclose(np.concatenate(slabs), want, rtol=3e-7)
    assert slabs[0].dtype == np.float32


def test_levelled_flats_have_the_target_in_every_colour():
    image = coloured_flat()
    levelled = scale_rows(image, 5000 / level(image, cell=MOSAIC))
    np.testing.assert_allclose(level(levelled, cell=MOSAIC), 5000, rtol=1e-6)
    assert levelled.std() / levelled.mean() < 0.025
    plain = scale_rows(image, 5000 / level(image))
    assert plain.std() / plain.mean() > 0.3


def test_integer_flats_are_scaled_too():
    image = coloured_flat().astype(np.uint16)
    levelled = scale_rows(image, 5000 / level(image))
    assert level(levelled).item() == pytest.approx(5000)
