"""Stars of images in three planes: sought and measured on the mean of the planes."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.modeling.functional_models import Moffat2D

from plateworks.pixels.masks import BAD, SATURATED
from plateworks.products.image import PLANES, Image
from plateworks.products.luminance import luminance
from plateworks.sky.sources import extract

SHAPE = (240, 320)


def stars(fwhm: float, share: float, seed: int) -> np.ndarray:
    """Draw stars of one width at the same places."""
    rng, image = np.random.default_rng(1), np.zeros(SHAPE)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    gamma = fwhm / 2 / np.sqrt(2 ** (1 / 3.0) - 1)
    for _ in range(60):
        at = rng.uniform(15, SHAPE[1] - 15), rng.uniform(15, SHAPE[0] - 15)
        image += Moffat2D(rng.uniform(500, 6000), *at, gamma, 3.0)(x, y)
    noise = np.random.default_rng(seed).normal(0, 6, SHAPE)
    return (share * (image + 300) + noise).astype(np.float32)


@pytest.mark.parametrize("fwhm", [2.5, 4.0, 6.0])
def test_stars_are_as_wide_as_in_each_plane(fwhm):
    planes = [stars(fwhm, share, seed) for seed, share in enumerate((0.5, 1.0, 0.7), 2)]
    seen = luminance(Image(np.concatenate(planes), fits.Header(), colours=3))
    assert seen.data.shape == SHAPE and seen.colours == 1
    found, green = extract(seen.data), extract(planes[1])
    assert found.median_fwhm == pytest.approx(green.median_fwhm, rel=0.02)
    assert len(found) >= len(green)


def test_a_place_has_the_bits_of_all_its_colours_and_no_value_where_one_has_none():
    data, mask = np.ones((6, 2), np.float32), np.zeros((6, 2), np.uint8)
    mask[0, 0], mask[2, 0], data[5, 1] = BAD, SATURATED, np.nan
    seen = luminance(Image(data, fits.Header(), mask, colours=3))
    assert seen.mask.tolist() == [[BAD | SATURATED, 0], [0, 0]]
    assert np.isnan(seen.data).tolist() == [[False, False], [False, True]]


def test_what_is_stored_beside_the_pixels_of_each_colour_is_left_out():
    beside = {
        "mask": np.uint8, "sigma": np.float32, "losses": np.uint16,
        "rate": np.float32, "glow": np.float32, "misfit": np.float32,
    }  # fmt: skip
    planes = {name: np.ones((6, 2), dtype) for name, dtype in beside.items()}
    image = Image(np.ones((6, 2), np.float32), fits.Header(), **planes, colours=3)
    assert len(list(image.planes())) == len(PLANES)  # none that there is, is forgotten here
    assert [plane.field for plane, _ in luminance(image).planes()] == ["mask"]


def test_an_image_of_one_colour_is_looked_at_as_it_is():
    image = Image(np.ones((4, 4), np.float32), fits.Header())
    assert luminance(image) is image
